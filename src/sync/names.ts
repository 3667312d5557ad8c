import type { Account } from '../directory/account.js'

/** A value, or why there is none. */
export type Usable = { value: string } | { unusable: string }

const RESERVED = new Set(['all', 'channel', 'matterbot', 'system'])

/**
 * The Mattermost username for a login: lower-cased. Mattermost's rule: 1 to 64 of [a-z0-9._-], and four words are
 * kept for itself (source: facts of the server, model.IsValidUsername).
 */
export function usernameOf(login: string): Usable {
  const username = login.trim().toLowerCase()
  const shown = JSON.stringify(login)
  if (username === '') return { unusable: 'the login is empty' }
  if (username.length > 64) return { unusable: `the login ${shown} is longer than 64 characters` }
  // Dots alone fit the server's pattern, but such a user could not be looked up by name.
  if (!/^[a-z0-9._-]+$/.test(username) || /^\.{1,2}$/.test(username)) {
    return { unusable: `the login ${shown} is no Mattermost username: only a-z, 0-9, '.', '_' and '-' are` }
  }
  if (RESERVED.has(username)) return { unusable: `Mattermost keeps the username '${username}' for itself` }
  return { value: username }
}

/** The part of an event's argument before `@`, as logins are compared: trimmed and lower-case. */
export function loginKey(login: string): string {
  return (login.split('@')[0] ?? '').trim().toLowerCase()
}

/** A name for Mattermost: no control characters, no blanks around, at most `runes` code points. */
export function shortened(text: string, runes: number): string {
  const clean = text.replaceAll(/\p{Cc}+/gu, ' ').trim()
  return [...clean].slice(0, runes).join('').trim()
}

/** First and last name, at most 64 code points each; the displayed name where the directory has neither. */
export function personNames(account: Account): { first_name: string; last_name: string } {
  const first = shortened(account.givenName, 64)
  const last = shortened(account.surname, 64)
  if (first === '' && last === '') return { first_name: shortened(account.displayName, 64), last_name: '' }
  return { first_name: first, last_name: last }
}
