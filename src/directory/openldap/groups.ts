import { OrFilter } from 'ldapts'
import type { Account } from '../account.js'
import { type DirectoryEntry, textsOf } from '../attributes.js'
import type { DirectoryConnection } from '../ldap/connection.js'
import { normaliseDn, parseDn } from '../ldap/dn.js'
import type { ConnectionContext } from '../ldap/errors.js'
import { allOf, equals } from '../ldap/filter.js'
import { everybody, findGroup, type Membership } from '../selection.js'

/** RFC 2307 (memberUid), RFC 4519 (member, uniqueMember). */
const groupClasses = ['posixGroup', 'groupOfNames', 'groupOfUniqueNames', 'groupOfMembers', 'groupOfURLs']
const groupAttributes = ['memberUid', 'member', 'uniqueMember', 'gidNumber']

/** The people of one group, those of the groups within it included. */
interface Members {
  uids: Set<string>
  /** Normalised. */
  dns: Set<string>
  /** Of the group and of those within it: whoever has it as primary group is a member without being listed. */
  gids: Set<string>
  nested: number
}

/**
 * Reads the groups themselves: an OpenLDAP server has no attribute at a person that names its groups, unless somebody
 * has set up an overlay for it. `groups` are names or DNs, in order.
 */
export async function openLdapMembership(
  connection: DirectoryConnection,
  context: ConnectionContext,
  groups: readonly string[],
  groupDn: string,
): Promise<Membership> {
  if (groups.length === 0) return everybody
  const found: { name: string; dn: string; members: Members }[] = []
  for (const name of groups) {
    const named = allOf(openLdapGroupFilter(), equals('cn', name))
    const entry = await findGroup(connection, context, { name, groupDn, named, attributes: groupAttributes })
    found.push({ name, dn: entry.dn, members: await membersOf(connection, entry) })
  }
  return {
    clauses: [undefined],
    placeOf: (account, entry) => {
      const place = found.findIndex(({ members }) => isMember(account, entry, members))
      return place < 0 ? undefined : place
    },
    groups: found.map(({ name, dn, members }) => ({
      name,
      dn,
      nested: members.nested,
      members: members.uids.size + members.dns.size - members.nested,
    })),
  }
}

/** The filter of any group. */
function openLdapGroupFilter() {
  return new OrFilter({ filters: groupClasses.map(name => equals('objectClass', name)) })
}

/** Walks down through groups that are members of groups; each is read once, so that a circle ends. */
async function membersOf(connection: DirectoryConnection, top: DirectoryEntry): Promise<Members> {
  const members: Members = { uids: new Set(), dns: new Set(), gids: new Set(), nested: 0 }
  const seen = new Set([normaliseDn(top.dn)])
  const waiting = [top]
  for (let group = waiting.pop(); group !== undefined; group = waiting.pop()) {
    for (const uid of textsOf(group, 'memberuid')) members.uids.add(folded(uid))
    for (const gid of textsOf(group, 'gidnumber')) members.gids.add(gid)
    for (const dn of [...textsOf(group, 'member'), ...textsOf(group, 'uniquemember')]) {
      const key = normaliseDn(dn)
      if (seen.has(key)) continue
      members.dns.add(key)
      if (!mayBeGroup(dn)) continue
      const inner = await connection.readEntry(dn, ['objectClass', ...groupAttributes])
      if (inner === undefined || !isGroup(inner)) continue
      seen.add(key)
      members.nested += 1
      waiting.push(inner)
    }
  }
  return members
}

/** People are named by uid, groups never: that spares a question for each of them. */
function mayBeGroup(dn: string): boolean {
  return parseDn(dn)?.[0]?.every(part => part.type !== 'uid') ?? false
}

function isGroup(entry: DirectoryEntry): boolean {
  const classes = textsOf(entry, 'objectclass').map(name => name.toLowerCase())
  return groupClasses.some(name => classes.includes(name.toLowerCase()))
}

function isMember(account: Account, entry: DirectoryEntry, { uids, dns, gids }: Members): boolean {
  if (uids.has(folded(account.login))) return true
  if (textsOf(entry, 'gidnumber').some(gid => gids.has(gid))) return true
  return dns.size > 0 && dns.has(normaliseDn(account.dn))
}

function folded(login: string): string {
  return login.normalize('NFC').toLowerCase()
}
