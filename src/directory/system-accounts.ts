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
