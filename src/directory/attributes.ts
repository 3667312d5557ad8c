import type { Account, DirectoryRead } from './account.js'
import { byByteOrder } from './byte-order.js'
import { normaliseValue, rdnValue } from './ldap/dn.js'

/** One entry as a server or a file gives it. Names are lower-case; a value that is not UTF-8 is a Buffer. */
export interface DirectoryEntry {
  dn: string
  values: ReadonlyMap<string, readonly (string | Buffer)[]>
}

/** The attributes that an account is made of (RFC 2307, RFC 2798; entryUUID: RFC 4530). */
export const accountAttributes: readonly string[] = [
  'entryUUID',
  'uid',
  'mail',
  'givenName',
  'sn',
  'displayName',
  'cn',
  'title',
  'userPassword',
  'shadowExpire',
  'shadowLastChange',
  'shadowMax',
]

/** An account whose lock may be unknown because nobody's userPassword is shown: see `finishRead`. */
export interface ReadAccount {
  account: Account
  showsPassword: boolean
}

/**
 * The account of an entry. `id` and `login` are found by the caller, who knows what to say where they are
 * missing. `now` is in milliseconds since 1970. Of userPassword only the mark of a locked one is looked at.
 */
export function accountOf(
  entry: DirectoryEntry,
  identified: { id: string; login: string },
  now: number,
): ReadAccount {
  const passwords = entry.values.get('userpassword') ?? []
  const endsAt = endOf(textsOf(entry, 'shadowexpire'))
  const account: Account = {
    id: identified.id,
    login: identified.login,
    dn: entry.dn,
    mails: textsOf(entry, 'mail'),
    givenName: firstText(entry, 'givenname'),
    surname: firstText(entry, 'sn'),
    displayName: firstText(entry, 'displayname') || firstText(entry, 'cn'),
    title: firstText(entry, 'title'),
    locked: isLocked(passwords),
    expired: endsAt !== undefined && now >= endsAt,
    endsAt,
    passwordExpired: isPasswordOver(firstText(entry, 'shadowlastchange'), firstText(entry, 'shadowmax'), now),
    system: isSystemAccount(identified.login),
    excluded: false,
    groupOrder: 0,
  }
  return { account, showsPassword: passwords.length > 0 }
}

/**
 * The login: `uid`; of several values the one in the RDN, as the site's own tools show it, else the first in
 * byte order. undefined: there is none.
 */
export function loginOf(entry: DirectoryEntry): string | undefined {
  const values = textsOf(entry, 'uid')
  if (values.length < 2) return values[0]
  const named = rdnValue(entry.dn, 'uid')
  if (named === undefined) return values[0]
  return (
    values.find(value => value === named) ??
    values.find(value => normaliseValue(value) === normaliseValue(named)) ??
    values[0]
  )
}

/** The entryUUID in lower case; undefined where it is missing or no UUID. */
export function entryUuidOf(entry: DirectoryEntry): string | undefined {
  const [uuid] = textsOf(entry, 'entryuuid')
  return uuid !== undefined && isUuid(uuid) ? uuid.toLowerCase() : undefined
}

/** True for the text form of a UUID, in either case. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}

/**
 * Sorts by login and settles what is known of locks: where `locksKnown` is false every `locked` is undefined,
 * since an entry without userPassword then says nothing. Takes over the list and the accounts in it.
 */
export function finishRead(accounts: Account[], locksKnown: boolean): DirectoryRead {
  if (!locksKnown) for (const account of accounts) account.locked = undefined
  accounts.sort((a, b) => byByteOrder(a.login, b.login) || byByteOrder(a.id, b.id))
  return { accounts, locksKnown }
}

/** Says of an account whether it was asked for, by login without case or by id. */
export function askedFor(who: { logins: string[]; ids: string[] }): (account: Account) => boolean {
  const logins = new Set(who.logins.map(foldCase))
  const ids = new Set(who.ids.map(id => id.toLowerCase()))
  return account => logins.has(foldCase(account.login)) || ids.has(account.id)
}

function foldCase(login: string): string {
  return login.normalize('NFC').toLowerCase()
}

