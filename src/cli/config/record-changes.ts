import { trimBlanks } from '../../configdb/codec/codec.js'
import type { DbEdits, DbLookup } from '../../configdb/codec/edit.js'
import {
  type DbRecord,
  encodeRecord,
  parseRecord,
  sameRecord,
  storeNewlines,
} from '../../configdb/codec/record.js'
import type { Pair } from './values.js'

/** The change, or undefined where nothing would differ. `absent`: the record that the command needs is missing. */
export interface Step {
  next: DbEdits | undefined
  absent?: boolean
  /** Printed as well. */
  notes?: string[]
}

/** Puts the whole record, or leaves an existing one with `onlyNew`. */
export function setRecord(records: DbLookup, key: string, raw: string, onlyNew: boolean): Step {
  const old = records.get(key)
  if (old !== undefined && (onlyNew || sameRecord(old, raw))) return { next: undefined }
  return { next: new Map([[key, raw]]) }
}

/** Changes the type of an existing record and keeps its properties. */
export function setType(records: DbLookup, key: string, type: string): Step {
  if (records.get(key) === undefined) return { next: undefined, absent: true }
  return changeRecord(records, key, record => ({ ...record, type: storeNewlines(type) }))
}

/** Changes an existing record; a missing one stays missing, silently, as in the stock tool. */
export function changeRecord(
  records: DbLookup,
  wanted: string,
  change: (record: DbRecord) => DbRecord,
): Step {
  const key = trimBlanks(wanted)
  const old = records.get(key)
  if (old === undefined) return { next: undefined, absent: true }
  const raw = encodeRecord(change(parseRecord(trimBlanks(old))))
  return { next: sameRecord(old, raw) ? undefined : new Map([[key, raw]]) }
}

/** Deletes also a key with blanks around it, which no other command can name. */
export function deleteKey(records: DbLookup, wanted: string): Step {
  const key = records.has(wanted) ? wanted : trimBlanks(wanted)
  if (!records.has(key)) return { next: undefined, absent: true }
  return { next: new Map([[key, undefined]]) }
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
