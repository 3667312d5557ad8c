import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { trimBlanks } from '../../configdb/codec/codec.js'
import type { DbLookup } from '../../configdb/codec/edit.js'
import {
  type DbRecord,
  encodeRecord,
  parseRecord,
  sameRecord,
  storeNewlines,
} from '../../configdb/codec/record.js'
import { reasonOf, TeamchatError } from '../../errors.js'
import type { Paths } from '../../paths.js'
import { checkWhereKnown, type PlannedStep, type StepOptions } from './planned-step.js'
import { bytesOf, checkStorable, checkStorableKey, warningsOf } from './values.js'

/** One file: `defaults/KEY/PROPERTY` or `force/KEY/PROPERTY`; texts are latin1. */
interface Given {
  key: string
  property: string
  /** Newlines still are newlines. */
  value: string
  force: boolean
}

/** The file of this name holds the record's type. */
const TYPE = 'type'

/**
 * `loaddefaults FOLDER`: each file `defaults/KEY/PROPERTY` holds a value for a property that is not defined, each
 * `force/KEY/PROPERTY` one that always counts; `type` is the record's type; one LF at the end is dropped. Scripts in
 * `migrate` are not run, with a warning. A record that is missing and gets no type is left out, with a note.
 * An absolute FOLDER is below --root. Throws `usage` where it holds neither, `db.value`, `settings.invalid`.
 */
export function planDefaults(folder: string, paths: Paths, options: StepOptions): PlannedStep {
  const warnings: string[] = []
  const place = placeOf(folder, paths.root)
  const given = ['defaults', 'force'].flatMap(kind => readKind(place, kind, options, warnings))
  if (!['defaults', 'force'].some(kind => isFolder(join(place, kind)))) {
    throw new TeamchatError(
      'usage',
      `cannot load defaults: there is no folder defaults or force in ${place}`,
      {
        hint: `usage: ${options.program} loaddefaults FOLDER, for example /etc/e-smith/db/configuration`,
      },
    )
  }
  const scripts = isFolder(join(place, 'migrate')) ? entriesOf(join(place, 'migrate')).length : 0
  if (scripts > 0)
    warnings.push(`the scripts in ${join(place, 'migrate')} are not run: they need the stock tools`)
  const byKey = new Map<string, Given[]>()
  for (const one of given) byKey.set(one.key, [...(byKey.get(one.key) ?? []), one])
  // Without a type the stock tool makes a record that no reader shows; usually a migrate script makes it first.
  const untyped = (records: DbLookup) =>
    [...byKey].filter(
      ([key, all]) => records.get(key) === undefined && !all.some(one => one.property === TYPE),
    )
  return {
    change: records => {
      const edits = new Map<string, string>()
      const left = new Set(untyped(records).map(([key]) => key))
      for (const [key, all] of byKey) {
        const raw = left.has(key) ? undefined : changed(records.get(key), all)
        if (raw !== undefined) edits.set(key, raw)
      }
      const notes = [...left].map(
        key =>
          `${key} is left out: the record does not exist, and a file ${TYPE} that would give it a type is missing`,
      )
      return { next: edits.size === 0 ? undefined : edits, notes }
    },
    warnings: [...warnings, ...warningsOf(given.map(one => one.value))],
    // A default of SystemName and the like is in every package's folder, and need not take effect.
    sets: [...new Set(given.filter(one => one.force).map(one => one.key))],
  }
}

function changed(old: string | undefined, all: Given[]): string | undefined {
  const record: DbRecord =
    old === undefined ? { type: undefined, properties: new Map() } : parseRecord(trimBlanks(old))
  for (const { property, value: text, force } of all) {
    const value = storeNewlines(text)
    if (property === TYPE) record.type = force ? value : (record.type ?? value)
    else if (force || !record.properties.has(property)) record.properties.set(property, value)
  }
  const raw = encodeRecord(record)
  return old !== undefined && sameRecord(old, raw) ? undefined : raw
}

function readKind(place: string, kind: string, options: StepOptions, warnings: string[]): Given[] {
  const folder = join(place, kind)
  if (!isFolder(folder)) return []
  return entriesOf(folder).flatMap(name => {
    const keyFolder = join(folder, name)
    if (!isFolder(keyFolder)) {
      warnings.push(`${keyFolder} is left out: it is not a folder`)
      return []
    }
    const key = bytesOf(name)
    checkStorableKey(key)
    return entriesOf(keyFolder).flatMap((property): Given[] => {
      const file = join(keyFolder, property)
      if (isFolder(file)) {
        warnings.push(`${file} is left out: it is not a file`)
        return []
      }
      return [readGiven(file, { key, property: bytesOf(property), force: kind === 'force' }, options)]
    })
  })
}

function readGiven(
  file: string,
  { key, property, force }: Omit<Given, 'value'>,
  options: StepOptions,
): Given {
  const text = reading(file, () => readFileSync(file).toString('latin1').replace(/\n$/, ''))
  const name = checkStorable(property, bytesOf(`the property name ${file}`), 'name')
  const value = checkStorable(text, bytesOf(`the value in ${file}`), options.escaping)
  const isType = name === TYPE
  checkWhereKnown(options, key, isType ? parseRecord(value) : undefined, isType ? [] : [[name, value]])
  return { key, property: name, value, force }
}

/** Names in byte order, without hidden ones. */
function entriesOf(folder: string): string[] {
  const entries: Dirent[] = reading(folder, () => readdirSync(folder, { withFileTypes: true }))
  return entries
    .map(entry => entry.name)
    .filter(name => !name.startsWith('.'))
    .sort()
}

function isFolder(path: string): boolean {
  return reading(path, () => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new TeamchatError('failed', `cannot load defaults: cannot read ${path}: ${reasonOf(cause)}`, {
      hint: 'look at the file and its permissions; nothing was written',
      cause,
    })
  }
}

/** An absolute path is below root, unless it is there already. */
function placeOf(folder: string, root: string): string {
  if (root === '' || !folder.startsWith('/') || folder.startsWith(`${root}/`)) return resolve(folder)
  return root + resolve(folder)
}
