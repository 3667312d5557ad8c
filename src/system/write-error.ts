import { dirname } from 'node:path'
import { TeamchatError } from '../errors.js'

/** What came of a write as `files.write`: the path as the operator knows it, and why. One of ours stays as it is. */
export function writeError(path: string, cause: unknown): TeamchatError {
  if (cause instanceof TeamchatError) return cause
  const code = (cause as NodeJS.ErrnoException).code
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  const reason = full
    ? 'the disk is full'
    : code === 'EROFS'
      ? 'the file system is read-only'
      : (code ?? String(cause))
  return new TeamchatError('files.write', `cannot write ${path}: ${reason}`, {
    ...(full ? { hint: `free some space on the file system of ${dirname(path)}; it is tried again` } : {}),
    cause,
  })
}
