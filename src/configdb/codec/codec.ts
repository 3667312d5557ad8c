/**
 * The stored text of each key, by key. Texts are latin1 strings, one character a byte, so that bytes that are not
 * UTF-8 stay as they were; `undefined` is a line without `=`. Later duplicates have won.
 */
export type DbContent = ReadonlyMap<string, string | undefined>

/** A line that the stock tools read otherwise than whoever wrote it meant. */
export interface BrokenLine {
  /** Counted from 1. */
  line: number
  key: string
  reason: 'no-separator' | 'blank-around-key'
}

const LF = 10
const HEADER = [
  '# DO NOT MODIFY THIS FILE.',
  '# This file is automatically maintained by NethServer',
  '# configuration software.  Manually editing this file may put your ',
  '# system in an unknown state.',
  '#',
]

/**
 * Reads the file's bytes. Never fails: any bytes at all have a meaning. Records are not taken apart here, see
 * `parseRecord`; 100,000 of them take some 25 ms.
 */
export function parseDb(bytes: Buffer): DbContent {
  const text = bytes.toString('latin1')
  const content = new StoredText(text)
  let start = 0
  for (const line of text.split('\n')) {
    const separator = line.indexOf('=')
    if (isEntry(line)) {
      if (separator < 0) content.add(line, undefined)
      else content.add(line.slice(0, separator), start + separator + 1)
    }
    start += line.length + 1
  }
  return content
}

/** The lines that cannot mean what their writer meant, in the file's order. */
export function brokenLines(bytes: Buffer): BrokenLine[] {
  const found: BrokenLine[] = []
  for (const [index, line] of bytes.toString('latin1').split('\n').entries()) {
    if (!isEntry(line)) continue
    const separator = line.indexOf('=')
    const key = separator < 0 ? line : line.slice(0, separator)
    if (separator < 0) found.push({ line: index + 1, key, reason: 'no-separator' })
    else if (trimBlanks(key) !== key) found.push({ line: index + 1, key, reason: 'blank-around-key' })
  }
  return found
}

/**
 * The stored text of one key without reading the rest: what `parseDb(bytes).get(trimmed key)` gives, sooner.
 * undefined where the key is missing or its line has no `=`.
 */
export function lookUp(bytes: Buffer, key: string): string | undefined {
  const wanted = trimBlanks(key)
  if (wanted.startsWith('#') || wanted.includes('=') || wanted.includes('\n')) return undefined
  const withValue = lastLineStart(bytes, `${wanted}=`)
  if (withValue < 0) return undefined
  if (wanted !== '' && lastWholeLine(bytes, wanted) > withValue) return undefined
  const start = withValue + wanted.length + 1
  const end = bytes.indexOf(LF, start)
  return bytes.toString('latin1', start, end < 0 ? bytes.length : end)
}

/**
 * The whole file: six lines of header with `updated` in local time as C's ctime writes it, then `key=value`, sorted
 * bytewise. Key and value lose the blanks around them, as in the stock tools; a key keeps its blanks only where it
 * would otherwise take another key's place.
 */
export function encodeDb(content: DbContent, updated: Date): Buffer {
  const lines: [key: string, value: string][] = []
  const taken = new Set(content.keys())
  for (const [key, value] of content) {
    const trimmed = trimBlanks(key)
    const written = trimmed === key || taken.has(trimmed) ? key : trimmed
    taken.add(written)
    lines.push([written, trimBlanks(value ?? '')])
  }
  lines.sort(([one], [other]) => (one < other ? -1 : 1))
  return Buffer.from(headerOf(updated) + lines.map(([key, value]) => `${key}=${value}\n`).join(''), 'latin1')
}

/** The six lines in front of the records. */
export function headerOf(updated: Date): string {
  return `${HEADER.join('\n')}\n# updated: ${ctime(updated)}\n`
}

