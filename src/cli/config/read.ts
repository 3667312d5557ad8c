import { lookUp, parseDb, trimBlanks } from '../../configdb/codec/codec.js'
import { type DbRecord, parseRecord, readNewlines } from '../../configdb/codec/record.js'
import type { ExitStatus } from '../../errors.js'
import type { CommandText, OperandTable, OperandValues, OptionTable } from '../command.js'

/** A DB as commands that read see it; texts are latin1, every stored `\n` is a newline, `\|` stays as it is. */
export interface Records {
  /** undefined where the key is missing or its line has no `=`. */
  value(key: string): string | undefined
  /** All of them, sorted bytewise. */
  all(): Entry[]
}

/** The output of a command and its exit status. */
export interface Answer {
  output: Buffer
  status: ExitStatus
}

/** A key and its value; undefined for a line without `=`. */
export type Entry = [key: string, value: string | undefined]

/** Nothing was found: nothing is printed, and the exit status is 1. */
export const MISSING: Answer = { output: Buffer.alloc(0), status: 1 }

export const KEY = { shown: 'KEY', complete: 'record' } as const
export const ANY_KEY = { ...KEY, count: 'optional' } as const

/** Why verbs that read have no --json. */
export const PRINTJSON = 'its output is that of the stock tool; printjson prints JSON'
export const STOCK_JSON = 'its JSON is that of the stock tool'

/** A verb of `config` that reads. Its operands are latin1, as the records are. */
export interface ReadVerb<P extends OperandTable = OperandTable> extends CommandText<OptionTable, P> {
  read(operands: OperandValues<P>, records: Records): Answer
}

/** Gives `read` the types of the verb's own operands. */
export function defineRead<const P extends OperandTable>(verb: ReadVerb<P>): ReadVerb<P> {
  return verb
}

/** The records of a file's bytes; `overrides` replace those of the file (the host's own, see configdb/overrides). */
export function recordsOf(bytes: Buffer, overrides?: ReadonlyMap<string, string>): Records {
  return {
    value(key) {
      const value = overrides?.get(trimBlanks(key)) ?? lookUp(bytes, key)
      return value === undefined ? undefined : readNewlines(value)
    },
    all() {
      const content = new Map([...parseDb(bytes), ...(overrides ?? [])])
      return [...content]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([key, value]) => [key, value === undefined ? undefined : readNewlines(value)])
    },
  }
}

/** undefined where the key is missing. */
export function recordOf(key: string, records: Records): DbRecord | undefined {
  const value = records.value(key)
  return value === undefined ? undefined : parseRecord(value)
}

/** The record of this key alone, or all of them. */
export function chosen(key: string | undefined, records: Records): Entry[] {
  if (key === undefined) return records.all()
  const value = records.value(key)
  return value === undefined ? [] : [[trimBlanks(key), value]]
}

/** `PROPERTY=VALUE`, sorted bytewise. */
export function sortedProperties(record: DbRecord): string[] {
  return [...record.properties]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
}

/** One record or all of them as the stock tool prints JSON. */
export function json(key: string | undefined, records: Records, format: (value: unknown) => string): Answer {
  if (key === undefined) {
    const all = records.all().flatMap(([name, value]) => jsonRecord(name, value) ?? [])
    return { output: Buffer.from(format(all)), status: 0 }
  }
  const value = records.value(key)
  // The stock tool prints its own exit status for a missing key, and exits 0.
  if (value === undefined) return { output: Buffer.from('1'), status: 0 }
  return { output: Buffer.from(format(jsonRecord(trimBlanks(key), value) ?? null)), status: 0 }
}

function jsonRecord(key: string, value: string | undefined): object | undefined {
  const record = value === undefined ? undefined : parseRecord(value)
  if (record?.type === undefined) return undefined
  const properties = [...record.properties].map(([name, text]) => [utf8(name), utf8(text)])
  return {
    name: utf8(key),
    type: utf8(record.type),
    ...(properties.length === 0 ? {} : { props: Object.fromEntries(properties) }),
  }
}

/** One value on its line, or MISSING. */
export function answer(value: string | undefined): Answer {
  return value === undefined ? MISSING : lines([value])
}

/** Lines of latin1 text, or MISSING where there are none. */
export function lines(texts: string[]): Answer {
  if (texts.length === 0) return MISSING
  return { output: Buffer.from(`${texts.join('\n')}\n`, 'latin1'), status: 0 }
}

function utf8(stored: string): string {
  return Buffer.from(stored, 'latin1').toString('utf8')
}
