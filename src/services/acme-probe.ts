import { randomBytes } from 'node:crypto'
import { mkdir, realpath, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { reasonOf, TeamchatError } from '../errors.js'
import { removeFile } from '../system/files/entries.js'
import { writeFileAtomic } from '../system/files/files.js'
import { withFolder } from '../system/files/folder.js'
import { isMissing } from '../system/files/missing.js'

/** A file where a certificate authority would look for a proof. */
export interface AcmeProbe {
  /** `/.well-known/acme-challenge/…` */
  path: string
  content: string
}

const FOLDERS = ['.well-known', 'acme-challenge']

/**
 * Puts a probe file below `webroot`, calls `use`, and takes away the file and the folders that were missing before,
 * whatever happens. Throws `files.write`, `files.unsafe`, and what `use` throws.
 */
export async function withAcmeProbe<T>(webroot: string, use: (probe: AcmeProbe) => Promise<T>): Promise<T> {
  const home = await realpath(webroot).catch(cause => {
    throw new TeamchatError('files.write', `cannot use ${webroot}: ${reasonOf(cause)}`, { cause })
  })
  const made: string[] = []
  const name = `teamchatd-${randomBytes(12).toString('hex')}`
  const content = randomBytes(24).toString('hex')
  const folder = join(home, ...FOLDERS)
  try {
    let parent = home
    for (const part of FOLDERS) {
      if (await makeReadable(parent, part)) made.unshift(part)
      parent = join(parent, part)
    }
    await writeFileAtomic(join(folder, name), content, { root: '', mode: 0o644 })
    return await use({ path: `/${FOLDERS.join('/')}/${name}`, content })
  } finally {
    await removeFile(join(folder, name), '')
    for (const part of made) {
      await removeEmpty(part === FOLDERS[0] ? home : join(home, FOLDERS[0] ?? ''), part)
    }
  }
}

/** True where it was made. The web server's user must be able to go in, whatever our umask is. */
async function makeReadable(parent: string, name: string): Promise<boolean> {
  try {
    await withFolder(parent, '', path => mkdir(`${path}/${name}`, 0o755))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error instanceof TeamchatError
      ? error
      : new TeamchatError('files.write', `cannot make ${join(parent, name)}: ${reasonOf(error)}`, {
          cause: error,
        })
  }
  await withFolder(join(parent, name), '', async (_path, opened) => opened.chmod(0o755))
  return true
}

/** Somebody else may have put a file there meanwhile: then the folder stays. */
async function removeEmpty(parent: string, name: string): Promise<void> {
  try {
    await withFolder(parent, '', path => rmdir(`${path}/${name}`))
  } catch (error) {
    if (!isMissing(error) && (error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error
  }
}
