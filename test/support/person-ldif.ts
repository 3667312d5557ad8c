import { createHash } from 'node:crypto'

export interface Person {
  uid: string
  cn: string
  sn: string
  givenName?: string
  mails?: readonly string[]
  /** As NethServer locks an account: userPassword starts with `{CRYPT}!`. */
  locked?: boolean
  /** Plain; the person can bind with it. Without one there is no password, unless locked. */
  password?: string
  /** Days since 1970: the end of the account. */
  shadowExpire?: number
  /** Any other attributes. */
  attributes?: Record<string, string | readonly string[]>
}

/** LDIF of a user as NethServer's OpenLDAP has them, below `parentDn` (`ou=People,…`), with an empty last line. */
export function personLdif(person: Person, parentDn: string): string {
  // The number of a user stays the same between runs, whoever else is there.
  const number = 100_000 + (createHash('sha256').update(person.uid).digest().readUInt32BE(0) % 1_000_000)
  const password = person.locked === true ? `{CRYPT}!${person.password ?? '$6$locked'}` : person.password
  return entryLdif(`uid=${escapeDnValue(person.uid)},${parentDn}`, {
    objectClass: ['inetOrgPerson', 'posixAccount', 'shadowAccount'],
    uid: person.uid,
    cn: person.cn,
    sn: person.sn,
    givenName: person.givenName,
    mail: person.mails,
    uidNumber: String(number),
    gidNumber: '1000',
    // Its syntax is ASCII only.
    homeDirectory: `/var/lib/nethserver/home/${encodeURIComponent(person.uid)}`,
    userPassword: password,
    shadowExpire: person.shadowExpire === undefined ? undefined : String(person.shadowExpire),
    ...person.attributes,
  })
}

/** LDIF of any entry (RFC 2849): values that are not plain ASCII become base64. `undefined` is left out. */
export function entryLdif(
  dn: string,
  attributes: Record<string, string | readonly string[] | undefined>,
): string {
  const lines = [ldifLine('dn', dn)]
  for (const [name, value] of Object.entries(attributes)) {
    const values = value === undefined ? [] : typeof value === 'string' ? [value] : value
    for (const one of values) lines.push(ldifLine(name, one))
  }
  return `${lines.join('\n')}\n\n`
}

function ldifLine(name: string, value: string): string {
  if (/^(?![ :<])[\x20-\x7e]*(?<! )$/.test(value)) return `${name}: ${value}`
  return `${name}:: ${Buffer.from(value).toString('base64')}`
}

/** RFC 4514. */
function escapeDnValue(value: string): string {
  return value.replace(/[\\,+"<>;=]/g, '\\$&').replace(/^[ #]| $/g, '\\$&')
}
