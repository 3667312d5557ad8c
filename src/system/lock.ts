import { spawn } from 'node:child_process'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { TeamchatError } from '../errors.js'
import { isMissing } from './files/errors.js'

/** A held lock. Released by `release`, and by the kernel when the process ends, however it ends. */
export interface Lock {
  /** The lock file, open; its content is the holder's to use. */
  handle: FileHandle
  release(): Promise<void>
}

/**
 * Takes flock(2) on `path`, the lock that Perl's and the shell's `flock` take too: util-linux' flock is run with our
 * descriptor, the lock belongs to the open file description and so stays with us when it has ended.
 * Waits at most `waitMs`; undefined where somebody else still holds it.
 * A holder may unlink the file (the stock tools do): the path is compared with what was locked, else taken anew.
 */
export async function takeLock(path: string, waitMs: number, mode = 0o600): Promise<Lock | undefined> {
  const end = Date.now() + waitMs
  for (;;) {
    const handle = await open(path, 'a+', mode)
    const locked = await flock(handle, Math.max(0, end - Date.now())).catch(async error => {
      await handle.close()
      throw error
    })
    if (locked && (await isSameFile(handle, path))) return { handle, release: () => handle.close() }
    await handle.close()
    if (!locked) return undefined
  }
}

/** Whether the open file still lies at the path; false where nothing does. */
export async function isSameFile(handle: FileHandle, path: string): Promise<boolean> {
  const mine = await handle.stat()
  try {
    const there = await stat(path)
    return there.dev === mine.dev && there.ino === mine.ino
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

function flock(handle: FileHandle, waitMs: number): Promise<boolean> {
  const wait = waitMs <= 0 ? ['--nonblock'] : ['--timeout', String(waitMs / 1000)]
  return new Promise((resolve, reject) => {
    const child = spawn('flock', ['--exclusive', ...wait, '--conflict-exit-code', '9', '3'], {
      stdio: ['ignore', 'ignore', 'ignore', handle.fd],
    })
    child.on('error', cause =>
      reject(
        new TeamchatError('failed', 'cannot lock: the program flock is missing', {
          hint: 'install util-linux',
          cause,
        }),
      ),
    )
    child.on('exit', status => {
      if (status === 0) resolve(true)
      else if (status === 9) resolve(false)
      else reject(new TeamchatError('failed', `cannot lock: flock ended with status ${status}`))
    })
  })
}
