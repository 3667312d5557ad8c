import type { Account } from '../account.js'
import {
  type DirectoryEntry,
  firstText,
  isDomainSystemSid,
  isSystemAccount,
  type ReadAccount,
  textsOf,
} from '../attributes.js'

/** Attributes whose values are bytes, in the spelling of the schema, which is the one that servers answer in. */
export const binaryAttributes: readonly string[] = ['objectGUID', 'objectSid']

/** The attributes that an account is made of (MS-ADA1 to 3). */
export const activeDirectoryAttributes: readonly string[] = [
  ...binaryAttributes,
  'sAMAccountName',
  'mail',
  'proxyAddresses',
  'givenName',
  'sn',
  'displayName',
  'cn',
  'title',
  'userAccountControl',
  'msDS-User-Account-Control-Computed',
  'accountExpires',
  'isCriticalSystemObject',
]

/** ADS_UF_ACCOUNTDISABLE; a lock-out after wrong passwords (0x10) is another. */
const accountDisabled = 0x2
/** ADS_UF_PASSWORD_EXPIRED: only the attribute that the server works out (MS-ADTS 2.2.16) is sure to show it. */
const passwordExpired = 0x80_0000

/** 100 ns since 1601 at the beginning of 1970. */
const filetimeOf1970 = 116_444_736_000_000_000n
const filetimeNever = 0x7fff_ffff_ffff_ffffn

/**
 * The account of an entry of Active Directory. `id` and `login` are found by the caller, who knows what to say
 * where they are missing. `now` is in milliseconds since 1970. `showsPassword` tells whether the lock is shown.
 */
export function activeDirectoryAccount(
  entry: DirectoryEntry,
  identified: { id: string; login: string },
  now: number,
): ReadAccount {
  const control = firstText(entry, 'useraccountcontrol')
  const shown = /^-?\d{1,10}$/.test(control)
  const endsAt = endOf(firstText(entry, 'accountexpires'))
  const account: Account = {
    id: identified.id,
    login: identified.login,
    dn: entry.dn,
    mails: mailAddresses(entry),
    givenName: firstText(entry, 'givenname'),
    surname: firstText(entry, 'sn'),
    displayName: firstText(entry, 'displayname') || firstText(entry, 'cn'),
    title: firstText(entry, 'title'),
    locked: shown ? (Number(control) & accountDisabled) !== 0 : undefined,
    expired: endsAt !== undefined && now >= endsAt,
    endsAt,
    passwordExpired: [control, firstText(entry, 'msds-user-account-control-computed')].some(
      flags => (Number(flags) & passwordExpired) !== 0,
    ),
    system: isSystem(entry, identified.login),
    excluded: false,
    groupOrder: 0,
  }
  return { account, showsPassword: shown }
}

/**
 * Beside the known names and RIDs: what the domain's own software cannot do without (isCriticalSystemObject), as
 * the account `dns-NAME` of each domain controller with Samba. Nobody can set that mark by hand.
 */
function isSystem(entry: DirectoryEntry, login: string): boolean {
  if (isSystemAccount(login) || isDomainSystemSid(bytesOf(entry, 'objectsid'))) return true
  return firstText(entry, 'iscriticalsystemobject') === 'TRUE'
}

/** The objectGUID as text; undefined where it is missing or no GUID. */
export function objectGuidOf(entry: DirectoryEntry): string | undefined {
  return guidText(bytesOf(entry, 'objectguid'))
}

/**
 * `mail` first, since it is the address that people know; then the main address of Exchange (`SMTP:`) and the
 * aliases (`smtp:`) in byte order. An address that differs in case only counts once.
 */
function mailAddresses(entry: DirectoryEntry): string[] {
  const proxies = textsOf(entry, 'proxyaddresses')
  const after = (prefix: string) =>
    proxies.filter(value => value.startsWith(prefix)).map(value => value.slice(prefix.length))
  const mixed = proxies.filter(value => /^smtp:/i.test(value) && !/^(smtp|SMTP):/.test(value))
  const all = [...textsOf(entry, 'mail'), ...after('SMTP:'), ...after('smtp:'), ...mixed.map(withoutPrefix)]
  const seen = new Set<string>()
  return all.filter(mail => {
    const folded = mail.trim().toLowerCase()
    if (folded === '' || seen.has(folded)) return false
    seen.add(folded)
    return true
  })
}

function withoutPrefix(value: string): string {
  return value.slice(value.indexOf(':') + 1)
}

/** accountExpires is a FILETIME, the first moment at which the account is over; 0 and the largest are "never". */
function endOf(value: string): number | undefined {
  if (!/^\d{1,20}$/.test(value)) return undefined
  const end = BigInt(value)
  if (end === 0n || end >= filetimeNever) return undefined
  const ticks = end - filetimeOf1970
  // The next full millisecond: nobody loses access before the time.
  return Number((ticks + (ticks > 0n ? 9_999n : 0n)) / 10_000n)
}

/** A value that happens to be UTF-8 may have come as text. */
function bytesOf(entry: DirectoryEntry, name: string): Buffer {
  const [value] = entry.values.get(name) ?? []
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : (value ?? Buffer.alloc(0))
}

/** Where each byte of the text form stands in Windows' binary form: its first three groups are little-endian. */
const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]

/**
 * The text of a binary GUID (MS-DTYP 2.3.4), lower-case and without braces, as every tool of Windows shows it:
 * `f81d4fae-7dec-11d0-a765-00a0c91e6bf6`. undefined for anything but 16 bytes.
 */
export function guidText(bytes: Buffer): string | undefined {
  if (bytes.length !== 16) return undefined
  const hex = order.map(at => bytes.subarray(at, at + 1).toString('hex')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The 16 bytes of a GUID in text form, for a filter; undefined where it is none. */
export function guidBytes(text: string): Buffer | undefined {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return undefined
  const shown = Buffer.from(text.replaceAll('-', ''), 'hex')
  const bytes = Buffer.alloc(16)
  for (const [from, to] of order.entries()) shown.copy(bytes, to, from, from + 1)
  return bytes
}
