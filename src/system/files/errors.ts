import { dirname } from 'node:path'
import { TeamchatError } from '../../errors.js'

/** The node error codes that mean "there is nothing". */
export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/** What `work` gives; undefined where there is nothing. */
export function unlessMissing<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    return missingIsUndefined(error)
  }
}

/** For the end of a promise: undefined where there is nothing, else what was thrown. */
export function missingIsUndefined(error: unknown): undefined {
  if (!isMissing(error)) throw error
  return undefined
}

/** The error of a write as `files.write`: the path as the operator knows it, and why. One of ours stays as it is. */
export function writeError(path: string, cause: unknown): TeamchatError {
  if (cause instanceof TeamchatError) return cause
  const code = (cause as NodeJS.ErrnoException).code
  const known = code === undefined ? undefined : whys[code]
  return new TeamchatError('files.write', `cannot write ${path}: ${known?.reason ?? code ?? String(cause)}`, {
    ...(known === undefined ? {} : { hint: `${known.remedy(path)}; it is tried again` }),
    cause,
  })
}

interface Why {
  reason: string
  remedy: (path: string) => string
}

const full: Why = {
  reason: 'the disk is full',
  remedy: path => `free some space on the file system of ${dirname(path)}`,
}

const whys: Record<string, Why> = {
  ENOSPC: full,
  EDQUOT: full,
  EROFS: {
    reason: 'the file system is read-only',
    // The unit of the daemon sees most of /etc so, whatever the mount says.
    remedy: path =>
      `mount it writable, or where the daemon alone may not write there: systemctl edit teamchatd, with ReadWritePaths=-${dirname(path)}`,
  },
  EPERM: {
    reason: 'it may not be changed, not even by root (EPERM)',
    remedy: path => `it may be immutable: lsattr -d ${path} ${dirname(path)}`,
  },
}
