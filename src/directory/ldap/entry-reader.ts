import { isUtf8 } from 'node:buffer'
import type { DirectoryEntry } from '../attributes.js'

const ENTRY = 0x64
const SET = 0x31
const OCTETS = 0x04
/** Attributes that one search may bring beside those that it asked for, and are known at sight. */
const MOST_NAMES = 64
/** For values that may come again; a power of two. */
const PLACES = 4096
/** A longer value is hardly ever somebody else's as well. */
const SHORT = 24

/**
 * Reads the entries of a search (RFC 4511, section 4.5.2). A hundred thousand of them are read on each full sync, so
 * this is done in one walk over the bytes, with nothing made but the entry itself: ldapts makes some twenty objects
 * for each value.
 */
export class EntryReader {
  readonly #binary: ReadonlySet<string>
  readonly #names: { bytes: Buffer; name: string; isBinary: boolean }[] = []
  /** First names, titles, dates: what many have is kept once. */
  readonly #recent: (string | undefined)[] = new Array(PLACES).fill(undefined)
  #bytes: Buffer = Buffer.alloc(0)
  /** Where the value that was opened last begins, and where it ends. */
  #at = 0
  #end = 0

  /** `binary`: attributes whose values are bytes, whatever they look like. */
  constructor(binary: readonly string[]) {
    this.#binary = new Set(binary.map(name => name.toLowerCase()))
  }

  /** The entry between `at` and `limit`. Throws an Error where there is none. */
  read(bytes: Buffer, at: number, limit: number): DirectoryEntry {
    this.#bytes = bytes
    this.#open(ENTRY, at, limit)
    const end = this.#end
    this.#open(OCTETS, this.#at, end)
    const dn = bytes.toString('utf8', this.#at, this.#end)
    this.#open(SEQUENCE, this.#end, end)
    const last = this.#end
    const values = new Map<string, readonly (string | Buffer)[]>()
    for (let next = this.#at; next < last; ) {
      this.#open(SEQUENCE, next, last)
      next = this.#end
      this.#attribute(next, values)
    }
    return { dn, values }
  }

  /** The attribute between the cursor and `end`. */
  #attribute(end: number, values: Map<string, readonly (string | Buffer)[]>): void {
    this.#open(OCTETS, this.#at, end)
    const { name, isBinary } = this.#name()
    this.#open(SET, this.#end, end)
    const last = this.#end
    let found: (string | Buffer)[] | undefined
    for (let next = this.#at; next < last; next = this.#end) {
      this.#open(OCTETS, next, last)
      const value = isBinary ? this.#copy() : this.#text()
      // Room for one, and not for the 17 that a first push makes.
      if (found === undefined) found = [value]
      else found.push(value)
    }
    if (found !== undefined) values.set(name, found)
  }

  /** Servers spell an attribute in one way, and there are few: each name is made once. */
  #name(): { name: string; isBinary: boolean } {
    const [bytes, start, length] = [this.#bytes, this.#at, this.#end - this.#at]
    for (const known of this.#names) {
      if (known.bytes.length === length && isAt(bytes, start, known.bytes)) return known
    }
    const name = bytes.toString('latin1', start, this.#end).toLowerCase()
    const isBinary = this.#binary.has(name) || name.endsWith(';binary')
    const made = { bytes: this.#copy(), name, isBinary }
    if (this.#names.length < MOST_NAMES) this.#names.push(made)
    return made
  }

  #text(): string | Buffer {
    const [bytes, start, end] = [this.#bytes, this.#at, this.#end]
    const place = placeOf(bytes, start, end)
    const recent = place === undefined ? undefined : this.#recent[place]
    if (recent !== undefined && isText(bytes, start, end, recent)) return recent
    const text = bytes.toString('utf8', start, end)
    if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end))) return this.#copy()
    if (place !== undefined) this.#recent[place] = text
    return text
  }

  /** The bytes of a message are the socket's. */
  #copy(): Buffer {
    return Buffer.from(this.#bytes.subarray(this.#at, this.#end))
  }

  /** Sets the cursor to the content of the value at `at`, which must have this tag and end before `limit`. */
  #open(tag: number, at: number, limit: number): void {
    const bytes = this.#bytes
    const first = bytes[at + 1]
    if (at + 2 > limit || bytes[at] !== tag || first === undefined) throw new Error('no entry')
    let start = at + 2
    let length = first
    if (first >= 0x80) {
      const count = first - 0x80
      if (count < 1 || count > 4 || start + count > limit) throw new Error('no length that LDAP allows')
      length = bytes.readUIntBE(start, count)
      start += count
    }
    if (start + length > limit) throw new Error('a value that does not end')
    this.#at = start
    this.#end = start + length
  }
}

function isAt(bytes: Buffer, start: number, wanted: Buffer): boolean {
  for (let at = 0; at < wanted.length; at++) if (bytes[start + at] !== wanted[at]) return false
  return true
}

/** Where a short value is kept; undefined for a long one. */
function placeOf(bytes: Buffer, start: number, end: number): number | undefined {
  if (end - start > SHORT) return undefined
  let hash = 0
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0
  return (hash ^ (hash >>> 15)) & (PLACES - 1)
}

/** Whether these bytes are this text; never true for one with other characters than ASCII. */
function isText(bytes: Buffer, start: number, end: number, text: string): boolean {
  if (text.length !== end - start) return false
  for (let at = 0; at < text.length; at++) {
    const byte = bytes[start + at] ?? 0x80
    if (byte > 0x7f || text.charCodeAt(at) !== byte) return false
  }
  return true
}

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
