import { closeSync, fchmodSync, fchownSync, fstatSync, fsync, type Stats } from 'node:fs'

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
