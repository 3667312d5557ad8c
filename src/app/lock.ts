import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { TeamchatError } from '../errors.js'
import type { Paths } from '../paths.js'
import { writeError } from '../system/files/errors.js'
import { makeFolder } from '../system/files/folder.js'
import { type Lock, takeLock } from '../system/lock.js'

/** A command asks again meanwhile whether the holder is a daemon that has opened its API by now. */
const COMMAND_WAIT_MS = 500

/**
 * The lock of whoever runs the services; the file holds the holder's pid. `asDaemon` does not wait and throws `running`
 * with the first one's pid; a command waits half a second and throws `locked`.
 */
export async function takeServiceLock(paths: Paths, asDaemon: boolean): Promise<Lock> {
  const lock = await openLock(paths, asDaemon ? 0 : COMMAND_WAIT_MS)
  if (lock === undefined) {
    const pid = await holderOf(paths)
    if (asDaemon) {
      throw new TeamchatError('running', `cannot start: teamchatd runs already, pid ${pid}`, {
        hint: `stop it first, or ask it: teamchat status`,
      })
    }
    throw new TeamchatError('locked', `cannot work on this system: process ${pid} holds the lock`, {
      hint: 'try again when it has ended',
    })
  }
  await writeHolder(lock)
  return lock
}

/** For messages alone: a full disk takes the name of the holder, and not the lock. */
async function writeHolder(lock: Lock): Promise<void> {
  try {
    await lock.handle.truncate(0)
    await lock.handle.write(`${process.pid}\n`, 0)
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT'].includes(String((error as NodeJS.ErrnoException).code))) throw error
  }
}

async function openLock(paths: Paths, waitMs: number): Promise<Lock | undefined> {
  try {
    await makeFolder(dirname(paths.lockFile), paths.root, 0o755)
    return await takeLock(paths.lockFile, waitMs)
  } catch (error) {
    throw lockError(paths.lockFile, error)
  }
}

function lockError(path: string, error: unknown): TeamchatError {
  const known = writeError(path, error)
  if (known.code !== 'files.write') return known
  const denied = ['EACCES', 'EPERM'].includes(String((known.cause as NodeJS.ErrnoException).code))
  if (denied)
    return new TeamchatError('notAllowed', `cannot take the lock ${path}: permission denied`, {
      cause: known,
    })
  return new TeamchatError('files.write', `cannot take the lock: ${known.message}`, {
    hint: 'free some space or mend the permissions, then try again',
    cause: known,
  })
}

async function holderOf(paths: Paths): Promise<string> {
  const text = await readFile(paths.lockFile, 'utf8').catch(() => '')
  return text.trim() === '' ? 'unknown' : text.trim()
}
