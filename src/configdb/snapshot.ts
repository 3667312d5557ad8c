import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { isMissing } from '../system/files/errors.js'
import { type BrokenLine, brokenLines, type DbContent, parseDb } from './codec/codec.js'
import { type DbRecord, parseRecord, unescapeText } from './codec/record.js'
import type { SettingsProblem } from './settings.js'
import { readDbBytes } from './store.js'

/** In a file that is no DB at all every line is broken: log and `status` would be longer than it is. */
const LINES_TOLD = 5

/** The DB at one moment, for readers. Texts are UTF-8 with `\|` and `\n` read as `|` and newline. */
export interface DbSnapshot {
  path: string
  /** False where the file is missing; then there is no record. */
  exists: boolean
  /** 12 hex digits of the records, not of the header: an equal DB has an equal revision. */
  revision: string
  /** undefined where the key is missing or its line has no `=`. */
  record(key: string): { type: string; properties: ReadonlyMap<string, string> } | undefined
  /** undefined where record or property is missing. */
  prop(key: string, name: string): string | undefined
  /** The whole value of a plain key such as DomainName. */
  value(key: string): string | undefined
  /** Lines that do not mean what their writer meant. */
  problems: readonly SettingsProblem[]
}

/** Reads the DB; a missing file is an empty one. Throws `db.unreadable`. */
export async function readSnapshot(path: string): Promise<DbSnapshot> {
  return snapshotOf(path, await readDbBytes(path))
}

/** A snapshot of what was just read from `path`: no bytes are a missing file, or an empty one. */
export function snapshotOf(path: string, bytes: Buffer): DbSnapshot {
  return createSnapshot(path, bytes, bytes.length > 0 || isThere(path))
}

/** A snapshot of bytes that were read already. */
export function createSnapshot(path: string, bytes: Buffer, exists = true): DbSnapshot {
  const content = parseDb(bytes)
  const parsed = new Map<string, DbRecord | undefined>()
  const recordOf = (key: string) => {
    if (!parsed.has(key)) {
      const raw = content.get(toStored(key))
      parsed.set(key, raw === undefined ? undefined : parseRecord(raw))
    }
    return parsed.get(key)
  }
  return {
    path,
    exists,
    revision: revisionOf(content),
    record(key) {
      const record = recordOf(key)
      if (record === undefined) return undefined
      const properties = [...record.properties].map(([name, value]) => [toText(name), toText(value)] as const)
      return { type: toText(record.type ?? ''), properties: new Map(properties) }
    },
    prop(key, name) {
      const value = recordOf(key)?.properties.get(toStored(name))
      return value === undefined ? undefined : toText(value)
    },
    value(key) {
      const raw = content.get(toStored(key))
      return raw === undefined ? undefined : toText(raw)
    },
    problems: problemsOf(path, brokenLines(bytes)),
  }
}

function toText(stored: string): string {
  return unescapeText(Buffer.from(stored, 'latin1').toString('utf8'))
}

function toStored(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

function revisionOf(content: DbContent): string {
  const hash = createHash('sha256')
  for (const key of [...content.keys()].sort()) hash.update(`${key}=${content.get(key) ?? ''}\n`, 'latin1')
  return hash.digest('hex').slice(0, 12)
}

function problemsOf(path: string, broken: readonly BrokenLine[]): SettingsProblem[] {
  const told = broken.slice(0, LINES_TOLD).map(line => problemOf(path, line))
  const next = broken[LINES_TOLD]
  if (next === undefined) return told
  const more = broken.length - LINES_TOLD
  return [
    ...told,
    {
      property: `line ${next.line}`,
      message: `cannot use ${more} more ${more === 1 ? 'line' : 'lines'} of ${path}, from line ${next.line} on`,
      hint: `look whether ${path} is a DB at all, and put it back from a backup`,
    },
  ]
}

function problemOf(path: string, broken: BrokenLine): SettingsProblem {
  // The line itself is not shown: it may be the torn-off end of a record with a password.
  const reason =
    broken.reason === 'no-separator'
      ? 'it has no "=", so it is a key without a value'
      : 'its key has blanks around it, so no program can look it up'
  return {
    property: `line ${broken.line}`,
    message: `cannot use line ${broken.line} of ${path}: ${reason}`,
    hint: `correct or remove line ${broken.line} of ${path}, or put the file back from a backup`,
  }
}

function isThere(path: string): boolean {
  try {
    statSync(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
