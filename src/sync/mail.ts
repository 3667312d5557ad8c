import type { Account } from '../directory/account.js'
import type { Usable } from './names.js'

/** Dot-separated parts without the characters that need quoting; `/` cannot be looked up in Mattermost's API. */
const ADDRESS = /^[^\s\p{Cc}@<>(),;:"\\[\]/.]+(\.[^\s\p{Cc}@<>(),;:"\\[\]/.]+)*$/u

/** What `mailOf` found; `noDomain` where only DomainName is missing. */
export type Mail = Usable | { noDomain: true }

/**
 * The e-mail address of a person: the first `mail` value in byte order, lower-cased; without any, `login@DomainName`.
 * Blank values count as none. An address that Mattermost would refuse (128 bytes at most) is said, not replaced by
 * another: whoever owns the address can reset the password.
 */
export function mailOf(account: Account, domainName: string): Mail {
  const first = account.mails.map(mail => mail.trim()).find(mail => mail !== '')
  if (first !== undefined) return usable(first)
  const domain = domainName.trim()
  if (domain === '') return { noDomain: true }
  return usable(`${account.login.trim()}@${domain}`)
}

function usable(mail: string): Usable {
  const address = mail.toLowerCase()
  const shown = JSON.stringify(mail.length > 140 ? `${mail.slice(0, 140)}…` : mail)
  if (Buffer.byteLength(address) > 128) {
    return { unusable: `the e-mail address ${shown} is longer than 128 bytes` }
  }
  const at = address.lastIndexOf('@')
  if (at < 1 || !ADDRESS.test(address.slice(0, at)) || !ADDRESS.test(address.slice(at + 1))) {
    return { unusable: `${shown} is no usable e-mail address` }
  }
  return { value: address }
}
