import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { open, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { withFolder } from './folder.js'
import { isMissing } from './missing.js'
import { writeError } from './write-error.js'

/** What is done to the files of one folder; each name is that of a file in it. */
export interface FolderChanges {
  /** New files of mode 0600, whole or not at all. */
  write: readonly { name: string; content: string }[]
  /** A missing one is no error. */
  rename: readonly { from: string; to: string }[]
  /** A missing one is no error. */
  remove: readonly string[]
}

/**
 * Makes the changes, in this order, in one visit to the folder, which takes about as long as one of them alone. What is
 * written and removed is so for good when it resolves; renames alone are not waited for. Throws Node's ENOENT where the
 * folder is missing, `files.unsafe`, `files.write`; then any part of it may be done.
 */
export async function changeFolder(
  folder: string,
  { write, rename: renames, remove }: FolderChanges,
  root: string,
): Promise<void> {
  await withFolder(folder, root, async (place, handle) => {
    let name = ''
    try {
      for (const file of write) {
        name = file.name
        await writeNew(place, file)
      }
      for (const { from, to } of renames) {
        name = from
        await rename(`${place}/${from}`, `${place}/${to}`).catch(missingIsFine)
      }
      for (name of remove) await unlink(`${place}/${name}`).catch(missingIsFine)
      if (write.length + remove.length > 0) await handle.sync()
    } catch (cause) {
      throw writeError(join(folder, name), cause)
    }
  })
}

async function writeNew(folder: string, { name, content }: { name: string; content: string }): Promise<void> {
  const temporary = `${folder}/.${name}.teamchatd-${randomBytes(6).toString('hex')}`
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  try {
    const file = await open(temporary, flags, 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, `${folder}/${name}`)
  } catch (cause) {
    // The first error counts; what stays is swept as after a crash.
    await unlink(temporary).catch(() => undefined)
    throw cause
  }
}

function missingIsFine(error: unknown): void {
  if (!isMissing(error)) throw error
}
