import { trimBlanks } from '../../configdb/codec/codec.js'
import type { DbLookup } from '../../configdb/codec/edit.js'
import { type DbRecord, encodeRecord, parseRecord, storeNewlines } from '../../configdb/codec/record.js'
import { TeamchatError } from '../../errors.js'
import {
  changeRecord,
  deleteKey,
  type Step,
  setRecord,
  setType,
  without,
  withPairs,
} from './record-changes.js'
import {
  bytesOf,
  checkKnown,
  checkStorable,
  checkStorableKey,
  type Pair,
  readStandardInput,
  slipsOf,
  warningsOf,
} from './values.js'

/** What a write command will do, once everything about its operands has been checked. */
export interface PlannedStep {
  change: (records: DbLookup) => Step
  warnings: string[]
  /** The keys that it may set. */
  sets: string[]
  /** What a missing record means: exit status 1, or 0 as in the stock tool, which is told for known records. */
  ifMissing?: 'fail' | 'tell'
}

export interface StepOptions {
  /** --escape */
  escaping: boolean
  /** Known properties are checked. */
  checking: boolean
  /** For usage lines. */
  program: string
}

/** The step of a command with these operands (latin1). Throws `usage`, `db.value`, `settings.invalid`. */
export function planStep(command: string, operands: string[], options: StepOptions): PlannedStep {
  const [key = '', first = '', ...rest] = operands
  switch (command) {
    case 'delete':
      return { change: records => deleteKey(records, key), warnings: [], sets: [], ifMissing: 'fail' }
    case 'delprop':
      return planDelprop(key, [first, ...rest])
    case 'settype':
      return planSettype(key, first, options)
    case 'setprop':
      return planSetprop(key, [first, ...rest], options)
    default:
      return planSet(key, first, rest, options, command === 'setdefault')
  }
}

/** Operands as latin1; a value `-` is read from standard input. */
export async function resolveOperands(
  command: string,
  operands: string[],
  stdin: NodeJS.ReadableStream,
): Promise<string[]> {
  const isValue = (index: number) => {
    if (command === 'setjson') return true
    if (command === 'setprop') return index >= 2 && index % 2 === 0
    if (command === 'settype') return index === 1
    if (command === 'set' || command === 'setdefault') return index === 1 || (index >= 3 && index % 2 === 1)
    return false
  }
  const fromInput = operands.map((operand, index) => operand === '-' && isValue(index))
  const input = fromInput.includes(true) ? await readStandardInput(stdin, fromInput) : ''
  return operands.map((operand, index) => (fromInput[index] ? input : bytesOf(operand)))
}

/** Checks the properties of a record and of what is set in it, where that is wanted. Throws `settings.invalid`. */
export function checkWhereKnown(
  options: StepOptions,
  key: string,
  record: DbRecord | undefined,
  pairs: Pair[],
): void {
  if (options.checking) checkKnown(key, record, pairs)
}

/** What is told of what is set, before it is: odd values, and names that are slips where teamchatd reads the record. */
export function warningsAbout(options: StepOptions, key: string, pairs: Pair[], values: string[]): string[] {
  return [...warningsOf(values), ...(options.checking ? slipsOf(key, pairs) : [])]
}

function planDelprop(key: string, names: string[]): PlannedStep {
  return {
    change: records => changeRecord(records, key, record => without(record, names)),
    warnings: [],
    sets: [],
    ifMissing: 'tell',
  }
}

function planSettype(key: string, wanted: string, options: StepOptions): PlannedStep {
  checkStorableKey(key)
  const type = checkStorable(wanted, 'the type', options.escaping)
  checkWhereKnown(options, key, parseRecord(trimBlanks(type)), [])
  return {
    change: records => setType(records, key, type),
    warnings: warningsOf([wanted]),
    sets: [key],
    ifMissing: 'fail',
  }
}

function planSetprop(key: string, operands: string[], options: StepOptions): PlannedStep {
  checkStorableKey(key)
  const pairs = pairsOf(operands, options.escaping)
  checkWhereKnown(options, key, undefined, pairs)
  return {
    change: records => changeRecord(records, key, record => withPairs(record, pairs)),
    warnings: warningsAbout(
      options,
      key,
      pairs,
      operands.filter((_, index) => index % 2 === 1),
    ),
    sets: [key],
    ifMissing: 'tell',
  }
}

function planSet(
  key: string,
  type: string,
  rest: string[],
  options: StepOptions,
  onlyNew: boolean,
): PlannedStep {
  checkStorableKey(key)
  const { raw, pairs } = wholeRecord(key, type, rest, options, onlyNew)
  return {
    change: records => setRecord(records, key, raw, onlyNew),
    warnings: warningsAbout(options, key, pairs, [type, ...rest.filter((_, index) => index % 2 === 1)]),
    sets: [key],
  }
}

function wholeRecord(
  key: string,
  type: string,
  rest: string[],
  options: StepOptions,
  typeNeeded: boolean,
): { raw: string; pairs: Pair[] } {
  // A type that holds properties ("type|p|v") is a documented feature of the stock tool; --escape ends it.
  const stored = options.escaping
    ? checkStorable(type, 'the type', true)
    : checkStorable(type, 'the type', 'as-record')
  if (typeNeeded && trimBlanks(stored) === '') {
    throw new TeamchatError('usage', 'cannot set the default of a record: its type is empty', {
      hint: `usage: ${options.program} setdefault KEY TYPE [PROPERTY VALUE]…`,
    })
  }
  const record = parseRecord(trimBlanks(storeNewlines(stored)))
  const pairs = pairsOf(rest, options.escaping)
  checkWhereKnown(options, key, record, pairs)
  const raw = pairs.length === 0 ? storeNewlines(stored) : encodeRecord(withPairs(record, pairs))
  return { raw, pairs: [...record.properties, ...pairs] }
}

function pairsOf(operands: string[], escaping: boolean): Pair[] {
  const pairs: Pair[] = []
  for (let index = 0; index < operands.length; index += 2) {
    const name = checkStorable(operands[index] ?? '', 'the property name', 'name')
    pairs.push([name, checkStorable(operands[index + 1] ?? '', `the value of ${name}`, escaping)])
  }
  return pairs
}
