import { type Filter, OrFilter } from 'ldapts'
import { TeamchatError } from '../../errors.js'
import type { DirectoryEntry } from '../attributes.js'
import type { DirectoryConnection } from '../ldap/connection.js'
import { normaliseDn } from '../ldap/dn.js'
import type { ConnectionContext } from '../ldap/errors.js'
import { equals, itemsSettledOrThrow } from '../ldap/filter.js'
import { everybody, findGroup, type Membership } from '../selection.js'
import { ridOf } from '../system-accounts.js'

const groupAttributes = ['objectSid', 'objectClass']

/** A filter of so many clauses is still far below what a domain controller takes. */
const mostGroups = 500

/**
 * People are asked for by their own `memberOf`, which a domain controller has indexed, and groups within groups in
 * the same way, level by level. So `member` is never read, of which Windows gives 1,500 values at a time
 * (`member;range=0-1499`), and the matching rule for chains (1.2.840.113556.1.4.1941), which walks from each person
 * upwards and takes minutes in a large domain, is not needed. The primary group stands in neither of the two: whoever
 * has it is found by primaryGroupID.
 */
export async function activeDirectoryMembership(
  connection: DirectoryConnection,
  context: ConnectionContext,
  groups: readonly string[],
  { groupDn, domainDn }: { groupDn: string; domainDn: string },
): Promise<Membership> {
  if (groups.length === 0) return everybody
  const found: { name: string; dn: string; nested: number; clause: Filter }[] = []
  for (const name of groups) {
    const named = itemsSettledOrThrow(
      activeDirectoryGroupFilter(),
      new OrFilter({ filters: [equals('sAMAccountName', name), equals('cn', name)] }),
    )
    const top = await findGroup(connection, context, { name, groupDn, named, attributes: groupAttributes })
    const all = await withNested(connection, top, domainDn)
    if (all.length > mostGroups) throw tooManyGroups(name)
    const clauses = all.flatMap(group => {
      const rid = ridOf(sidOf(group))
      const member = equals('memberOf', group.dn)
      return rid === undefined ? [member] : [member, equals('primaryGroupID', String(rid))]
    })
    found.push({ name, dn: top.dn, nested: all.length - 1, clause: new OrFilter({ filters: clauses }) })
  }
  return {
    clauses: found.map(({ clause }) => clause),
    placeOf: (_account, _entry, clause) => clause,
    groups: found.map(({ name, dn, nested }) => ({ name, dn, nested, members: undefined })),
  }
}

/** The filter of any group of a domain. */
export function activeDirectoryGroupFilter(): Filter {
  return equals('objectClass', 'group')
}

/** The group and all within it; a circle ends. */
async function withNested(
  connection: DirectoryConnection,
  top: DirectoryEntry,
  domainDn: string,
): Promise<DirectoryEntry[]> {
  const found = new Map([[normaliseDn(top.dn), top]])
  const waiting = [top]
  for (let group = waiting.pop(); group !== undefined && found.size <= mostGroups; group = waiting.pop()) {
    const within = itemsSettledOrThrow(activeDirectoryGroupFilter(), equals('memberOf', group.dn))
    const take = (entry: DirectoryEntry) => {
      const key = normaliseDn(entry.dn)
      if (found.has(key)) return
      found.set(key, entry)
      waiting.push(entry)
    }
    await connection.searchAll(within, groupAttributes, take, { base: domainDn, scope: 'sub' })
  }
  return [...found.values()]
}

function tooManyGroups(name: string): TeamchatError {
  return new TeamchatError(
    'directory.invalid',
    `cannot use the group ${JSON.stringify(name)}: more than ${mostGroups} groups are within it`,
    { hint: 'name a smaller one in mattermost UserGroup, or choose people with UserFilter' },
  )
}

function sidOf(group: DirectoryEntry): Buffer {
  const [sid] = group.values.get('objectsid') ?? []
  return typeof sid === 'string' ? Buffer.from(sid, 'utf8') : (sid ?? Buffer.alloc(0))
}
