import { type DbContent, trimBlanks } from '../../db/codec.js'
import { type DbRecord, encodeRecord, parseRecord, sameRecord, storeNewlines } from '../../db/codec-record.js'
import type { Pair } from './values.js'

/** New content, or undefined where nothing changes. `absent` says that the command missed what it needs. */
export interface Step {
  next: DbContent | undefined
  absent?: boolean
}

/** Puts the whole record, or leaves an existing one with `onlyNew`. */
export function setRecord(content: DbContent, key: string, raw: string, onlyNew: boolean): Step {
  const old = content.get(key)
  if (old !== undefined && (onlyNew || sameRecord(old, raw))) return { next: undefined }
  return { next: new Map(content).set(key, raw) }
}

/** Changes the type of an existing record and keeps its properties. */
export function setType(content: DbContent, key: string, type: string): Step {
  if (content.get(key) === undefined) return { next: undefined, absent: true }
  return changeRecord(content, key, record => ({ ...record, type: storeNewlines(type) }))
}

/** Changes an existing record; a missing one stays missing, silently, as in the stock tool. */
export function changeRecord(
  content: DbContent,
  wanted: string,
  change: (record: DbRecord) => DbRecord,
): Step {
  const key = trimBlanks(wanted)
  const old = content.get(key)
  if (old === undefined) return { next: undefined }
  const raw = encodeRecord(change(parseRecord(trimBlanks(old))))
  return { next: sameRecord(old, raw) ? undefined : new Map(content).set(key, raw) }
}

/** Deletes also a key with blanks around it, which no other command can name. */
export function deleteKey(content: DbContent, wanted: string): Step {
  const key = content.has(wanted) ? wanted : trimBlanks(wanted)
  if (!content.has(key)) return { next: undefined, absent: true }
  const next = new Map(content)
  next.delete(key)
  return { next }
}

/** The record with these properties set. */
export function withPairs(record: DbRecord, pairs: Pair[]): DbRecord {
  const stored = pairs.map(([name, value]) => [storeNewlines(name), storeNewlines(value)] as const)
  return { ...record, properties: new Map([...record.properties, ...stored]) }
}

/** The record without these properties. */
export function without(record: DbRecord, names: string[]): DbRecord {
  const gone = new Set(names.map(storeNewlines))
  return { ...record, properties: new Map([...record.properties].filter(([name]) => !gone.has(name))) }
}
