import { randomInt } from 'node:crypto'
import type { PasswordPolicy } from '../../mattermost/types.js'

/** Without the letters and digits that are mixed up when read from paper: l, i, o, I, O, 0, 1. */
const LOWER = 'abcdefghjkmnpqrstuvwxyz'
const UPPER = 'ABCDEFGHJKLMNPQRSTUVWXYZ'
const DIGITS = '23456789'
/** Of Mattermost's symbols those that need no quoting in a shell, a URL or a letter. */
const SYMBOLS = '-_.,+:'
/** 12 of 55 characters are 69 bits. */
const LENGTH = 12
const MAX_BYTES = 72

/** A number from 0 to below `limit`, each as likely. */
export type Random = (limit: number) => number

/** A random password that meets the server's rule: 12 characters, or more where it wants more. */
export function randomPassword(policy: PasswordPolicy, random: Random = limit => randomInt(limit)): string {
  const classes = [LOWER, UPPER, DIGITS, ...(policy.symbol ? [SYMBOLS] : [])]
  const all = classes.join('')
  const length = Math.min(Math.max(LENGTH, policy.minimumLength), MAX_BYTES)
  const rest = classes.map(letters => pick(letters, random))
  while (rest.length < length - 1) rest.push(pick(all, random))
  // A letter first: some forms and spreadsheets take a symbol at the beginning for something else.
  return pick(LOWER + UPPER, random) + shuffled(rest, random).join('')
}

/**
 * Why Mattermost would refuse this password, or undefined. Its limit is 72 bytes (PBKDF2 and bcrypt alike); the
 * least length is the policy's, 5 at the very least. Control characters would break the printed line.
 */
export function checkPassword(given: string, policy: PasswordPolicy): string | undefined {
  const bytes = Buffer.byteLength(given)
  const minimum = Math.max(5, policy.minimumLength)
  if (bytes < minimum) return `it is shorter than ${minimum} bytes`
  if (bytes > MAX_BYTES) return `it is longer than ${MAX_BYTES} bytes`
  if (/\p{Cc}/u.test(given)) return 'it holds a control character'
  const missing = [
    policy.lowercase && !/[a-z]/.test(given) ? 'a lower-case letter' : '',
    policy.uppercase && !/[A-Z]/.test(given) ? 'an upper-case letter' : '',
    policy.number && !/[0-9]/.test(given) ? 'a digit' : '',
    policy.symbol && !/[ !"\\#$%&'()*+,\-./:;<=>?@[\]^_`|~]/.test(given) ? 'a symbol' : '',
  ].filter(kind => kind !== '')
  return missing.length === 0 ? undefined : `the server wants ${missing.join(' and ')} in it`
}

function pick(letters: string, random: Random): string {
  return letters.charAt(random(letters.length))
}

function shuffled(characters: string[], random: Random): string[] {
  const result = [...characters]
  for (let last = result.length - 1; last > 0; last--) {
    const other = random(last + 1)
    const held = result[last] ?? ''
    result[last] = result[other] ?? ''
    result[other] = held
  }
  return result
}
