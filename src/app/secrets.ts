import { asTeamchatError } from '../errors.js'
import type { Paths } from '../paths.js'
import { readFileIfPresent } from '../system/files/files.js'

/** The one line of a secret file, undefined where it is missing. Throws `notAllowed` where it cannot be read. */
export async function readSecret(paths: Paths, name: string): Promise<string | undefined> {
  const file = paths.secretFile(name)
  const bytes = await readFileIfPresent(file).catch(error => {
    throw asTeamchatError(error, 'notAllowed', `read the secret file ${file}`)
  })
  return bytes?.toString('utf8').replace(/\r?\n$/, '')
}
