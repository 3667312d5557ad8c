import { randomBytes } from 'node:crypto'
import {
  type BigIntStats,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
} from 'node:fs'
import { type FileHandle, lstat, open, readlink, rename, stat, symlink, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
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
  /** Nobody else writes this file now (the writers hold a lock): what a killed write of it has left is taken away. */
  alone?: boolean
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
  content: string | Buffer | Iterable<string>,
  options: WriteOptions,
): Promise<void> {
  if (options.alone === true) await removeLeftovers(path, options.root)
  await withFolder(dirname(path), options.root, async (folder, handle) => {
    const target = `${folder}/${basename(path)}`
    const old = await factsOf(target, path)
    const temporary = `${folder}/.${basename(path)}.teamchatd-${randomBytes(6).toString('hex')}`
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
    try {
      const file = await open(temporary, flags, 0o600)
      try {
        const pieces = typeof content === 'string' || Buffer.isBuffer(content) ? [content] : content
        for (const piece of pieces) await file.writeFile(piece)
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

/**
 * The file's bytes, or undefined where it (or its folder) is missing. Other errors are Node's own. Read at once: what the
 * page cache holds comes in 20 µs, and in 400 µs where four calls wait for threads (a save reads 30 such files).
 */
export async function readFileIfPresent(path: string): Promise<Buffer | undefined> {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      return readFileSync(file)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Tells one content of a file from another one: `key` changes with each write and each replacement. */
export interface FileVersion {
  key: string
  bytes: number
}

/** undefined where the file is missing. */
export async function versionOf(path: string): Promise<FileVersion | undefined> {
  const found = await stat(path, { bigint: true }).catch(missingIsUndefined)
  return found === undefined ? undefined : fileVersion(found)
}

/**
 * Adds `content` to the end of an existing file and resolves with its new version once it is on the disk. Throws
 * `files.write`, also where the file is not in `version` any more; what is cut off then is for the reader to see.
 */
export async function appendDurably(
  path: string,
  content: string,
  { root, version }: { root: string; version: FileVersion },
): Promise<FileVersion> {
  try {
    return await withFolder(dirname(path), root, async folder => {
      const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW
      const file = await open(`${folder}/${basename(path)}`, flags)
      try {
        if (fileVersion(await file.stat({ bigint: true })).key !== version.key) throw changedMeanwhile(path)
        await file.writeFile(content)
        await file.datasync()
        return fileVersion(await file.stat({ bigint: true }))
      } finally {
        await file.close()
      }
    })
  } catch (cause) {
    throw writeError(path, cause)
  }
}

/** For writers who find that the file is not what they have read. */
export function changedMeanwhile(path: string): TeamchatError {
  return new TeamchatError('files.write', `cannot write ${path}: it has been changed by somebody else`, {
    hint: 'nothing was overwritten; it is read anew at the next run',
  })
}

const CHUNK = 256 * 1024

/**
 * Gives the lines of a UTF-8 file to `take`, without their line feeds, and never more than a piece of it is in memory.
 * Resolves with what follows the last line feed; undefined where the file is missing. Other errors are Node's own.
 */
export async function readLines(path: string, take: (line: string) => void): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(missingIsUndefined)
  if (file === undefined) return undefined
  try {
    let rest = Buffer.alloc(0)
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK)
      if (bytesRead === 0) return rest.toString('utf8')
      const data = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
      let start = 0
      for (let end = data.indexOf(10); end !== -1; end = data.indexOf(10, start)) {
        take(data.toString('utf8', start, end))
        start = end + 1
      }
      rest = data.subarray(start)
    }
  } finally {
    await file.close()
  }
}

function fileVersion({ dev, ino, size, mtimeNs }: BigIntStats): FileVersion {
  return { key: `${dev}:${ino}:${size}:${mtimeNs}`, bytes: Number(size) }
}

/** The names in a folder, sorted; none where it is missing. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

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

/** A file's facts, undefined where there is none; `shown` is its path in errors. Throws `files.unsafe` for what is no plain file. */
export async function factsOf(target: string, shown: string): Promise<FileFacts | undefined> {
  const stat = lstatSync(target, { throwIfNoEntry: false })
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

/** Gives the open file the owner and mode of the one that it replaces, or of a new one. */
export async function setOwnerAndMode(
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

/**
 * Takes away what killed writes of a file have left beside it. For whoever knows that nobody else writes it now. Throws
 * `files.unsafe`, `files.write`.
 */
export async function removeLeftovers(path: string, root: string): Promise<void> {
  const prefix = `.${basename(path)}.teamchatd-`
  const isLeft = (name: string) => name.startsWith(prefix) && /^[0-9a-f]{12}$/.test(name.slice(prefix.length))
  const left = (await namesIn(dirname(path))).filter(isLeft)
  if (left.length > 0) await removeFiles(dirname(path), left, root)
}

async function removeQuietly(temporary: string): Promise<void> {
  try {
    await unlink(temporary)
  } catch (error) {
    // The first error is the one that counts; a temporary name that never came to be is expected here.
    if (!isMissing(error)) process.emitWarning(`cannot remove ${basename(temporary)}`)
  }
}
