import { pbkdf2, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { Config } from './defaults.js'
import { ApiError } from './errors.js'

const SYMBOLS = / |[!"\\#$%&'()*+,\-./:;<=>?@[\]^_`|~]/
const MAXIMUM_BYTES = 72

/**
 * Holds a password against the server's policy. Throws ApiError 400: `…pwd_min_length` or `…pwd_max_length`
 * alone, else all missing character classes in one id (`…pwd_lowercase_number_symbol.app_error`).
 */
export function checkPassword(password: string, rule: Config['PasswordSettings']): void {
  const bytes = Buffer.byteLength(password)
  if (bytes < rule.MinimumLength) throw refusal('_min_length')
  if (bytes > MAXIMUM_BYTES) throw refusal('_max_length')
  const missing = [
    rule.Lowercase && !/[a-z]/.test(password) ? '_lowercase' : '',
    rule.Uppercase && !/[A-Z]/.test(password) ? '_uppercase' : '',
    rule.Number && !/[0-9]/.test(password) ? '_number' : '',
    rule.Symbol && !SYMBOLS.test(password) ? '_symbol' : '',
  ].join('')
  if (missing !== '') throw refusal(missing)
}

function refusal(what: string): ApiError {
  return new ApiError(400, `model.user.is_valid.pwd${what}.app_error`)
}

/** PBKDF2-SHA256 as on the real server, with few rounds: tests create hundreds of users. */
export function hashPassword(password: string): string {
  const salt = randomBytes(16)
  return `pbkdf2$${ROUNDS}$${salt.toString('base64')}$${pbkdf2Sync(password, salt, ROUNDS, 32, 'sha256').toString('base64')}`
}
const ROUNDS = 500

/** Whether `password` is the one behind `hash`. */
export function passwordFits(password: string, hash: string): boolean {
  const [, rounds, salt = '', digest = ''] = hash.split('$')
  if (!rounds || digest === '') return false
  const wanted = Buffer.from(digest, 'base64')
  const found = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(rounds), wanted.length, 'sha256')
  return timingSafeEqual(wanted, found)
}

/** Computes so many rounds of PBKDF2-SHA256 in the thread pool, as the real server does for each password. */
export async function spendRounds(rounds: number): Promise<void> {
  await promisify(pbkdf2)('burn', 'salt', rounds, 32, 'sha256')
}

let roundsPerMs: number | undefined

/**
 * Burns about `ms` milliseconds of one core in the thread pool, as hashing a password does on the real server
 * (11.2: 115 ms), so that as many creations go at once as there are cores. The rounds are measured once.
 */
export async function burnCpu(ms: number): Promise<void> {
  if (ms <= 0) return
  if (roundsPerMs === undefined) {
    const before = process.cpuUsage()
    pbkdf2Sync('measure', 'salt', 40_000, 32, 'sha256')
    const used = process.cpuUsage(before)
    roundsPerMs = 40_000 / Math.max(1, (used.user + used.system) / 1000)
  }
  await spendRounds(Math.max(1, Math.round(ms * roundsPerMs)))
}
