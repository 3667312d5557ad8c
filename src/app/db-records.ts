import { applyEdits, createLookup, type DbEdits, type DbLookup } from '../configdb/codec/edit.js'
import { encodeRecord, escapeSeparators, parseRecord } from '../configdb/codec/record.js'
import { updateDb } from '../configdb/store.js'
import type { Paths } from '../paths.js'
import type { RecordChange } from '../settings/parts.js'

/**
 * Sets and deletes properties of several records in one durable write. Throws what `updateDb` throws; the DB is untouched
 * then.
 */
export async function writeRecords(paths: Paths, changes: RecordChange[]): Promise<void> {
  await updateDb(paths.configurationDb, records => editsOf(records, changes), { root: paths.root })
}

/** The DB's bytes as they would be with the changes; nothing is written. */
export function withChanges(bytes: Buffer, changes: RecordChange[]): Buffer {
  return applyEdits(bytes, editsOf(createLookup(bytes), changes), new Date()) ?? bytes
}

function editsOf(records: DbLookup, changes: RecordChange[]): DbEdits {
  const edits = new Map<string, string>()
  for (const { key, type, props } of changes) {
    const record = parseRecord(edits.get(key) ?? records.get(key) ?? '')
    const properties = new Map(record.properties)
    for (const [name, value] of Object.entries(props)) {
      if (value === undefined) properties.delete(name)
      else properties.set(name, toStored(value))
    }
    edits.set(key, encodeRecord({ type: record.type || (type ?? 'service'), properties }))
  }
  return edits
}

function toStored(value: string): string {
  return Buffer.from(escapeSeparators(value), 'utf8').toString('latin1')
}
