import { getSystemErrorName } from 'node:util'

/** Functions of libc that Node does not have. A failed call gives a negative number, and `errorCode` its name (ENOENT …). */
export interface Libc {
  renameat2(oldFolder: number, one: string, newFolder: number, other: string, flags: number): number
  llistxattr(path: string, list: Buffer | null, size: number): number
  lgetxattr(path: string, name: string, value: Buffer | null, size: number): number
  fsetxattr(file: number, name: string, value: Buffer, size: number, flags: number): number
  fremovexattr(file: number, name: string): number
  errorCode(): string
}

/** The functions by koffi; undefined where there is no glibc of 2.28 or later (musl has no renameat2). */
export async function loadLibc(): Promise<Libc | undefined> {
  const { default: ffi } = await import('koffi')
  try {
    const libc = ffi.load('libc.so.6')
    return {
      renameat2: libc.func(
        'int renameat2(int old, const char *one, int new, const char *other, unsigned int flags)',
      ),
      llistxattr: libc.func('long llistxattr(const char *path, void *list, size_t size)'),
      lgetxattr: libc.func('long lgetxattr(const char *path, const char *name, void *value, size_t size)'),
      fsetxattr: libc.func('int fsetxattr(int fd, const char *name, void *value, size_t size, int flags)'),
      fremovexattr: libc.func('int fremovexattr(int fd, const char *name)'),
      errorCode: () => getSystemErrorName(-ffi.errno()),
    }
  } catch {
    return undefined // another libc: its users say what they do without it
  }
}

/** sd_notify(3) of libsystemd. Throws where the library is missing. */
export async function loadSdNotify(): Promise<(unsetEnvironment: number, state: string) => number> {
  const { default: ffi } = await import('koffi')
  return ffi.load('libsystemd.so.0').func('int sd_notify(int unset_environment, const char *state)')
}
