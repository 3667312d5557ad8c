import type { Account } from '../../directory/account.js'
import { type Usable, usernameOf } from './names.js'

/** Dot-separated parts without the characters that need quoting; `/` cannot be looked up in Mattermost's API. */
const ADDRESS = /^[^\s\p{Cc}@<>(),;:"\\[\]/.]+(\.[^\s\p{Cc}@<>(),;:"\\[\]/.]+)*$/u

/** Which source of an e-mail address wins: the attribute `mail`, or the login with DomainName. */
export type EmailFrom = 'mail' | 'name'

/** What `mailOf` found; `noDomain` where only DomainName is missing. */
export type Mail = Usable | { noDomain: true }

/**
 * The e-mail address of a person, lower-cased: the first `mail` (blank ones count as none), without any
 * `login@DomainName`; with `EmailFrom=name` the other way round. A login that cannot stand in an address is taken as
 * its username. An address that Mattermost would refuse (128 bytes at most) is said, not replaced by another: whoever
 * owns the address can reset the password.
 */
export function mailOf(account: Account, domainName: string, from: EmailFrom = 'mail'): Mail {
  const first = mailsOf(account)[0]
  const domain = domainName.trim()
  if (first !== undefined && (from === 'mail' || domain === '')) return usable(first)
  if (domain === '') return { noDomain: true }
  return usable(ownAddress(account.login, domain))
}

/** Every address that is right for this person: an existing user keeps any of them. Lower-cased. */
export function acceptedMails(account: Account, domainName: string, from: EmailFrom): string[] {
  const mails = mailsOf(account).map(mail => mail.toLowerCase())
  const domain = domainName.trim()
  if (domain === '' || (from === 'mail' && mails.length > 0)) return mails
  return [ownAddress(account.login, domain).toLowerCase(), ...mails]
}

function mailsOf(account: Account): string[] {
  return account.mails.map(mail => mail.trim()).filter(mail => mail !== '')
}

function ownAddress(login: string, domain: string): string {
  const name = login.trim()
  if (ADDRESS.test(name)) return `${name}@${domain}`
  const username = usernameOf(login)
  return `${'value' in username ? username.value : name}@${domain}`
}

function usable(mail: string): Usable {
  const address = mail.toLowerCase()
  if (Buffer.byteLength(address) > 128) {
    return { unusable: `the e-mail address ${shown(mail)} is longer than 128 bytes` }
  }
  const at = address.lastIndexOf('@')
  if (at < 1 || !ADDRESS.test(address.slice(0, at)) || !ADDRESS.test(address.slice(at + 1))) {
    return { unusable: `${shown(mail)} is no usable e-mail address` }
  }
  return { value: address }
}

function shown(mail: string): string {
  return JSON.stringify(mail.length > 140 ? `${mail.slice(0, 140)}…` : mail)
}
