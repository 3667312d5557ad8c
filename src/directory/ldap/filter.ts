import { AndFilter, EqualityFilter, type Filter, NotFilter, OrFilter, PresenceFilter } from 'ldapts'
import { isUuid } from '../attributes.js'

/** Every account of an OpenLDAP provider (RFC 2307), as text: it is part of what an administrator confirms. */
export const accountFilterText = '(objectClass=posixAccount)'

/** At most so many names go into one filter; for more a full read is cheaper, and slapd limits a request's size. */
export const mostNamesInFilter = 200

/*
 * Filters are built as objects, never as text: a value then goes to the server as it is, and no name, however
 * odd, can end its own clause and widen the search (`*)(uid=*`).
 */

/** The filter that `accountFilterText` shows. */
export function accountFilter(): Filter {
  return equals('objectClass', 'posixAccount')
}

/** Accounts whose userPassword the server shows to whoever is bound: an attribute hidden by ACL matches nothing. */
export function passwordFilter(): Filter {
  return allOf(accountFilter(), new PresenceFilter({ attribute: 'userPassword' }))
}

/**
 * Two filters for these people: `named` finds them, `others` any other account. An id that is not a UUID belongs
 * to another provider and is left out; undefined `named` means that nobody is left to look for.
 */
export function namedFilters(who: { logins: string[]; ids: string[] }): {
  named: Filter | undefined
  others: Filter
} {
  const each = [
    ...who.logins.filter(login => login !== '').map(login => equals('uid', login)),
    ...who.ids.filter(isUuid).map(id => equals('entryUUID', id.toLowerCase())),
  ]
  if (each.length === 0) return { named: undefined, others: accountFilter() }
  const anyOfThem = new OrFilter({ filters: each })
  return {
    named: allOf(accountFilter(), anyOfThem),
    others: allOf(accountFilter(), new NotFilter({ filter: anyOfThem })),
  }
}

/** One clause: this attribute has this value. Bytes go out as they are. */
export function equals(attribute: string, value: string | Buffer): Filter {
  return new EqualityFilter({ attribute, value })
}

/** Every one of the filters holds. */
export function allOf(...filters: Filter[]): Filter {
  return new AndFilter({ filters })
}
