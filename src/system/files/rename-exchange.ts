import { getSystemErrorName } from 'node:util'

/**
 * Swaps two names in an open folder (its descriptor) in one step. False where the kernel or the file system cannot;
 * throws an error with the system's code for the rest.
 */
export type RenameExchange = (folder: number, one: string, other: string) => boolean

const RENAME_EXCHANGE = 2
const CANNOT: ReadonlySet<string> = new Set(['ENOSYS', 'EINVAL', 'EOPNOTSUPP'])

/**
 * renameat2(2) with RENAME_EXCHANGE by koffi, since Node's rename throws away what is there: with it whatever somebody
 * put there at the last moment is still at hand. Without a libc that has it every exchange is refused.
 */
export async function loadRenameExchange(): Promise<RenameExchange> {
  try {
    const { default: ffi } = await import('koffi')
    const call = ffi
      .load('libc.so.6')
      .func('int renameat2(int old, const char *one, int new, const char *other, unsigned int flags)')
    return (folder, one, other) => {
      if (call(folder, one, folder, other, RENAME_EXCHANGE) === 0) return true
      const code = getSystemErrorName(-ffi.errno())
      if (CANNOT.has(code)) return false
      throw Object.assign(new Error(`${code}: cannot exchange ${one} and ${other}`), { code })
    }
  } catch {
    // musl and libc before 2.28 do not have it: a hard link and a rename do, with a window of some microseconds.
    return () => false
  }
}
