import type { Account } from '../../directory/account.js'
import type { MattermostUser } from '../../mattermost/types.js'
import type { DirectoryValues, Link } from '../types.js'
import type { Changes } from './decision.js'
import { personNames, shortened, type Usable, usernameOf } from './names.js'
import { isPrivileged } from './user-index.js'

export interface ValueRules {
  domainName: string
  emailFrom: EmailFrom
}

/** How a linked user differs from what the directory wants. */
export interface ValueChanges {
  username: string | undefined
  changes: Changes
  /** The values that count as written by us now, without writing anything. */
  written: DirectoryValues
  /** What is left as it is, and why, a part of a sentence each. */
  remarks: string[]
}

/** What the directory says of a person, by Mattermost's rules; what cannot be used is undefined. */
export function directoryValues(account: Account, rules: ValueRules): DirectoryValues {
  const username = usernameOf(account.login)
  const mail = mailOf(account, rules.domainName, rules.emailFrom)
  const names = personNames(account)
  return {
    username: 'value' in username ? username.value : undefined,
    email: 'value' in mail ? mail.value : undefined,
    firstName: names.first_name,
    lastName: names.last_name,
    position: shortened(account.title, 128),
  }
}

/**
 * Three-way, attribute by attribute: what the directory says now, what it said when we last wrote it, what the user
 * has. Only a value that the directory has changed is written; what somebody changed in Mattermost stays until then.
 * Without an earlier value (links of older versions) today's counts as written. An address that is any one of the
 * account's stays. A privileged user's username and e-mail address are not the directory's to change: who can change
 * them can take the account over.
 */
export function valueChanges(
  account: Account,
  link: Link,
  user: MattermostUser,
  rules: ValueRules,
): ValueChanges {
  const wanted = directoryValues(account, rules)
  const before: DirectoryValues = { username: usernameWhenLinked(link), ...link.written }
  const written: DirectoryValues = { ...before }
  const changes: Changes = {}
  const remarks: string[] = []
  const privileged = isPrivileged(user)
  for (const name of ['firstName', 'lastName', 'position'] as const) {
    const value = wanted[name]
    if (value === undefined || value === before[name]) continue
    if (before[name] === undefined || value === liveValue(user, name)) written[name] = value
    else changes[name] = value
  }
  const username = nameChange(wanted.username, before.username, user)
  if (username === 'seen') written.username = wanted.username
  const email = mailChange(account, { wanted: wanted.email, before: before.email }, user, rules)
  if (email === 'seen') written.email = wanted.email
  const renamed = username === 'seen' ? undefined : username
  const address = email === 'seen' ? undefined : email
  if (privileged && renamed !== undefined)
    remarks.push(`an administrator's username stays (the directory has '${renamed}')`)
  if (privileged && address !== undefined)
    remarks.push(`an administrator's e-mail address stays (the directory has ${address})`)
  if (address !== undefined && !privileged) changes.email = address
  if (wanted.username === undefined && account.login !== link.login)
    remarks.push(`its login ${JSON.stringify(account.login)} cannot be a username`)
  return { username: privileged ? undefined : renamed, changes, written, remarks }
}

/** Whether the same counts as written; the nickname never does. */
export function isSameValues(a: DirectoryValues = {}, b: DirectoryValues = {}): boolean {
  return (
    a === b ||
    (a.username === b.username &&
      a.email === b.email &&
      a.firstName === b.firstName &&
      a.lastName === b.lastName &&
      a.position === b.position)
  )
}

/** A name that only stands for a moment, while two people swap theirs; no login is mapped to it. */
export function temporaryUsername(userId: string): string {
  return `_renaming-${userId}`
}

type Change = string | 'seen' | undefined

function nameChange(wanted: string | undefined, before: string | undefined, user: MattermostUser): Change {
  if (wanted === undefined) return undefined
  // A crash in the middle of a swap: whatever the directory says by now, that name must go.
  if (user.username === temporaryUsername(user.id)) return wanted
  if (wanted === before) return undefined
  if (before === undefined || wanted === user.username) return 'seen'
  return wanted
}

function mailChange(
  account: Account,
  { wanted, before }: { wanted: string | undefined; before: string | undefined },
  user: MattermostUser,
  rules: ValueRules,
): Change {
  if (wanted === undefined || wanted === before) return undefined
  const live = user.email.toLowerCase()
  if (before === undefined || wanted === live) return 'seen'
  return acceptedMails(account, rules.domainName, rules.emailFrom).includes(live) ? undefined : wanted
}

function usernameWhenLinked(link: Link): string | undefined {
  const username = usernameOf(link.login)
  return 'value' in username ? username.value : undefined
}

function liveValue(user: MattermostUser, name: 'firstName' | 'lastName' | 'position'): string {
  if (name === 'position') return user.position
  return name === 'firstName' ? user.first_name : user.last_name
}

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
    return { unusable: `${shown(mail)} is not a usable e-mail address` }
  }
  return { value: address }
}

function shown(mail: string): string {
  return JSON.stringify(mail.length > 140 ? `${mail.slice(0, 140)}…` : mail)
}
