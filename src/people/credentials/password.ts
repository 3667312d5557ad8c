import type { PasswordPolicy } from '../../mattermost/types.js'
import { type Random, randomPassword } from '../../system/secrets.js'

/** Without the letters and digits that are mixed up when read from paper: l, i, o, I, O, 0, 1. */
const LOWER = 'abcdefghjkmnpqrstuvwxyz'
const UPPER = 'ABCDEFGHJKLMNPQRSTUVWXYZ'
const DIGITS = '23456789'
/** Of Mattermost's symbols those that need no quoting in a shell, a URL or a letter. */
const SYMBOLS = '-_.,+:'
/** 12 of 55 characters are 69 bits. */
const LENGTH = 12
const MAX_BYTES = 72

/** A random password for a person that meets the server's rule: 12 characters, or more where the server wants more. */
export function personPassword(policy: PasswordPolicy, random?: Random): string {
  const length = Math.min(Math.max(LENGTH, policy.minimumLength), MAX_BYTES)
  const symbols = policy.symbol ? [SYMBOLS] : []
  return randomPassword({ length, classes: [LOWER, UPPER, DIGITS, ...symbols] }, random)
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
