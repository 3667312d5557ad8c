/** What an LDAP message begins with (RFC 4511, section 4.1.1), and where it lies; places count from the buffer's begin. */
export interface Head {
  id: number
  /** The tag of what the message holds. */
  operation: number
  /** Where that begins. */
  at: number
  /** Behind the message. */
  end: number
}

/** More than any answer that can be meant: a group of a million people has 64 MB. */
const MOST_BYTES = 128 * 1024 * 1024
const SEQUENCE = 0x30
const INTEGER = 0x02

/** Puts the messages of a stream together, however they were cut on the way. */
export class MessageStream {
  readonly #take: (bytes: Buffer, head: Head) => void
  /** The beginning of a message whose end is still to come. */
  #parts: Buffer[] = []
  #kept = 0
  /** Its size; 0: that is not whole either. */
  #wanted = 0

  /** `take` gets the head of each whole message, and the bytes in which it lies. */
  constructor(take: (bytes: Buffer, head: Head) => void) {
    this.#take = take
  }

  /** Throws an Error for what is no LDAP, and what `take` has thrown; after that nothing more may be read. */
  read(chunk: Buffer): void {
    let at = this.#kept === 0 ? 0 : this.#complete(chunk)
    while (at < chunk.length) {
      const head = headOf(chunk, at)
      if (head === undefined || head.end > chunk.length) break
      this.#take(chunk, head)
      at = head.end
    }
    if (at < chunk.length) this.#keep(chunk.subarray(at))
  }

  /** Adds to the kept message what it lacks, and gives how much of `chunk` that was. */
  #complete(chunk: Buffer): number {
    let used = 0
    while (this.#wanted === 0 && used < chunk.length) {
      this.#keep(chunk.subarray(used, used + 1))
      used += 1
    }
    const missing = this.#wanted - this.#kept
    if (this.#wanted === 0 || chunk.length - used < missing) {
      if (used < chunk.length) this.#keep(chunk.subarray(used))
      return chunk.length
    }
    const message = Buffer.concat([...this.#parts, chunk.subarray(used, used + missing)])
    this.#parts = []
    this.#kept = 0
    this.#wanted = 0
    const head = headOf(message, 0)
    if (head === undefined) throw new Error('no LDAP message')
    this.#take(message, head)
    return used + missing
  }

  #keep(part: Buffer): void {
    this.#parts.push(part)
    this.#kept += part.length
    if (this.#wanted === 0) this.#wanted = headOf(Buffer.concat(this.#parts), 0)?.end ?? 0
  }
}

/** undefined: more bytes are needed. Throws an Error where none begins at `start`. */
function headOf(bytes: Buffer, start: number): Head | undefined {
  if (start === bytes.length) return undefined
  if (bytes[start] !== SEQUENCE) throw new Error('no LDAP message')
  const first = bytes[start + 1]
  if (first === undefined) return undefined
  const lengthBytes = first < 0x80 ? 0 : first - 0x80
  if (lengthBytes > 4 || first === 0x80) throw new Error('no length that LDAP allows')
  const idAt = start + 2 + lengthBytes
  if (bytes.length < idAt + 2) return undefined
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(start + 2, lengthBytes)
  if (length > MOST_BYTES) throw new Error('a message without end')
  const idLength = bytes[idAt + 1] ?? 0
  if (bytes[idAt] !== INTEGER || idLength < 1 || idLength > 4) throw new Error('no message id')
  const at = idAt + 2 + idLength
  if (length < 3 + idLength) throw new Error('a message without content')
  const operation = bytes[at]
  if (operation === undefined) return undefined
  return { id: bytes.readIntBE(idAt + 2, idLength), operation, at, end: idAt + length }
}
