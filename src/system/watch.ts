import { type BigIntStats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'

export interface WatchOptions {
  /** Milliseconds without a further sign of a change before `onChange`; a save comes as several rewrites. */
  debounceMs: () => number
  /** At most so many milliseconds after the first sign. */
  maxWaitMs: () => number
  /** Milliseconds between two looks at the file itself; they find what the notices have missed. */
  pollMs?: number
  onChange: () => void
  onError?: (error: unknown) => void
}

/** A running watch. */
export interface FileWatch {
  /** Resolves once the first notices can arrive. */
  ready: Promise<void>
  close(): Promise<void>
}

const POLL_MS = 2_000

/**
 * Calls `onChange` after `file` has changed, appeared or gone, once it has been quiet.
 *
 * The folder is watched, never the file: a watch on a file that is replaced by rename twice within some milliseconds
 * dies for good. A notice only means "look again".
 * Identity and size of file and folder are compared every two seconds beside it, which also finds a folder that was
 * missing at the start or was replaced, both of which chokidar never tells. Nothing is read here: whoever is called
 * reads the file, so a change between notice and reading is seen, and one after it gives the next notice.
 */
export function watchFile(file: string, options: WatchOptions): FileWatch {
  const folder = dirname(file)
  const report = options.onError ?? (() => undefined)
  const quiet = createQuietTimer(options, moved)
  let seen = identity(file)
  let watchedFolder = identity(folder, false)
  let watcher: FSWatcher | undefined
  let armed: Promise<void> = Promise.resolve()

  function arm(): void {
    const fresh = watch(folder, { depth: 0, ignoreInitial: true, followSymlinks: true })
    watcher = fresh
    // As the kernel tells it: chokidar's own events come after it has listed the folder, which is some milliseconds later.
    fresh.on('raw', look)
    fresh.on('error', report)
    armed = new Promise(resolve => fresh.once('ready', () => resolve()))
    // What happened between the last look and the first notice is found by looking once more.
    armed.then(look, report)
  }
  function look(): void {
    // Looks and late notices that show nothing new are no sign of a save, and must not prolong the quiet time of one.
    if (moved()) quiet.touch()
  }
  // Notices can be lost and come late, so the end of the quiet time looks for itself.
  function moved(): boolean {
    const now = identity(file)
    const isNew = now !== seen
    seen = now
    return isNew
  }
  function poll(): void {
    const folderNow = identity(folder, false)
    if (folderNow !== watchedFolder) {
      watchedFolder = folderNow
      watcher?.close().catch(report)
      arm()
    }
    look()
  }

  arm()
  const poller = setInterval(poll, options.pollMs ?? POLL_MS)
  return {
    ready: armed,
    close: async () => {
      clearInterval(poller)
      quiet.stop()
      await watcher?.close()
    },
  }
}

/**
 * Who the thing at `path` is: device, inode, and with `content` also size and time; '' where there is nothing, the
 * error's code where it cannot be looked at (a link to itself, a broken disk): whoever reads it will say so.
 * A folder is compared by inode alone, since its time moves with each file in it.
 */
function identity(path: string, content = true): string {
  let stat: BigIntStats | undefined
  try {
    stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code ?? error)
  }
  if (stat === undefined) return ''
  return content ? `${stat.dev}:${stat.ino}:${stat.mtimeNs}:${stat.size}` : `${stat.dev}:${stat.ino}`
}

interface QuietTimer {
  /** Something changed. */
  touch(): void
  stop(): void
}

function createQuietTimer(options: WatchOptions, moved: () => boolean): QuietTimer {
  let timer: NodeJS.Timeout | undefined
  let deadline = 0
  function schedule(): void {
    clearTimeout(timer)
    const wait = Math.max(0, Math.min(options.debounceMs(), deadline - Date.now()))
    timer = setTimeout(() => {
      if (moved() && Date.now() < deadline) {
        schedule()
        return
      }
      timer = undefined
      options.onChange()
    }, wait)
  }
  return {
    touch: () => {
      if (timer === undefined) deadline = Date.now() + options.maxWaitMs()
      schedule()
    },
    stop: () => clearTimeout(timer),
  }
}
