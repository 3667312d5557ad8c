import { trimBlanks } from '../../db/codec.js'
import { encodeRecord, parseRecord, storeNewlines } from '../../db/codec-record.js'
import type { DbLookup } from '../../db/edit.js'
import { hostOverrides, isDefaultDb } from '../../db/overrides.js'
import { updateDb } from '../../db/store.js'
import { type ExitStatus, exitStatus, TeamchatError } from '../../errors.js'
import { checkOperands } from './operands.js'
import { print } from './output.js'
import {
  changeRecord,
  deleteKey,
  type Step,
  setRecord,
  setType,
  without,
  withPairs,
} from './record-changes.js'
import type { ConfigIo } from './run.js'
import {
  bytesOf,
  checkKnown,
  checkStorable,
  checkStorableKey,
  type Pair,
  readStandardInput,
  warningsOf,
} from './values.js'

/**
 * Runs a command that writes. Everything is checked before the DB is opened, so a refusal leaves it untouched.
 * Throws `usage`, `db.value` for what the file cannot hold, `settings.invalid` for a known property's wrong value,
 * and what `updateDb` throws.
 */
export async function runWrite(
  line: { command: string; operands: string[]; escape: boolean },
  io: ConfigIo,
): Promise<ExitStatus> {
  checkOperands(line.command, line.operands)
  const [key, ...operands] = await resolveOperands(line.command, line.operands, io)
  const step = stepOf(line.command, key ?? '', operands, line.escape)
  for (const warning of step.warnings) await print(io.stderr, Buffer.from(`teamchat: ${warning}\n`))
  await warnOfOverride(line.command, key ?? '', io)
  let absent: boolean | undefined
  await updateDb(
    io.paths.configurationDb,
    content => {
      const { next, absent: missed = false } = step.change(content)
      absent ??= missed // only the first look counts: when asked again, our own change may be there already
      return next
    },
    { root: io.paths.root },
  )
  return absent === true ? exitStatus.failed : exitStatus.done
}

interface PlannedStep {
  change: (records: DbLookup) => Step
  warnings: string[]
}

function stepOf(command: string, key: string, operands: string[], escaping: boolean): PlannedStep {
  const [first = '', ...rest] = operands
  if (command === 'delete') return { change: content => deleteKey(content, key), warnings: [] }
  if (command === 'delprop') {
    return {
      change: content => changeRecord(content, key, record => without(record, operands)),
      warnings: [],
    }
  }
  checkStorableKey(key)
  if (command === 'settype') {
    const type = checkStorable(first, 'the type', escaping)
    checkKnown(key, parseRecord(trimBlanks(type)), [])
    return { change: content => setType(content, key, type), warnings: warningsOf([first]) }
  }
  if (command === 'setprop') {
    const pairs = pairsOf(operands, escaping)
    checkKnown(key, undefined, pairs)
    return {
      change: content => changeRecord(content, key, record => withPairs(record, pairs)),
      warnings: warningsOf(operands.filter((_, index) => index % 2 === 1)),
    }
  }
  const raw = wholeRecord(key, first, rest, escaping, command === 'setdefault')
  const warnings = warningsOf([first, ...rest.filter((_, index) => index % 2 === 1)])
  return { change: content => setRecord(content, key, raw, command === 'setdefault'), warnings }
}

/** Operands as latin1; a value `-` is read from standard input. */
async function resolveOperands(command: string, operands: string[], io: ConfigIo): Promise<string[]> {
  const isValue = (index: number) => {
    if (command === 'setprop') return index >= 2 && index % 2 === 0
    if (command === 'settype') return index === 1
    if (command === 'set' || command === 'setdefault') return index === 1 || (index >= 3 && index % 2 === 1)
    return false
  }
  const fromInput = operands.map((operand, index) => operand === '-' && isValue(index))
  const input = fromInput.includes(true) ? await readStandardInput(io.stdin, fromInput) : ''
  return operands.map((operand, index) => (fromInput[index] ? input : bytesOf(operand)))
}

function wholeRecord(
  key: string,
  type: string,
  rest: string[],
  escaping: boolean,
  typeNeeded: boolean,
): string {
  // A type that holds properties ("type|p|v") is a documented feature of the stock tool; --escape ends it.
  const stored = escaping
    ? checkStorable(type, 'the type', true)
    : checkStorable(type, 'the type', 'as-record')
  if (typeNeeded && trimBlanks(stored) === '') {
    throw new TeamchatError('usage', 'cannot set the default of a record: its type is empty', {
      hint: 'usage: teamchat config setdefault KEY TYPE [PROPERTY VALUE]…',
    })
  }
  const record = parseRecord(trimBlanks(storeNewlines(stored)))
  const pairs = pairsOf(rest, escaping)
  checkKnown(key, record, pairs)
  return pairs.length === 0 ? storeNewlines(stored) : encodeRecord(withPairs(record, pairs))
}

function pairsOf(operands: string[], escaping: boolean): Pair[] {
  const pairs: Pair[] = []
  for (let index = 0; index < operands.length; index += 2) {
    const name = checkStorable(operands[index] ?? '', 'the property name', 'name')
    pairs.push([name, checkStorable(operands[index + 1] ?? '', `the value of ${name}`, escaping)])
  }
  return pairs
}

async function warnOfOverride(command: string, key: string, io: ConfigIo): Promise<void> {
  if (!command.startsWith('set') || !isDefaultDb(io.paths)) return
  const host = hostOverrides().get(key)
  if (host === undefined) return
  const text = `${key} is stored, but every reader sees this host's own value "${host}" instead`
  await print(io.stderr, Buffer.from(`teamchat: ${text}\n`))
}
