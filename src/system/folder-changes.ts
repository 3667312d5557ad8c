import { renameSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { withFolder } from './folder.js'
import { isMissing } from './missing.js'
import { putFile } from './temporary.js'
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
        await putFile(`${place}/${name}`, opened => opened.write(file.content))
      }
      for (const { from, to } of renames) {
        name = from
        ifThere(() => renameSync(`${place}/${from}`, `${place}/${to}`))
      }
      for (name of remove) ifThere(() => unlinkSync(`${place}/${name}`))
      if (write.length + remove.length > 0) await handle.sync()
    } catch (cause) {
      throw writeError(join(folder, name), cause)
    }
  })
}

function ifThere(change: () => void): void {
  try {
    change()
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}
