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

/** True for a system account, and for a machine account, whose name ends in `$`. The case does not count. */
export function isSystemAccount(login: string): boolean {
  return login.endsWith('$') || systemNames.has(login.toLowerCase())
}
