import { type Libc, loadLibc } from '../libc.js'

/** Name and value of a file's extended attributes. */
export type AttributeValues = ReadonlyMap<string, Buffer>

/** What a file has beside owner, mode and content. */
export interface Attributes {
  /** Those that a file which takes its place must have too. No link is followed. Throws an error with the system's code. */
  read(path: string): AttributeValues
  /** Gives them to an open file, and takes an access list away that it got from its folder. Throws likewise. */
  write(file: number, values: AttributeValues): void
}

export const ACCESS_LIST = 'system.posix_acl_access'
const LABEL = 'security.selinux'

/** None where a file system has no attributes, or none of that kind. */
const NONE: ReadonlySet<string> = new Set(['ENODATA', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS'])
/** A label is for the policy to allow; without it the file has that of its folder, as `restorecon` gives it. */
const REFUSED: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EINVAL'])

/** Access lists, the SELinux label and what users have put there; all others are the kernel's or a file system's own. */
function isKept(name: string): boolean {
  return name === ACCESS_LIST || name === LABEL || name.startsWith('user.')
}

const nothing: Attributes = { read: () => new Map(), write: () => undefined }

/** xattr(7), since Node has nothing for it; without it files are as if they had none. */
export async function loadAttributes(): Promise<Attributes> {
  const libc = await loadLibc()
  return libc === undefined ? nothing : attributesBy(libc)
}

function attributesBy(libc: Libc): Attributes {
  const { errorCode } = libc
  /** The bytes that `call` gives; it is asked for the size first, which may have grown meanwhile. */
  const bytes = (call: (buffer: Buffer | null, size: number) => number): Buffer | undefined => {
    for (;;) {
      const size = call(null, 0)
      const buffer = Buffer.alloc(Math.max(size, 0))
      const length = size <= 0 ? size : call(buffer, size)
      if (length >= 0) return buffer.subarray(0, length)
      const code = errorCode()
      if (NONE.has(code)) return undefined
      if (code !== 'ERANGE') throw failed('read', code)
    }
  }
  return {
    read(path) {
      const names =
        bytes((buffer, size) => libc.llistxattr(path, buffer, size))
          ?.toString()
          .split('\0') ?? []
      return new Map(
        names.filter(isKept).flatMap(name => {
          const value = bytes((buffer, size) => libc.lgetxattr(path, name, buffer, size))
          return value === undefined ? [] : [[name, value] as const]
        }),
      )
    },
    write(file, values) {
      if (!values.has(ACCESS_LIST) && libc.fremovexattr(file, ACCESS_LIST) !== 0 && !NONE.has(errorCode()))
        throw failed(`remove ${ACCESS_LIST}`, errorCode())
      for (const [name, value] of values) {
        if (libc.fsetxattr(file, name, value, value.length, 0) === 0) continue
        const code = errorCode()
        if (name === LABEL && (REFUSED.has(code) || NONE.has(code))) continue
        throw failed(`set ${name}`, code)
      }
    },
  }
}

function failed(what: string, code: string): Error {
  return Object.assign(new Error(`${code}: cannot ${what}`), { code })
}