/**
 * An administrator locks an account with `!` before its hash, which crypt(3) never makes. With several
 * passwords somebody can log in as long as one of them is not locked.
 */
function isLocked(passwords: readonly (string | Buffer)[]): boolean {
  if (passwords.length === 0) return false
  return passwords.every(password => /^\{crypt\}!/i.test(password.slice(0, 8).toString()))
}

const dayMs = 86_400_000

/**
 * shadowExpire is the last day of the account, in days since 1970; zero and less mean "never", as sssd has it.
 * shadowLastChange and shadowMax are left out on purpose: they end a password, not an account.
 */
function endOf(values: readonly string[]): number | undefined {
  const lastDays = values.filter(value => /^\d{1,8}$/.test(value)).map(Number)
  const ends = lastDays.filter(day => day > 0).map(day => (day + 1) * dayMs)
  return ends.length === 0 ? undefined : Math.min(...ends)
}

/** shadow(5): a last change on day 0 asks for a new password; a maximum of 99999 days and more means never. */
function isPasswordOver(lastChange: string, most: string, now: number): boolean {
  if (!/^\d{1,8}$/.test(lastChange)) return false
  if (Number(lastChange) === 0) return true
  if (!/^\d{1,8}$/.test(most) || Number(most) >= 99_999) return false
  return Math.floor(now / dayMs) > Number(lastChange) + Number(most)
}

/** The values of an attribute (its name in lower case) that are text, in byte order. */
export function textsOf(entry: DirectoryEntry, name: string): string[] {
  const values = entry.values.get(name)
  if (values === undefined) return []
  // What filter makes has room for 17, for each of a hundred thousand people.
  if (values.length === 1 && typeof values[0] === 'string') return [values[0]]
  const texts = values.filter(value => typeof value === 'string')
  return texts.length < 2 ? texts : texts.sort(byByteOrder)
}

/** The first of them, '' where there is none. */
export function firstText(entry: DirectoryEntry, name: string): string {
  const values = entry.values.get(name)
  if (values === undefined) return ''
  // Nearly every attribute of nearly everybody has one.
  if (values.length === 1 && typeof values[0] === 'string') return values[0]
  return textsOf(entry, name)[0] ?? ''
}

/**
 * Accounts that a directory or a system brings by itself. Nobody chats with them, and an import that gave
 * `krbtgt` or `ldapservice` a chat login would open a door that no person watches.
 * `admin` is not among them: the manual shows it as an ordinary account, and at many sites a person uses it.
 */
const systemNames: ReadonlySet<string> = new Set([
  // Samba and Windows domains (RIDs 500 to 503, and the key account of Kerberos)
  'administrator',
  'guest',
  'krbtgt',
  'defaultaccount',
  // NethServer's own bind account
  'ldapservice',
  // Unix
  'root',
  'nobody',
  'nfsnobody',
])

/**
 * True for a system account, for a machine account or a trust, whose name ends in `$`, and for the Kerberos key
 * of a read-only domain controller (`krbtgt_NUMBER`). The case does not count.
 */
export function isSystemAccount(login: string): boolean {
  return login.endsWith('$') || systemNames.has(login.toLowerCase()) || /^krbtgt_\d+$/i.test(login)
}

/**
 * True for the SID of an account that every Windows domain brings: RIDs 500 to 503, administrator, guest, krbtgt
 * and the default account. It stays the same where the account is renamed or called in another language.
 */
export function isDomainSystemSid(sid: Buffer): boolean {
  const rid = ridOf(sid)
  return rid !== undefined && rid >= 500 && rid <= 503
}

/**
 * The number of an account or group within its domain. `sid` is the binary form (MS-DTYP 2.4.2.2):
 * S-1-5-21-domain-domain-domain-RID; undefined for any other one, such as that of a built-in group.
 */
export function ridOf(sid: Buffer): number | undefined {
  const domainSid = Buffer.from([1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0])
  if (sid.length !== 28 || !sid.subarray(0, 12).equals(domainSid)) return undefined
  return sid.readUInt32LE(24)
}
