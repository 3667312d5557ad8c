import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readlink, rename, symlink, unlink } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { TeamchatError } from '../errors.js'
import { withFolder } from './folder.js'
import { writeError } from './write-error.js'

export interface WriteOptions {
  /** --root: the path up to here is trusted as it is, every component below is opened without following links. */
  root: string
  /** Mode of a new file, and of an existing one only with `force`. */
  mode: number
  /** Owner of a new file; without it that of the process. Never changed below --root. */
  owner?: { uid: number; gid: number } | undefined
  /** Gives `mode` and `owner` to an existing file too (secrets); else an existing file keeps its own. */
  force?: boolean
}

/** What `stat` says of a file, as far as a writer must keep it. */
export interface FileFacts {
  mode: number
  uid: number
  gid: number
  size: number
  dev: number
  ino: number
}

/**
 * Puts `content` in place of `path`: temporary file beside it, owner and mode on the descriptor, fsync, rename,
 * fsync of the folder. A reader sees the old or the new content, also after a power cut. The folder must exist.
 * Throws `files.unsafe` where a component of the path is a symbolic link, `files.write` for the rest.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Buffer,
  options: WriteOptions,
): Promise<void> {
  await withFolder(dirname(path), options.root, async (folder, handle) => {
    const target = `${folder}/${basename(path)}`
    const old = await factsOf(target, path)
    const temporary = `${folder}/.${basename(path)}.teamchatd-${randomBytes(6).toString('hex')}`
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
    try {
      const file = await open(temporary, flags, 0o600)
      try {
        await file.writeFile(content)
        await setOwnerAndMode(file, old, options)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, target)
      await handle.sync()
    } catch (cause) {
      await removeQuietly(temporary)
      throw writeError(path, cause)
    }
  })
}

/** The file's bytes, or undefined where it (or its folder) is missing. Other errors are Node's own. */
export async function readFileIfPresent(path: string): Promise<Buffer | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      return await file.readFile()
    } finally {
      await file.close()
    }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Removes a file or link; a missing one is no error. True where something was removed. */
export async function removeFile(path: string, root: string): Promise<boolean> {
  try {
    return await withFolder(dirname(path), root, async (folder, handle) => {
      await unlink(`${folder}/${basename(path)}`)
      await handle.sync()
      return true
    })
  } catch (error) {
    if (isMissing(error)) return false
    throw error instanceof TeamchatError ? error : writeError(path, error)
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
    const temporary = `${folder}/.${basename(path)}.teamchatd-${randomBytes(6).toString('hex')}`
    try {
      await symlink(target, temporary)
      await rename(temporary, place)
      await handle.sync()
    } catch (cause) {
      await removeQuietly(temporary)
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

/** The node error codes that mean "there is nothing". */
export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'ENOENT' || code === 'ENOTDIR'
}

function missingIsUndefined(error: unknown): undefined {
  if (!isMissing(error)) throw error
  return undefined
}

async function factsOf(target: string, shown: string): Promise<FileFacts | undefined> {
  const stat = await lstat(target).catch(missingIsUndefined)
  if (stat === undefined) return undefined
  if (stat.isSymbolicLink()) {
    throw new TeamchatError('files.unsafe', `cannot write ${shown}: it is a symbolic link`, {
      hint: 'replace the link by the file itself, or name the real place in the settings',
    })
  }
  if (!stat.isFile()) throw new TeamchatError('files.unsafe', `cannot write ${shown}: it is no plain file`)
  return {
    mode: stat.mode & 0o7777,
    uid: stat.uid,
    gid: stat.gid,
    size: stat.size,
    dev: stat.dev,
    ino: stat.ino,
  }
}

async function setOwnerAndMode(
  file: FileHandle,
  old: FileFacts | undefined,
  options: WriteOptions,
): Promise<void> {
  const keep = options.force === true ? undefined : old
  const owner = keep ?? options.owner
  // Owner first: chown clears the set-id bits. Below --root owner and group are never changed.
  if (owner !== undefined && options.root === '') await file.chown(owner.uid, owner.gid)
  await file.chmod(keep?.mode ?? options.mode)
}

async function removeQuietly(temporary: string): Promise<void> {
  try {
    await unlink(temporary)
  } catch (error) {
    // The first error is the one that counts; a temporary name that never came to be is expected here.
    if (!isMissing(error)) process.emitWarning(`cannot remove ${basename(temporary)}`)
  }
}
