import { lookUp, parseDb, trimBlanks } from '../../configdb/codec/codec.js'
import { type DbRecord, parseRecord, readNewlines } from '../../configdb/codec/record.js'
import type { ExitStatus } from '../../errors.js'

/** What the read commands ask of a DB; texts are latin1, every stored `\n` is a newline, `\|` stays as it is. */
export interface Records {
  /** undefined where the key is missing or its line has no `=`. */
  value(key: string): string | undefined
  /** All of them, sorted bytewise. */
  all(): Entry[]
}

/** What a command prints and how it ends. */
export interface Answer {
  output: Buffer
  status: ExitStatus
}

type Entry = [key: string, value: string | undefined]

const MISSING: Answer = { output: Buffer.alloc(0), status: 1 }

/** How many operands it takes, and what it does with them. */
interface ReadCommand {
  least: number
  most: number
  run: (operands: string[], records: Records) => Answer
}

const readCommands: Record<string, ReadCommand> = {
  keys: { least: 0, most: 0, run: (_, records) => lines(records.all().map(([key]) => key)) },
  print: {
    least: 0,
    most: 1,
    run: ([key], records) => lines(chosen(key, records).map(([name, value]) => `${name}=${value ?? ''}`)),
  },
  show: { least: 0, most: 1, run: ([key], records) => lines(chosen(key, records).map(shown)) },
  get: { least: 1, most: 1, run: ([key = ''], records) => answer(records.value(key)) },
  gettype: { least: 1, most: 1, run: ([key = ''], records) => answer(recordOf(key, records)?.type) },
  printtype: { least: 0, most: 1, run: ([key], records) => printTypes(key, records) },
  getprop: {
    least: 2,
    most: 2,
    run: ([key = '', name = ''], records) => answer(recordOf(key, records)?.properties.get(name)),
  },
  printprop: {
    least: 1,
    most: Number.POSITIVE_INFINITY,
    run: ([key = '', ...names], records) => printProperties(recordOf(key, records), names),
  },
  printjson: {
    least: 0,
    most: 1,
    run: ([key], records) => json(key, records, value => JSON.stringify(value)),
  },
  getjson: { least: 0, most: 1, run: ([key], records) => json(key, records, value => JSON.stringify(value)) },
  showjson: { least: 0, most: 1, run: ([key], records) => json(key, records, pretty) },
}

/** How many operands a read command takes; undefined for any other command. */
export function readOperands(command: string): { least: number; most: number } | undefined {
  return Object.hasOwn(readCommands, command) ? readCommands[command] : undefined
}

/** The records of a file's bytes; `overrides` replace those of the file (the host's own, see db/overrides). */
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

/** Runs a read command; the number of its operands is right already. Output and status: the table of the stock tool. */
export function runRead(command: string, operands: readonly string[], records: Records): Answer {
  const stored = operands.map(operand => Buffer.from(operand, 'utf8').toString('latin1'))
  return readCommands[command]?.run(stored, records) ?? MISSING
}

function recordOf(key: string, records: Records): DbRecord | undefined {
  const value = records.value(key)
  return value === undefined ? undefined : parseRecord(value)
}

function chosen(key: string | undefined, records: Records): Entry[] {
  if (key === undefined) return records.all()
  const value = records.value(key)
  return value === undefined ? [] : [[trimBlanks(key), value]]
}

function shown([key, value]: Entry): string {
  const record = parseRecord(value ?? '')
  // A record without a type is shown without its properties, as the stock tool does.
  if (record.type === undefined) return `${key}=`
  return [`${key}=${record.type}`, ...sortedProperties(record).map(text => `    ${text}`)].join('\n')
}

function printTypes(key: string | undefined, records: Records): Answer {
  const found = chosen(key, records).map(([name, value]) => [name, parseRecord(value ?? '').type] as const)
  if (key !== undefined && found[0]?.[1] === undefined) return MISSING
  return lines(found.map(([name, type]) => `${name}=${type ?? ''}`))
}

function printProperties(record: DbRecord | undefined, names: string[]): Answer {
  if (names.length === 0) return lines(record === undefined ? [] : sortedProperties(record))
  const found = names.filter(name => record?.properties.has(name))
  return { ...lines(found.map(name => `${name}=${record?.properties.get(name)}`)), status: 0 }
}

function sortedProperties(record: DbRecord): string[] {
  return [...record.properties]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
}

function json(key: string | undefined, records: Records, format: (value: unknown) => string): Answer {
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

/** Three blanks of indent and ` : ` after names, as Perl's JSON writes it, and two newlines at the end. */
function pretty(value: unknown): string {
  const text = JSON.stringify(value, null, 3)
  return `${text.replaceAll(/^( *"(?:[^"\\]|\\.)*"):/gm, '$1 :')}\n\n`
}

function answer(value: string | undefined): Answer {
  return value === undefined ? MISSING : lines([value])
}

function lines(texts: string[]): Answer {
  if (texts.length === 0) return MISSING
  return { output: Buffer.from(`${texts.join('\n')}\n`, 'latin1'), status: 0 }
}

function utf8(stored: string): string {
  return Buffer.from(stored, 'latin1').toString('utf8')
}
