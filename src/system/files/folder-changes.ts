import { renameSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { itemsSettledOrThrow } from '../concurrency/all-settled-or-throw.js'
import { unlessMissing, writeError } from './errors.js'
import { withFolder } from './folder.js'
import { OpenFile } from './open-file.js'
import { removeQuietly } from './temporary.js'

/** What is done to the files of one folder; each name is that of a file in it. */
export interface FolderChanges {
  /** New files of mode 0600 with names that nothing has; for whoever can tell a torn one, see `isTorn`. */
  write: readonly { name: string; content: string }[]
  /** A missing one is no error. */
  rename: readonly { from: string; to: string }[]
  /** A missing one is no error. */
  remove: readonly string[]
}

/**
 * Makes the changes, in this order, in one visit to the folder and one commit of the file system, which takes about as
 * long as one of them alone. What is written and removed is so for good when it resolves; renames alone are not waited
 * for. Throws Node's ENOENT where the folder is missing, `files.unsafe`, `files.write`; then no new file is left, and any
 * part of the rest may be done.
 */
export async function changeFolder(
  folder: string,
  { write, rename: renames, remove }: FolderChanges,
  root: string,
): Promise<void> {
  await withFolder(folder, root, async (place, handle) => {
    const opened: { path: string; file: OpenFile }[] = []
    let name = ''
    try {
      for (const file of write) {
        name = file.name
        const path = `${place}/${name}`
        const fresh = { path, file: OpenFile.create(path) }
        opened.push(fresh)
        await fresh.file.write(file.content)
      }
      for (const { from, to } of renames) {
        name = from
        unlessMissing(() => renameSync(`${place}/${from}`, `${place}/${to}`))
      }
      for (name of remove) unlessMissing(() => unlinkSync(`${place}/${name}`))
      if (write.length + remove.length > 0)
        await itemsSettledOrThrow([...opened.map(({ file }) => file), handle].map(one => one.sync()))
    } catch (cause) {
      for (const { path } of opened) removeQuietly(path)
      throw writeError(join(folder, name), cause)
    } finally {
      for (const { file } of opened) file.close()
    }
  })
}
