import { closeSync, constants, lstatSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { TeamchatError } from '../../errors.js'
import { removeFiles } from './entries.js'
import { isMissing, unlessMissing, writeError } from './errors.js'
import { withFolder } from './folder.js'
import type { OpenFile } from './open-file.js'
import { isTemporary, putFile, putFileEarly } from './temporary.js'

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
  /** Whoever reads it can tell a part of it from the whole; see `putFileEarly`. */
  early?: boolean
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
 * fsync of the folder. A reader sees the old or the new content, also after a power cut (but see `early`). The folder must
 * exist.
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
    const old = factsOf(target, path)
    try {
      const fill = async (file: OpenFile) => {
        const pieces = typeof content === 'string' || Buffer.isBuffer(content) ? [content] : content
        for (const piece of pieces) await file.write(piece)
        setOwnerAndMode(file, old, options)
      }
      if (options.early === true) return await putFileEarly(target, handle, fill)
      await putFile(target, fill)
      await handle.sync()
    } catch (cause) {
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

/** The names in a folder, sorted; none where it is missing. */
export async function namesIn(folder: string): Promise<string[]> {
  return unlessMissing(() => readdirSync(folder).sort()) ?? []
}

/** A file's facts, undefined where there is none; `shown` is its path in errors. Throws `files.unsafe` for what is not a regular file. */
export function factsOf(target: string, shown: string): FileFacts | undefined {
  const stat = lstatSync(target, { throwIfNoEntry: false })
  if (stat === undefined) return undefined
  if (stat.isSymbolicLink()) {
    throw new TeamchatError('files.unsafe', `cannot write ${shown}: it is a symbolic link`, {
      hint: 'replace the link by the file itself, or name the real place in the settings',
    })
  }
  if (!stat.isFile())
    throw new TeamchatError('files.unsafe', `cannot write ${shown}: it is not a regular file`)
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
export function setOwnerAndMode(file: OpenFile, old: FileFacts | undefined, options: WriteOptions): void {
  const keep = options.force === true ? undefined : old
  const owner = keep ?? options.owner
  // Owner first: chown clears the set-id bits. Below --root owner and group are never changed.
  if (owner !== undefined && options.root === '') file.chown(owner.uid, owner.gid)
  file.chmod(keep?.mode ?? options.mode)
}

/**
 * Takes away what killed writes of a file have left beside it. For whoever knows that nobody else writes it now. Throws
 * `files.unsafe`, `files.write`.
 */
export async function removeLeftovers(path: string, root: string): Promise<void> {
  const isLeft = (name: string) => isTemporary(name, basename(path))
  const left = (await namesIn(dirname(path))).filter(isLeft)
  if (left.length > 0) await removeFiles(dirname(path), left, root)
}

const LINE_FEED = 10

/**
 * Whether the bytes are what a power cut has left of a file of one line that was made durable together with its name:
 * a beginning, since only the whole ends with the line feed, or blocks that were never filled.
 */
export function isTruncated(bytes: Buffer): boolean {
  return bytes.at(-1) !== LINE_FEED || bytes.includes(0)
}
