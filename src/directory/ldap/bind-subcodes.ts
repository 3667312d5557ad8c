/** Why Active Directory refused a bind, and what to do about it. */
export interface BindSubcode {
  reason: string
  hint: string
}

const setPassword = 'set its password: teamchat config setprop sssd BindPassword -'
const inTheDomain = 'mend the account of sssd BindDN in the domain, or name another one'

/** Windows' error codes (winerror.h), in hex as the message of a refused bind has them. */
const subcodes: Readonly<Record<string, BindSubcode>> = {
  '525': {
    reason: 'there is no such account',
    hint: 'check sssd BindDN: user@REALM, DOMAIN\\user or a DN',
  },
  '52e': {
    reason: 'wrong password, or no such account',
    hint: `check sssd BindDN (user@REALM, DOMAIN\\user or a DN), and ${setPassword}`,
  },
  '52f': { reason: 'restrictions of the account do not allow it', hint: inTheDomain },
  '530': { reason: 'the account may not log in at this time of the day', hint: inTheDomain },
  '531': { reason: 'the account may not log in from this host', hint: inTheDomain },
  '532': {
    reason: 'the password of the account has expired',
    hint: `give the account a password that never expires, then ${setPassword}`,
  },
  '533': { reason: 'the account is disabled', hint: inTheDomain },
  '701': { reason: 'the account has expired', hint: inTheDomain },
  '773': {
    reason: 'the password of the account must be changed before it can log in',
    hint: `change it, then ${setPassword}`,
  },
  '775': {
    reason: 'the account is locked out after too many wrong passwords',
    hint: `unlock it in the domain, and ${setPassword}`,
  },
}

/**
 * What the message of result 49 (invalidCredentials) says beyond that: Windows and Samba end it with
 * "AcceptSecurityContext error, data 52e, v2580". undefined: it is another server's, or an unknown code.
 */
export function bindSubcode(message: string): BindSubcode | undefined {
  const code = /\bAcceptSecurityContext error, data 0*([0-9a-f]+)\b/i.exec(message)?.[1]
  return code === undefined ? undefined : subcodes[code.toLowerCase()]
}
