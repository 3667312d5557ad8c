import { applyEdits, createLookup, type DbEdits, type DbLookup } from '../configdb/codec/edit.js'
import { encodeRecord, escapeSeparators, parseRecord } from '../configdb/codec/record.js'
import { hostFacts } from '../configdb/overrides.js'
import { type HostFacts, readSettings } from '../configdb/schema/read.js'
import type { Settings } from '../configdb/settings.js'
import { createSnapshot, type DbSnapshot, snapshotOf } from '../configdb/snapshot.js'
import { readDbBytes, updateDb } from '../configdb/store.js'
import { TeamchatError } from '../errors.js'
import type { Paths } from '../paths.js'
import type { RecordChange, SettingsReading } from '../settings/parts.js'

/** Reads the configuration DB into settings; remembers the last good ones. */
export class SettingsSource {
  readonly #paths: Paths
  #lastGood: Settings | undefined
  /** The last reading, by the bytes and the facts that it came from. */
  #lastRead: { bytes: Buffer; facts: string; reading: SettingsReading } | undefined

  constructor(paths: Paths) {
    this.#paths = paths
  }

  /** `changes`: as it would read with them; nothing is written, and nothing of it is remembered. Throws `db.unreadable`. */
  async read(changes: RecordChange[] = []): Promise<SettingsReading> {
    const path = this.#paths.configurationDb
    const facts = hostFacts(this.#paths)
    const bytes = await readDbBytes(path)
    if (changes.length > 0) return readingOf(createSnapshot(path, withChanges(bytes, changes)), facts)
    const last = this.#lastRead
    const known = JSON.stringify(facts)
    // One save is read by several at once; what is the same to the byte is understood by the first of them. Nothing is
    // waited for until it is remembered.
    if (last !== undefined && last.facts === known && last.bytes.equals(bytes)) return last.reading
    const reading = readingOf(snapshotOf(path, bytes), facts)
    if (reading.problems.length === 0 && reading.exists) this.#lastGood = reading.settings
    this.#lastRead = bytes.length > 0 ? { bytes, facts: known, reading } : undefined
    return reading
  }

  /**
   * The settings to act on: those of the DB, or the last good ones while the DB cannot be used.
   * Throws `settings.invalid` or `db.unreadable` where there never were good ones.
   */
  async current(): Promise<Settings> {
    try {
      const { settings, problems, exists } = await this.read()
      const [first] = problems
      if (first === undefined && (exists || this.#lastGood === undefined)) return settings
      if (this.#lastGood !== undefined) return this.#lastGood
      throw new TeamchatError('settings.invalid', first?.message ?? 'cannot use the DB', {
        ...(first === undefined ? {} : { hint: first.hint }),
      })
    } catch (error) {
      if (this.#lastGood !== undefined) return this.#lastGood
      throw error
    }
  }
}

function readingOf(snapshot: DbSnapshot, facts: HostFacts): SettingsReading {
  const { settings, problems } = readSettings(snapshot, facts)
  const mattermostRecord = snapshot.record('mattermost') !== undefined
  const property = (record: string, name: string) => snapshot.prop(record, name)
  return { settings, problems, exists: snapshot.exists, mattermostRecord, property }
}

/**
 * Sets and deletes properties of several records in one durable write. Throws what `updateDb` throws; the DB is untouched
 * then.
 */
export async function writeRecords(paths: Paths, changes: RecordChange[]): Promise<void> {
  await updateDb(paths.configurationDb, records => editsOf(records, changes), { root: paths.root })
}

/** The DB's bytes as they would be with the changes; nothing is written. */
function withChanges(bytes: Buffer, changes: RecordChange[]): Buffer {
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
