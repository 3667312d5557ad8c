import { readdir, readFile, realpath, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { reasonOf, TeamchatError } from '../errors.js'
import { isMissing } from '../system/files/errors.js'
import { readFileIfPresent, writeFileAtomic } from '../system/files/files.js'
import { makeFolder, withFolder } from '../system/files/folder.js'
import { isSameFile, type Lock, takeLock } from '../system/lock.js'
import { type DbContent, parseDb } from './codec/codec.js'
import { applyEdits, createLookup, type DbEdits, type DbLookup } from './codec/edit.js'

export interface UpdateOptions {
  /** --root; '' is the real system. Owner and group are kept only there. */
  root?: string
  /** Milliseconds to wait for other writers altogether. */
  waitMs?: number
  now?: () => Date
}

/** The change to make, or undefined where nothing is. May be asked again with newer records. */
export type Change = (records: DbLookup) => DbEdits | undefined

/** Long enough for a stock save of a big DB (0.5 s a rewrite), short enough for somebody who waits. */
const LOCK_WAIT_MS = 30_000
/** Readable for the group as the stock tool's file; the folder keeps everybody else out. */
const NEW_FILE_MODE = 0o640
const NEW_FOLDER_MODE = 0o750

/** The file's bytes, empty where it is missing. Throws `db.unreadable`, `notAllowed`. */
export async function readDbBytes(path: string): Promise<Buffer> {
  try {
    return (await readFileIfPresent(path)) ?? Buffer.alloc(0)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'EACCES' || code === 'EPERM')
      throw new TeamchatError('notAllowed', `cannot read ${path}: permission denied`, { cause })
    const reason = code === 'EISDIR' ? 'it is a folder' : reasonOf(cause)
    throw new TeamchatError('db.unreadable', `cannot read ${path}: ${reason}`, { cause })
  }
}

/** The records; a missing file reads as empty. Readers never lock. Throws `db.unreadable`. */
export async function readDb(path: string): Promise<DbContent> {
  return parseDb(await readDbBytes(path))
}

/**
 * Reads under the lock, changes, writes atomically and durably. True where something was written: an equal content
 * writes nothing. Loses no update among our own writers, and none of ours to a stock writer that unlinks the lock
 * file while we hold it: then the change is asked for once more.
 * Throws `locked` when the others do not finish in time, `db.unreadable`, `db.write`, `notAllowed`, `files.unsafe`,
 * and what `change` throws; the DB is untouched then.
 */
export async function updateDb(path: string, change: Change, options: UpdateOptions = {}): Promise<boolean> {
  const end = Date.now() + (options.waitMs ?? LOCK_WAIT_MS)
  const now = options.now ?? (() => new Date())
  const place = await placeOf(path, options.root ?? '')
  for (let written = false; ; ) {
    const lock = await takeLocks(place, end)
    try {
      await removeLeftovers(place).catch(error => {
        throw writeError(place.path, error)
      })
      if (!(await updateLocked(place, change, now))) return written
      written = true
      if (await lock.heldAlone()) return written
    } finally {
      await lock.release()
    }
  }
}

interface Place {
  path: string
  root: string
}

/** The folder is made where it is missing, and its links followed: unlike Mattermost's it belongs to root. */
async function placeOf(path: string, wantedRoot: string): Promise<Place> {
  const root = path.startsWith(`${wantedRoot}/`) ? wantedRoot : ''
  const folder = dirname(path)
  try {
    const real = await realpath(folder).catch(async error => {
      if (!isMissing(error)) throw error
      await makeFolder(folder, root, NEW_FOLDER_MODE)
      return folder
    })
    // Below --root no link may lead outside, not even for the lock beside the file.
    if (root !== '') await withFolder(folder, root, () => Promise.resolve())
    return { path: join(root === '' ? real : folder, basename(path)), root }
  } catch (error) {
    throw writeError(path, error)
  }
}

async function takeLocks(place: Place, end: number): Promise<DbLock> {
  const lock = await takeDbLocks(place.path, Math.max(0, end - Date.now())).catch(error => {
    throw writeError(place.path, error)
  })
  if (lock !== undefined) return lock
  throw new TeamchatError('locked', `cannot change ${place.path}: another program holds ${place.path}.lock`, {
    hint: `see which one it is with fuser ${place.path}.lock, wait for it or end it, then repeat the command`,
  })
}

async function updateLocked(place: Place, change: Change, now: () => Date): Promise<boolean> {
  const old = await readDbBytes(place.path)
  const edits = change(createLookup(old))
  const next = edits === undefined ? undefined : applyEdits(old, edits, now())
  if (next === undefined) return false
  try {
    await writeFileAtomic(place.path, next, { root: place.root, mode: NEW_FILE_MODE })
  } catch (error) {
    throw writeError(place.path, error)
  }
  return true
}

