import { readFile, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isMissing } from '../system/files/missing.js'
import { type Lock, takeLock } from '../system/lock.js'

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
export async function takeDbLocks(path: string, waitMs: number): Promise<DbLock | undefined> {
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
    heldAlone: () => isAt(stock, stockPath),
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
    if (free && (await isAt(lock, path))) await unlink(path).catch(() => undefined)
  } finally {
    await lock.release()
  }
}

async function isAt(lock: Lock, path: string): Promise<boolean> {
  const mine = await lock.handle.stat()
  try {
    const there = await stat(path)
    return there.dev === mine.dev && there.ino === mine.ino
  } catch (error) {
    if (isMissing(error)) return false
    throw error
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
