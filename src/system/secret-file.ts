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