/** What a killed writer of ours left; under the lock no other one is at work. */
async function removeLeftovers(place: Place): Promise<void> {
  const folder = dirname(place.path)
  const prefix = `.${basename(place.path)}.teamchatd-`
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || !/^[0-9a-f]{12}$/.test(name.slice(prefix.length))) continue
    if ((await stat(join(folder, name))).isFile()) await unlink(join(folder, name))
  }
}

function writeError(path: string, error: unknown): TeamchatError {
  if (error instanceof TeamchatError && error.code !== 'files.write') return error
  const node = (error instanceof TeamchatError ? error.cause : error) as NodeJS.ErrnoException | undefined
  const code = node?.code
  if (code === 'EACCES' || code === 'EPERM') {
    return new TeamchatError('notAllowed', `cannot write ${path}: permission denied`, { cause: error })
  }
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  const reason = full
    ? 'the disk is full'
    : code === 'EROFS'
      ? 'the file system is read-only'
      : reasonOf(node)
  return new TeamchatError('db.write', `cannot write ${path}: ${reason}`, {
    ...(full
      ? { hint: `free some space on the file system of ${dirname(path)}, then repeat the command` }
      : {}),
    cause: error,
  })
}

/** The locks of one writer. */
export interface DbLock {
  /** True where no stock writer unlinked the lock file meanwhile, so that nobody else can have held "the" lock. */
  heldAlone(): Promise<boolean>
  release(): Promise<void>
}

/**
 * Waits at most `waitMs` for two locks; undefined where somebody holds one for longer.
 *
 * `FILE.lock` is the stock tools' lock. They unlock it *before* they unlink it, so two of its holders can sit on
 * different inodes. Hence a second one that only our writers take: they exclude each other whatever Perl does.
 */
async function takeDbLocks(path: string, waitMs: number): Promise<DbLock | undefined> {
  const end = Date.now() + waitMs
  const ownPath = join(dirname(path), `.${basename(path)}.teamchatd.lock`)
  const stockPath = `${path}.lock`
  const own = await takeLock(ownPath, waitMs, 0o600)
  if (own === undefined) return undefined
  const stock = await takeLock(stockPath, Math.max(0, end - Date.now()), 0o660).catch(async error => {
    await releaseLock(own, ownPath, 'unless-waited-for')
    throw error
  })
  if (stock === undefined) {
    await releaseLock(own, ownPath, 'unless-waited-for')
    return undefined
  }
  return {
    heldAlone: () => isSameFile(stock.handle, stockPath),
    async release() {
      try {
        await releaseLock(stock, stockPath, 'if-nobody-waits')
      } finally {
        await releaseLock(own, ownPath, 'unless-waited-for')
      }
    },
  }
}

/**
 * Removes the lock file while the lock is still held, then lets go.
 * A stock writer that waits on the file does not look whether it is still there when it gets the lock: unlinked, it
 * would exclude nobody, so it stays where somebody waits, or where that cannot be known (`if-nobody-waits`). Ours do
 * look, so their own lock stays only to spare the waiting ones a new start.
 */
async function releaseLock(
  lock: Lock,
  path: string,
  unlinked: 'if-nobody-waits' | 'unless-waited-for',
): Promise<void> {
  try {
    const waiting = await waitersOf(lock)
    const free = waiting === 'none' || (waiting === 'unknown' && unlinked === 'unless-waited-for')
    // One that a failing disk keeps is no lock any more once it is let go: the next writer takes it, and takes it away.
    if (free && (await isSameFile(lock.handle, path))) await unlink(path).catch(() => undefined)
  } finally {
    await lock.release()
  }
}

/**
 * Who waits for a lock that we hold, by /proc/locks (`->` marks a waiting one). Inside a container the kernel hides
 * locks whose taker has ended, and ours was taken by such a process: then nothing is known. Only the inode number is
 * compared, since btrfs shows another device there than stat does.
 */
async function waitersOf(lock: Lock): Promise<'none' | 'some' | 'unknown'> {
  const inode = `:${(await lock.handle.stat()).ino} `
  const text = await readFile('/proc/locks', 'utf8').catch(() => '')
  const lines = text.split('\n').filter(line => line.includes(' FLOCK ') && line.includes(inode))
  if (lines.some(line => line.includes('->'))) return 'some'
  return lines.length > 0 ? 'none' : 'unknown'
}
