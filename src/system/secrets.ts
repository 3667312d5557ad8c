import { randomInt } from 'node:crypto'
import { asTeamchatError, TeamchatError } from '../errors.js'
import { readFileIfPresent } from './files/files.js'

/**
 * The one line of a secret file; undefined where there is no file. Its end (LF or CRLF) is no part of the secret, every
 * other byte is. Throws `check.failed` where it cannot be read, is empty, or holds more than one line: taken whole, a
 * second line would be part of the password, and whoever uses it would be locked out.
 */
export async function readSecretFile(path: string): Promise<string | undefined> {
  const content = await readFileIfPresent(path).catch(cause => {
    throw asTeamchatError(cause, 'check.failed', `read the secret file ${path}`)
  })
  if (content === undefined) return undefined
  const secret = content.toString('utf8').replace(/\r?\n$/, '')
  const trouble = troubleWith(secret)
  if (trouble === undefined) return secret
  throw new TeamchatError('check.failed', `cannot use the secret file ${path}: ${trouble}`, {
    hint: `put the secret into ${path} (one line, mode 0600), then run teamchat apply`,
  })
}

function troubleWith(secret: string): string | undefined {
  if (secret === '') return 'it is empty'
  if (/[\r\n]/.test(secret)) return 'it holds more than one line'
  return secret.includes('\0') ? 'it holds a NUL byte' : undefined
}

/** A number from 0 to below `limit`, each as likely. */
export type Random = (limit: number) => number

/**
 * A random password of `length` characters that holds at least one of each of `classes`. It begins with a letter of the
 * first two, since some forms and spreadsheets take a leading digit or symbol for something else.
 */
export function randomPassword(
  { length, classes }: { length: number; classes: readonly [string, string, ...string[]] },
  random: Random = limit => randomInt(limit),
): string {
  const all = classes.join('')
  const [lower, upper] = classes
  const rest = classes.map(letters => pick(letters, random))
  while (rest.length < length - 1) rest.push(pick(all, random))
  return pick(lower + upper, random) + shuffled(rest, random).join('')
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
