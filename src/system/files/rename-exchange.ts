import { loadLibc } from '../libc.js'

/**
 * Swaps two names in an open folder (its descriptor) in one step. False where the kernel or the file system cannot;
 * throws an error with the system's code for the rest.
 */
export type RenameExchange = (folder: number, one: string, other: string) => boolean

const RENAME_EXCHANGE = 2
const CANNOT: ReadonlySet<string> = new Set(['ENOSYS', 'EINVAL', 'EOPNOTSUPP'])

/**
 * renameat2(2) with RENAME_EXCHANGE, since Node's rename throws away the file that is there: with it a file that somebody
 * put there at the last moment is still at hand. Without a libc that has it every exchange is refused: a hard link and a
 * rename do, with a window of some microseconds.
 */
export async function loadRenameExchange(): Promise<RenameExchange> {
  const libc = await loadLibc()
  if (libc === undefined) return () => false
  return (folder, one, other) => {
    if (libc.renameat2(folder, one, folder, other, RENAME_EXCHANGE) === 0) return true
    const code = libc.errorCode()
    if (CANNOT.has(code)) return false
    throw Object.assign(new Error(`${code}: cannot exchange ${one} and ${other}`), { code })
  }
}
