import { type Filter, GreaterThanEqualsFilter, NotFilter, OrFilter, PresenceFilter } from 'ldapts'
import { TeamchatError } from '../../errors.js'
import { type DirectoryEntry, firstText, ridOf } from '../attributes.js'
import type { ChangeMark, CounterReading } from '../change-mark.js'
import type { DirectoryConnection } from '../ldap/connection.js'
import { normaliseDn } from '../ldap/dn.js'
import type { ConnectionContext } from '../ldap/errors.js'
import { allOf, equals } from '../ldap/filter.js'
import { everybody, findGroup, type Membership } from '../selection.js'
import { guidBytes, guidText } from './account.js'

/** Every person's account of an Active Directory, as text: it is part of what an administrator confirms. */
export const activeDirectoryFilterText = '(&(objectClass=user)(objectCategory=person))'

/** The filter that `activeDirectoryFilterText` shows: computers are users too, and contacts are persons. */
export function activeDirectoryFilter(): Filter {
  return allOf(equals('objectClass', 'user'), equals('objectCategory', 'person'))
}

/** Accounts whose userAccountControl the server shows to whoever is bound. */
export function controlFilter(): Filter {
  return allOf(activeDirectoryFilter(), new PresenceFilter({ attribute: 'userAccountControl' }))
}

/**
 * Two filters for these people: `named` finds them, and perhaps more (Windows compares names without accents);
 * `others` any other account but those that every domain brings, which are there even where a whole OU cannot be
 * read. An id that is no GUID belongs to another provider and is left out; undefined `named`: nobody is left.
 */
export function activeDirectoryNamedFilters(who: { logins: string[]; ids: string[] }): {
  named: Filter | undefined
  others: Filter
} {
  const guids = who.ids.map(guidBytes).filter(bytes => bytes !== undefined)
  const each = [
    ...who.logins.filter(login => login !== '').map(login => equals('sAMAccountName', login)),
    ...guids.map(bytes => equals('objectGUID', bytes)),
  ]
  const broughtAlong = new NotFilter({ filter: equals('isCriticalSystemObject', 'TRUE') })
  const people = allOf(activeDirectoryFilter(), broughtAlong)
  if (each.length === 0) return { named: undefined, others: people }
  const anyOfThem = new OrFilter({ filters: each })
  return {
    named: allOf(activeDirectoryFilter(), anyOfThem),
    others: allOf(people, new NotFilter({ filter: anyOfThem })),
  }
}

/** The domain controller's own number of an object's last change. */
export const activeDirectoryStamp = 'uSNChanged'

/** The id of a controller's database, as bytes; it changes where a backup is restored. */
export const invocationId = 'invocationId'

/** Reads highestCommittedUSN, and whose it is: every controller counts for itself (MS-ADTS 3.1.1.3.2). */
export async function activeDirectoryCounter(
  connection: DirectoryConnection,
  url: string,
): Promise<CounterReading> {
  const root = await connection.readEntry('', ['highestCommittedUSN', 'dsServiceName'])
  const usn = root === undefined ? '' : firstText(root, 'highestcommittedusn')
  const service = root === undefined ? '' : firstText(root, 'dsservicename')
  if (!/^\d{1,20}$/.test(usn) || service === '') {
    return { kind: 'none', reason: `${url} shows no highestCommittedUSN` }
  }
  const settings = await connection.readEntry(service, [invocationId])
  const [id] = settings?.values.get(invocationId.toLowerCase()) ?? []
  const bytes = typeof id === 'string' ? Buffer.from(id, 'utf8') : id
  // Hidden from the bind account: the controller's name, which a restored database keeps, tells others apart.
  const server = (bytes === undefined ? undefined : guidText(bytes)) ?? service.toLowerCase()
  return { kind: 'usn', server, url, usn: BigInt(usn) }
}

/** Objects that changed after `before` on the same controller; undefined: it is another one's mark. */
export function activeDirectoryChanged(before: ChangeMark, now: ChangeMark): Filter | undefined {
  if (before.kind !== 'usn' || now.kind !== 'usn' || before.server !== now.server) return undefined
  return new GreaterThanEqualsFilter({ attribute: activeDirectoryStamp, value: String(before.usn + 1n) })
}

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
    const named = allOf(
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
function activeDirectoryGroupFilter(): Filter {
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
    const within = allOf(activeDirectoryGroupFilter(), equals('memberOf', group.dn))
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
