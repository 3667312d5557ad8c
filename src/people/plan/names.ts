import type { Account } from '../../directory/account.js'

/** A value, or why there is none. */
export type Usable = { value: string } | { unusable: string }

const RESERVED = new Set(['all', 'channel', 'matterbot', 'system'])
const USERNAME = /^[a-z0-9._-]+$/
/** Letters that Unicode takes apart into nothing of a-z. */
const LETTERS: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ŋ: 'n',
}

/**
 * The Mattermost username for a login. Mattermost's rule: 1 to 64 of [a-z0-9._-], and four words are kept for itself
 * (source: facts of the server, model.IsValidUsername). A login that fits, whatever its case, is taken as it is.
 * Else: what follows an `@` goes, letters lose their marks (`Jörg` is `jorg`, `ß` is `ss`), and each run of blanks and
 * other characters becomes one dot (`Jörg Müller` is `jorg.muller`). A letter of another script makes it unusable:
 * what was left of such a name would be somebody else's.
 */
export function usernameOf(login: string): Usable {
  const plain = login.trim().toLowerCase()
  if (plain === '') return { unusable: 'the login is empty' }
  // Dots alone fit the server's pattern, but such a user could not be looked up by name.
  const username = USERNAME.test(plain) && !/^\.+$/.test(plain) ? plain : mapped(plain)
  if (username === undefined || username === '') {
    return {
      unusable: `the login ${JSON.stringify(login)} is not a Mattermost username and has no letters to make one from`,
    }
  }
  if (username.length > 64)
    return { unusable: `the login ${JSON.stringify(login)} is longer than 64 characters` }
  if (RESERVED.has(username)) return { unusable: `Mattermost keeps the username '${username}' for itself` }
  return { value: username }
}

/** Whether the login is a username but for its case: before others that are only made into the same one. */
export function isExactUsername(login: string): boolean {
  return USERNAME.test(login.trim().toLowerCase())
}

function mapped(plain: string): string | undefined {
  const [name = ''] = plain.split('@')
  const latin = name
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .replaceAll(/[^\p{ASCII}]/gu, letter => LETTERS[letter] ?? letter)
  if (/[^\p{ASCII}]/u.test(latin) && /(?!\p{ASCII})[\p{L}\p{N}]/u.test(latin)) return undefined
  return latin
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '.')
    .replaceAll(/^\.+|\.+$/g, '')
}

/** The part of an event's argument before `@`, as logins are compared: trimmed and lower-case. */
export function loginKey(login: string): string {
  return (login.split('@')[0] ?? '').trim().toLowerCase()
}

/** What to ask the directory for when somebody types a login: as it stands, and without what follows an `@`. */
export function loginsMeant(login: string): string[] {
  return [...new Set([login.trim().toLowerCase(), loginKey(login)])]
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
