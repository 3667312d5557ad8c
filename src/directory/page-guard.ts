import { BerReader, ControlParser, PagedResultsControl } from 'ldapts'

/** What one answer to a search held, as it came over the wire. */
export interface AnswerSeen {
  entries: number
  /** The server gave a cookie: there are more pages. */
  more: boolean
}

/** Tags of RFC 4511. */
const tag = { message: 0x30, searchEntry: 0x64, searchDone: 0x65, controls: 0xa0 }

/** Sequence tag and length (at most 1 + 5 bytes), message id (at most 2 + 4) and the operation's tag. */
const longestHead = 13

/**
 * Reads a server's answers beside ldapts, only as deep as the head of each message, and counts entries and
 * looks for the cookie of the paged results control (RFC 2696).
 *
 * Why: ldapts takes a page without entries for the last one, even when it carries a cookie, and does not show
 * the control. Such a list is a part that looks like the whole, and whoever is missing in it would be taken
 * for gone. Skipping from head to head costs next to nothing; a second enumeration would double the read.
 */
export class PageGuard {
  private kept: Buffer = Buffer.alloc(0)
  private toSkip = 0
  private entries = 0
  private more = false
  private broken = false

  /** Takes the bytes that arrived. Never throws: it runs in the socket's own event. */
  read(chunk: Buffer): void {
    if (this.broken) return
    try {
      this.walk(chunk)
    } catch {
      // What is no BER is told by `take`, where there is somebody to catch it.
      this.broken = true
    }
  }

  /** What has come since the last call; undefined where the bytes made no sense. */
  take(): AnswerSeen | undefined {
    if (this.broken) return undefined
    const seen = { entries: this.entries, more: this.more }
    this.entries = 0
    this.more = false
    return seen
  }

  private walk(chunk: Buffer): void {
    let rest = chunk
    if (this.toSkip > 0) {
      const skipped = Math.min(this.toSkip, rest.length)
      this.toSkip -= skipped
      rest = rest.subarray(skipped)
    }
    if (this.kept.length > 0) rest = Buffer.concat([this.kept, rest])
    while (rest.length > 0) {
      const head = readHead(rest)
      if (head === undefined || (head.operation === tag.searchDone && rest.length < head.size)) break
      if (head.operation === tag.searchEntry) this.entries++
      if (head.operation === tag.searchDone) this.more = hasCookie(rest.subarray(0, head.size))
      this.toSkip = Math.max(0, head.size - rest.length)
      rest = rest.subarray(head.size)
    }
    this.kept = rest
  }
}

/** Size of the whole message and the tag of its operation; undefined: more bytes are needed. */
function readHead(bytes: Buffer): { size: number; operation: number } | undefined {
  const whole = bytes.length >= longestHead
  if (bytes[0] !== tag.message) throw new Error('no LDAP message')
  const first = bytes[1]
  if (first === undefined) return undefined
  const lengthBytes = first < 0x80 ? 0 : first - 0x80
  if (lengthBytes > 4 || first === 0x80) throw new Error('no length that LDAP allows')
  const start = 2 + lengthBytes
  if (bytes.length < start) return undefined
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(2, lengthBytes)
  const idLength = bytes[start + 1]
  const operation = idLength === undefined ? undefined : bytes[start + 2 + idLength]
  if (operation === undefined) {
    if (whole) throw new Error('no message id that LDAP allows')
    return undefined
  }
  return { size: start + length, operation }
}

function hasCookie(message: Buffer): boolean {
  const reader = new BerReader(message)
  reader.readSequence()
  reader.readInt()
  reader.readSequence(tag.searchDone)
  reader.offset += reader.length
  if (reader.offset >= message.length || reader.readSequence(tag.controls) === null) return false
  const end = reader.offset + reader.length
  while (reader.offset < end) {
    const control = ControlParser.parse(reader, [])
    if (control instanceof PagedResultsControl) return (control.value?.cookie?.length ?? 0) > 0
  }
  return false
}
