import { TeamchatError } from '../../errors.js'
import type { DirectoryEntry } from '../attributes.js'

/*
 * Written here and not taken from a library: the only LDIF parser of the npm registry, `ldif`, hands out
 * neither line numbers nor bytes, so that an operator could not be told where a file is broken, and a name in
 * UTF-8 that is folded in the middle of a character would be damaged.
 */

/** An entry of an LDIF file, and the line that its `dn:` stands on, counted from 1. */
export interface LdifEntry extends DirectoryEntry {
  line: number
}

interface LogicalLine {
  /** One character per byte. */
  text: string
  line: number
}

/**
 * Reads LDIF content records (RFC 2849): version, comments, folded lines, base64, CRLF or LF, and beyond it raw
 * UTF-8, a byte order mark, and the trailer that ldapsearch writes. `file` is the name for messages.
 * Throws `directory.invalid` with file and line for anything else: change records, values in other files,
 * text that is not UTF-8, a search that ended with an error.
 */
export function* parseLdif(bytes: Buffer, file: string): Generator<LdifEntry> {
  for (const record of recordsOf(bytes)) {
    const [first] = record
    if (first === undefined) continue
    const refuse = (line: number, why: string) => invalidLdif(file, line, why)
    if (isSearchTrailer(record, refuse)) continue
    yield entryOf(record, refuse)
  }
}

/** An error that names file and line. */
export function invalidLdif(file: string, line: number, why: string): TeamchatError {
  return new TeamchatError('directory.invalid', `cannot read ${file}: line ${line}: ${why}`, {
    hint: 'correct the line, or export the people again: slapcat, or ldapsearch -LLL',
  })
}

type Refuse = (line: number, why: string) => TeamchatError

function entryOf(record: readonly LogicalLine[], refuse: Refuse): LdifEntry {
  let dn: string | undefined
  const start = record[0]?.line ?? 1
  const values = new Map<string, (string | Buffer)[]>()
  for (const { text, line } of record) {
    const { name, value } = attributeOf(text, line, refuse)
    if (name === 'changetype' || (name === 'control' && dn !== undefined)) {
      throw refuse(line, 'this is a list of changes; an export of whole entries is needed')
    }
    if (dn === undefined) {
      if (name !== 'dn') throw refuse(line, `an entry must begin with "dn:", not with "${name}:"`)
      if (typeof value !== 'string') throw refuse(line, 'the DN is not UTF-8')
      dn = value
      continue
    }
    if (name === 'dn')
      throw refuse(line, 'a second "dn:" in one entry; is the blank line between entries missing?')
    const others = values.get(name)
    if (others === undefined) values.set(name, [value])
    else others.push(value)
  }
  return { dn: dn ?? '', values, line: start }
}

function attributeOf(text: string, line: number, refuse: Refuse): { name: string; value: string | Buffer } {
  const match = /^([A-Za-z0-9][A-Za-z0-9.-]*(?:;[A-Za-z0-9-]+)*):([:<]?) */.exec(text)
  if (match?.[1] === undefined) throw refuse(line, 'no "attribute: value"')
  const name = match[1].toLowerCase()
  const rest = text.slice(match[0].length)
  if (match[2] === '<') throw refuse(line, 'values that are kept in other files ("<") are not read')
  if (match[2] === ':') return { name, value: decodeBase64(rest.trimEnd(), line, refuse) }
  const value = utf8(Buffer.from(rest, 'latin1'))
  if (value === undefined) throw refuse(line, 'the text is not UTF-8')
  return { name, value }
}

function decodeBase64(text: string, line: number, refuse: Refuse): string | Buffer {
  // Node's own decoder skips what it does not know, so a damaged value would pass.
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw refuse(line, 'no valid base64')
  const bytes = Buffer.from(text, 'base64')
  return utf8(bytes) ?? bytes
}

function utf8(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8')
  // The replacement character may stand in the text itself, so the way back decides.
  if (!text.includes('\ufffd') || Buffer.from(text, 'utf8').equals(bytes)) return text
  return undefined
}

/** `search: 2`, `result: 0 Success`: how ldapsearch without -L ends. Any other result means a part only. */
function isSearchTrailer(record: readonly LogicalLine[], refuse: Refuse): boolean {
  if (!record[0]?.text.startsWith('search: ')) return false
  for (const { text, line } of record) {
    if (text.startsWith('result: ') && !text.startsWith('result: 0 ')) {
      throw refuse(line, `the search that made this file did not give everything (${JSON.stringify(text)})`)
    }
  }
  return true
}

/** Unfolds the lines, drops comments and the version, and parts the records at blank lines. */
function* recordsOf(bytes: Buffer): Generator<LogicalLine[]> {
  let record: LogicalLine[] = []
  let versionAllowed = true
  for (const logical of logicalLines(bytes)) {
    if (logical.text === '') {
      if (record.length > 0) yield record
      record = []
      continue
    }
    if (logical.text.startsWith('#')) continue
    if (versionAllowed && /^version: *1 *$/i.test(logical.text)) {
      versionAllowed = false
      continue
    }
    versionAllowed = false
    record.push(logical)
  }
  if (record.length > 0) yield record
}

function* logicalLines(bytes: Buffer): Generator<LogicalLine> {
  let open: { parts: string[]; line: number } | undefined
  let number = 0
  for (const text of physicalLines(bytes)) {
    number++
    if (text.startsWith(' ') && open !== undefined) {
      open.parts.push(text.slice(1))
      continue
    }
    if (open !== undefined) yield { text: open.parts.join(''), line: open.line }
    open = undefined
    // A blank line ends a record; what is folded onto it would belong to nothing and is told as a broken line.
    if (text === '') yield { text: '', line: number }
    else open = { parts: [text], line: number }
  }
  if (open !== undefined) yield { text: open.parts.join(''), line: open.line }
}

/** Line by line, so that a big file is not copied as a whole. */
function* physicalLines(bytes: Buffer): Generator<string> {
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  let at = marked ? 3 : 0
  while (at < bytes.length) {
    const feed = bytes.indexOf(0x0a, at)
    const end = feed < 0 ? bytes.length : feed
    const last = end > at && bytes[end - 1] === 0x0d ? end - 1 : end
    yield bytes.toString('latin1', at, last)
    at = end + 1
  }
}
