import type { DbLookup } from '../../configdb/codec/edit.js'
import type { DbRecord } from '../../configdb/codec/record.js'
import type { Paths } from '../../paths.js'
import type { CommandText, OperandTable, OperandValues, OptionTable } from '../command.js'
import type { Step } from './record-changes.js'
import {
  bytesOf,
  checkKnown,
  checkStorable,
  type Pair,
  readStandardInput,
  slipsOf,
  warningsOf,
} from './values.js'

/** The work of a command that writes, once its operands have been checked. */
export interface PlannedStep {
  change: (records: DbLookup) => Step
  warnings: string[]
  /** The keys that it may set. */
  sets: string[]
  /** For a missing record: exit status 1, or 0 as in the stock tool, with a hint for known records. */
  ifMissing?: 'fail' | 'tell'
}

export interface StepOptions {
  /** --escape */
  escaping: boolean
  /** Known properties are checked. */
  checking: boolean
  /** For usage lines. */
  program: string
  paths: Paths
}

/** A verb of `config` that writes. Its operands are latin1, a value `-` is already read from standard input. */
export interface WriteVerb<P extends OperandTable = OperandTable> extends CommandText<OptionTable, P> {
  /** Throws `usage`, `db.value`, `settings.invalid`. */
  plan(operands: OperandValues<P>, options: StepOptions): PlannedStep | Promise<PlannedStep>
}

/** Gives `plan` the types of the verb's own operands. */
export function defineWrite<const P extends OperandTable>(verb: WriteVerb<P>): WriteVerb<P> {
  return verb
}

/** The option of every verb that stores a value. */
export const ESCAPE = {
  escape: { text: 'store each "|" of a value as "\\|"; without it such a value is refused' },
} as const
export const PAIRS = { shown: 'PROPERTY VALUE', pairs: true, input: true, complete: 'property' } as const

/** Why verbs that write have no --json. */
export const SILENT = 'it prints nothing'

/** Operands as latin1; a `-` is read from standard input where the verb takes a value. Throws `usage`, `db.value`. */
export async function resolveOperands(
  operands: OperandTable | undefined,
  words: readonly string[],
  stdin: NodeJS.ReadableStream,
): Promise<string[]> {
  const specs = Object.values(operands ?? {})
  const isValue = (index: number) => {
    const spec = specs[Math.min(index, specs.length - 1)]
    return spec?.input === true && (spec.pairs !== true || (index - specs.length + 1) % 2 === 1)
  }
  const fromInput = words.map((word, index) => word === '-' && isValue(index))
  const input = fromInput.includes(true) ? await readStandardInput(stdin, fromInput) : ''
  return words.map((word, index) => (fromInput[index] ? input : bytesOf(word)))
}

/** Checks the properties of a record and those that are set in it, where `checking` says so. Throws `settings.invalid`. */
export function checkWhereKnown(
  options: StepOptions,
  key: string,
  record: DbRecord | undefined,
  pairs: Pair[],
): void {
  if (options.checking) checkKnown(key, record, pairs)
}

/** Warnings before values are set: about odd values, and about names that are slips of known ones. */
export function warningsAbout(options: StepOptions, key: string, pairs: Pair[], values: string[]): string[] {
  return [...warningsOf(values), ...(options.checking ? slipsOf(key, pairs) : [])]
}

/** The pairs of a command line, checked. Throws `db.value`. */
export function pairsOf(operands: string[], escaping: boolean): Pair[] {
  const pairs: Pair[] = []
  for (let index = 0; index < operands.length; index += 2) {
    const name = checkStorable(operands[index] ?? '', 'the property name', 'name')
    pairs.push([name, checkStorable(operands[index + 1] ?? '', `the value of ${name}`, escaping)])
  }
  return pairs
}
