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
