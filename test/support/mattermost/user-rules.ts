import { ApiError } from './errors.js'

const RESERVED = ['all', 'channel', 'matterbot', 'system']
const ATOM = "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~\\u0080-\\u{10ffff}-]+"
const ADDRESS = new RegExp(`^${ATOM}(\\.${ATOM})*@${ATOM}(\\.${ATOM})*$`, 'u')

/** The members of a user that the rules look at. */
export interface Person {
  username: string
  email: string
  nickname: string
  first_name: string
  last_name: string
  position: string
  locale: string
}

/** Whether a name may be a user's: 1 to 64 bytes, small letters, digits and `._-`, and none of the reserved ones. */
export function isUsername(name: string): boolean {
  return /^[a-z0-9._-]{1,64}$/.test(name) && !RESERVED.includes(name)
}

/** Whether `text` is one plain address, as Go's `mail.ParseAddress` reads it. */
export function isEmail(text: string): boolean {
  return ADDRESS.test(text)
}

/** Throws ApiError 400 for the first member that breaks a rule, in the order in which the server checks. */
export function checkPerson(person: Person): void {
  const checks: [string, boolean][] = [
    ['username', isUsername(person.username)],
    ['email', Buffer.byteLength(person.email) <= 128 && isEmail(person.email)],
    ['nickname', runes(person.nickname) <= 64],
    ['position', runes(person.position) <= 128],
    ['first_name', runes(person.first_name) <= 64],
    ['last_name', runes(person.last_name) <= 64],
    ['locale', person.locale === '' || /^[a-zA-Z]{2,8}([-_][a-zA-Z0-9]{1,8})*$/.test(person.locale)],
  ]
  for (const [name, holds] of checks) {
    if (!holds) throw new ApiError(400, `model.user.is_valid.${name}.app_error`)
  }
}

/** Whether an address lies in one of the domains; no domain named means all. `@` and commas are optional. */
export function isAllowedDomain(email: string, domains: string): boolean {
  const names = domains
    .toLowerCase()
    .replace(/[@,]/g, ' ')
    .split(/\s+/)
    .filter(name => name !== '')
  return names.length === 0 || names.some(name => email.toLowerCase().endsWith(`@${name}`))
}

/** Length in characters as Go counts them. */
export function runes(text: string): number {
  return [...text].length
}