/** Why the stock tools could not read `key` (latin1) back, in words; undefined where they can. */
export function whyKeyIsRefused(key: string): string | undefined {
  if (key === '') return 'it is empty'
  if (key.includes('\n')) return 'it contains a newline'
  if (key.includes('=')) return 'it contains "=", and everything behind that would be read as the value'
  if (trimBlanks(key) !== key) return 'blanks around a key are lost'
  if (key.startsWith('#')) return 'it starts with "#", so its line would be read as a comment'
  return undefined
}

/**
 * `text` without the bytes that Perl's \s knows at either end. Not String#trim: that would also eat 0xA0, the last
 * byte of many a letter in UTF-8.
 */
export function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

/** True for a byte that Perl's \s knows. */
export function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}

/** False for comments and lines of nothing but blanks. */
function isEntry(line: string): boolean {
  for (let index = 0; index < line.length; index += 1) {
    const code = line.charCodeAt(index)
    if (!isBlank(code)) return code !== 35
  }
  return false
}

/** Where the last line that begins with `text` starts; -1 without one. */
function lastLineStart(bytes: Buffer, text: string): number {
  const inside = bytes.lastIndexOf(`\n${text}`, undefined, 'latin1')
  if (inside >= 0) return inside + 1
  return bytes.subarray(0, text.length).equals(Buffer.from(text, 'latin1')) ? 0 : -1
}

/** Where the last line that is `text` and nothing else starts; -1 without one. */
function lastWholeLine(bytes: Buffer, text: string): number {
  const atEnd = bytes.length - text.length
  const last = Buffer.from(text, 'latin1')
  if (atEnd > 0 && bytes[atEnd - 1] === LF && bytes.subarray(atEnd).equals(last)) return atEnd
  return lastLineStart(bytes, `${text}\n`)
}

/** `Sun Nov  2 14:59:30 2026`, local time. */
function ctime(date: Date): string {
  const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][date.getDay()]
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
  const two = (value: number) => String(value).padStart(2, '0')
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return `${day} ${months[date.getMonth()]} ${String(date.getDate()).padStart(2)} ${time} ${date.getFullYear()}`
}

/** Of a line without `=`. */
const NO_VALUE = -1

/**
 * The values of a DB's text by key, each cut out of the text when it is asked for: 100,000 strings that nobody has
 * asked for cost the garbage collector as much as reading the file.
 */
export class StoredText implements ReadonlyMap<string, string | undefined> {
  readonly #text: string
  /** Where each key's value starts in the text; it ends with its line. */
  readonly #starts = new Map<string, number>()

  constructor(text: string) {
    this.#text = text
  }

  /** The value of `key` starts at `start` of the text. A later one wins, in the place of the first. */
  add(key: string, start: number | undefined): void {
    this.#starts.set(key, start ?? NO_VALUE)
  }

  get size(): number {
    return this.#starts.size
  }

  has(key: string): boolean {
    return this.#starts.has(key)
  }

  get(key: string): string | undefined {
    return this.#valueFrom(this.#starts.get(key) ?? NO_VALUE)
  }

  keys(): MapIterator<string> {
    return this.#starts.keys()
  }

  *values(): MapIterator<string | undefined> {
    for (const start of this.#starts.values()) yield this.#valueFrom(start)
  }

  *entries(): MapIterator<[string, string | undefined]> {
    for (const [key, start] of this.#starts) yield [key, this.#valueFrom(start)]
  }

  [Symbol.iterator](): MapIterator<[string, string | undefined]> {
    return this.entries()
  }

  forEach(
    visit: (value: string | undefined, key: string, map: ReadonlyMap<string, string | undefined>) => void,
  ): void {
    for (const [key, value] of this) visit(value, key, this)
  }

  #valueFrom(start: number): string | undefined {
    if (start === NO_VALUE) return undefined
    const end = this.#text.indexOf('\n', start)
    return this.#text.slice(start, end < 0 ? undefined : end)
  }
}
