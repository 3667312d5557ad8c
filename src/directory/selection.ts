import type { Filter } from 'ldapts'
import type { AccountSelection } from '../configdb/settings.js'
import { TeamchatError } from '../errors.js'
import type { Account } from './account.js'
import type { DirectoryEntry } from './attributes.js'
import type { DirectoryConnection } from './ldap/connection.js'
import { parseDn } from './ldap/dn.js'
import { boundAs, type ConnectionContext, mayRead } from './ldap/errors.js'

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
