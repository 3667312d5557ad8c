import {
  AndFilter,
  ApproximateFilter,
  ExtensibleFilter,
  type Filter,
  GreaterThanEqualsFilter,
  LessThanEqualsFilter,
  NotFilter,
  OrFilter,
  PresenceFilter,
  SubstringFilter,
} from 'ldapts'
import type { LdapFilter } from '../configdb/schema/ldap-filter.js'
import { equals } from './ldap/filter.js'

/** The site's own filter as it goes to the server. (ldapts' own parser takes the escapes of UTF-8 for Latin-1.) */
export function userFilter(filter: LdapFilter): Filter {
  switch (filter.kind) {
    case 'and':
      return new AndFilter({ filters: filter.parts.map(userFilter) })
    case 'or':
      return new OrFilter({ filters: filter.parts.map(userFilter) })
    case 'not':
      return new NotFilter({ filter: userFilter(filter.part) })
    case 'present':
      return new PresenceFilter({ attribute: filter.attribute })
    case 'equal':
      return equals(filter.attribute, filter.binary ? Buffer.from(filter.value, 'hex') : filter.value)
    case 'approximate':
      return new ApproximateFilter({ attribute: filter.attribute, value: filter.value })
    case 'at-least':
      return new GreaterThanEqualsFilter({ attribute: filter.attribute, value: filter.value })
    case 'at-most':
      return new LessThanEqualsFilter({ attribute: filter.attribute, value: filter.value })
    case 'substrings': {
      const { attribute, initial, any, final } = filter
      return new SubstringFilter({ attribute, initial, any: [...any], final })
    }
    case 'extensible': {
      const { attribute, rule, dn, value } = filter
      return new ExtensibleFilter({
        matchType: attribute,
        ...(rule === '' ? {} : { rule }),
        dnAttributes: dn,
        value,
      })
    }
  }
}
