import { lstat, readlink, rename, symlink, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { TeamchatError } from '../../errors.js'
import { isMissing, missingIsUndefined, writeError } from './errors.js'
import { withFolder } from './folder.js'
import { putTemporary } from './temporary.js'

/** Removes a file or link; a missing one is no error. True where something was removed. */
export async function removeFile(path: string, root: string): Promise<boolean> {
  return (await removeFiles(dirname(path), [basename(path)], root)) > 0
}

/**
 * Removes files of one folder with one fsync; missing ones, and a missing folder, are no error. Gives how many went.
 * Throws `files.unsafe`, `files.write`.
 */
export async function removeFiles(folder: string, names: string[], root: string): Promise<number> {
  if (names.length === 0) return 0
  try {
    return await withFolder(folder, root, async (place, handle) => {
      let removed = 0
      for (const name of names) {
        const gone = await unlink(`${place}/${name}`).then(() => true, missingIsUndefined)
        if (gone === true) removed += 1
      }
      if (removed > 0) await handle.sync()
      return removed
    })
  } catch (error) {
    if (isMissing(error)) return 0
    throw error instanceof TeamchatError ? error : writeError(join(folder, names[0] ?? ''), error)
  }
}

/** Makes `path` a symbolic link that holds `target`; an equal one stays. Replaces links only, never a file. */
export async function placeLink(path: string, target: string, root: string): Promise<void> {
  await withFolder(dirname(path), root, async (folder, handle) => {
    const place = `${folder}/${basename(path)}`
    const old = await lstat(place).catch(missingIsUndefined)
    if (old !== undefined && !old.isSymbolicLink()) {
      throw new TeamchatError('files.unsafe', `cannot make the link ${path}: something else is in its place`)
    }
    if (old !== undefined && (await readlink(place)) === target) return
    try {
      await putTemporary(place, temporary => symlink(target, temporary))
      await handle.sync()
    } catch (cause) {
      throw writeError(path, cause)
    }
  })
}

/**
 * Moves a file, link or folder to a name that is free, on the same file system; no component of either path is followed
 * that is a link. Throws `files.unsafe` where the new name is taken, `files.write` for the rest.
 */
export async function moveEntry(from: string, to: string, root: string): Promise<void> {
  try {
    await withFolder(dirname(from), root, (source, sourceHandle) =>
      withFolder(dirname(to), root, async (target, targetHandle) => {
        const place = `${target}/${basename(to)}`
        if ((await lstat(place).catch(missingIsUndefined)) !== undefined) {
          throw new TeamchatError('files.unsafe', `cannot move ${from} to ${to}: something is there already`)
        }
        await rename(`${source}/${basename(from)}`, place)
        await targetHandle.sync()
        await sourceHandle.sync()
      }),
    )
  } catch (error) {
    throw error instanceof TeamchatError ? error : writeError(from, error)
  }
}
