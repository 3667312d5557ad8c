import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsync,
  openSync,
  type Stats,
  write as writeByThread,
  writeSync,
} from 'node:fs'
import { promisify } from 'node:util'

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
const ADD_TO_FILE = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW

/** Copied to the page cache sooner than a thread takes it over. */
const AT_ONCE_BYTES = 128 * 1024
const writeLater = promisify(writeByThread)

/**
 * Something open by its number. What the kernel answers from memory is asked at once, since a thread would take ten times
 * as long, and many times that on a busy host; only `sync` waits for the disk, and does so in a thread.
 */
export class Descriptor {
  readonly fd: number
  #closed = false

  constructor(fd: number) {
    this.fd = fd
  }

  stat(): Stats {
    return fstatSync(this.fd)
  }

  chmod(mode: number): void {
    fchmodSync(this.fd, mode)
  }

  chown(uid: number, gid: number): void {
    fchownSync(this.fd, uid, gid)
  }

  /** Makes durable what it holds: a file's bytes, the names that stand in a folder. Throws Node's errors. */
  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fsync(this.fd, error => (error === null ? resolve() : reject(error)))
    })
  }

  /** Once: the number may be another one's by then. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    closeSync(this.fd)
  }
}

/** A file that is open for writing. */
export class OpenFile extends Descriptor {
  /** A new file of mode 0600. Throws Node's EEXIST where the name is taken, by a link too. */
  static create(path: string): OpenFile {
    return new OpenFile(openSync(path, NEW_FILE, 0o600))
  }

  /** An existing file, whose end grows. Throws Node's ENOENT, and ELOOP for a link. */
  static extend(path: string): OpenFile {
    return new OpenFile(openSync(path, ADD_TO_FILE))
  }

  /** All of `content`, behind what was written before; a big one by a thread. Throws Node's errors. */
  async write(content: string | Buffer): Promise<void> {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    const isSmall = bytes.length <= AT_ONCE_BYTES
    for (let done = 0; done < bytes.length; ) {
      done += isSmall
        ? writeSync(this.fd, bytes, done)
        : (await writeLater(this.fd, bytes, done, bytes.length - done, null)).bytesWritten
    }
  }
}
