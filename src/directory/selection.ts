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
import type { AccountSelection } from '../configdb/settings.js'
import { TeamchatError } from '../errors.js'
import { wildcardSource } from '../system/wildcards.js'
import type { Account } from './account.js'
import type { DirectoryEntry } from './attributes.js'
import type { DirectoryConnection } from './ldap/connection.js'
import { parseDn } from './ldap/dn.js'
import { boundAs, type ConnectionContext, mayRead } from './ldap/errors.js'
import { equals } from './ldap/filter.js'

/** Who is in the site's groups, as it was found out with one connection. */
export interface Membership {
  /** Clauses to search with, one after the other; undefined: without any. Whoever is found twice counts as found first. */
  clauses: readonly (Filter | undefined)[]
  /** The place of the first group that the account is in; undefined: in none. `clause` is the index of what found it. */
  placeOf(account: Account, entry: DirectoryEntry, clause: number): number | undefined
  /** For whoever tries it out: a line for each group. */
  groups: readonly { name: string; dn: string; nested: number; members: number | undefined }[]
}

/** Where no group is named. */
export const everybody: Membership = { clauses: [undefined], placeOf: () => 0, groups: [] }

/** What an administrator confirms: the provider's own filter, the site's, and its groups. */
export function selectionText(own: string, { filterText, groups }: AccountSelection): string {
  const filter = filterText === '' ? own : `(&${own}${filterText})`
  return groups.length === 0 ? filter : `${filter} in ${groups.join('; ')}`
}

/** One of the site's groups, by name (`named` is a filter for it) or DN. Throws `directory.invalid` unless it is just one. */
export async function findGroup(
  connection: DirectoryConnection,
  context: ConnectionContext,
  wanted: { name: string; groupDn: string; named: Filter; attributes: readonly string[] },
): Promise<DirectoryEntry> {
  const { name, groupDn, named, attributes } = wanted
  if (isDn(name)) {
    const entry = await connection.readEntry(name, attributes)
    if (entry === undefined) throw missingGroup(name, groupDn, context)
    return entry
  }
  const [entry, ...more] = await connection.searchSome(named, attributes, 2, {
    base: groupDn,
    scope: 'sub',
  })
  if (entry === undefined) throw missingGroup(name, groupDn, context)
  if (more.length > 0)
    throw ambiguousGroup(
      name,
      [entry, ...more].map(each => each.dn),
    )
  return entry
}

/** A name may hold a "=" as well; a DN has a base. */
function isDn(name: string): boolean {
  return (parseDn(name)?.length ?? 0) > 1
}

/** A group that is not there is a mistake of the settings; taken for an empty one it would end everybody's access. */
function missingGroup(name: string, groupDn: string, context: ConnectionContext): TeamchatError {
  return new TeamchatError(
    'directory.invalid',
    `cannot find the group ${JSON.stringify(name)} below ${groupDn} in the directory ${context.url} as ${boundAs(context)}`,
    { hint: `check mattermost UserGroup and sssd GroupDN; ${mayRead(context)}` },
  )
}

/** Two groups of one name: nobody can know which one is meant. */
function ambiguousGroup(name: string, dns: readonly string[]): TeamchatError {
  return new TeamchatError(
    'directory.invalid',
    `cannot tell which group is meant by ${JSON.stringify(name)}: ${dns.join('; ')}`,
    { hint: 'give its DN in mattermost UserGroup; DNs are separated by ";"' },
  )
}

/**
 * Says of a login whether ExcludeUsers names it: each pattern is a whole login, with `*` for any characters and `?`
 * for one. Case does not count.
 */
export function excludedBy(patterns: readonly string[]): (login: string) => boolean {
  const names = new Set<string>()
  const shapes: RegExp[] = []
  for (const pattern of patterns.map(folded)) {
    if (!/[*?]/.test(pattern)) names.add(pattern)
    else shapes.push(shapeOf(pattern))
  }
  if (names.size === 0 && shapes.length === 0) return () => false
  return login => {
    const name = folded(login)
    return names.has(name) || shapes.some(shape => shape.test(name))
  }
}

function folded(login: string): string {
  return login.normalize('NFC').toLowerCase()
}

function shapeOf(pattern: string): RegExp {
  return new RegExp(wildcardSource(pattern), 'su')
}

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
