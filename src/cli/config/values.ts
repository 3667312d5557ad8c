import { whyKeyIsRefused } from '../../configdb/codec/codec.js'
import {
  type DbRecord,
  escapeSeparators,
  unescapeText,
  whyFieldIsRefused,
} from '../../configdb/codec/record.js'
import { nearProperty, nearRecord } from '../../configdb/schema/near.js'
import { checkProperty } from '../../configdb/schema/schema.js'
import { TeamchatError } from '../../errors.js'

/** Name and value of a property, latin1. */
export type Pair = [name: string, value: string]

/** The bytes of an argument as latin1. Node has lost what was not UTF-8: throws `db.value` there. */
export function bytesOf(argument: string): string {
  if (argument.includes('\uFFFD')) {
    throw new TeamchatError('db.value', 'cannot take an argument: it is not valid UTF-8', {
      hint: 'give the value as "-" and send its bytes on standard input',
    })
  }
  return Buffer.from(argument, 'utf8').toString('latin1')
}

/** All of standard input as latin1, without one final newline. Throws `usage` where two values are to come from it. */
export async function readStandardInput(stdin: NodeJS.ReadableStream, wanted: boolean[]): Promise<string> {
  if (wanted.filter(Boolean).length > 1) {
    throw new TeamchatError('usage', 'cannot read two values from standard input', {
      hint: 'give "-" for one value at a time',
    })
  }
  const parts: Buffer[] = []
  for await (const part of stdin) parts.push(Buffer.from(part))
  return Buffer.concat(parts).toString('latin1').replace(/\n$/, '')
}

/** Throws `db.value` for a key that could not be read back. */
export function checkStorableKey(key: string): void {
  const reason = whyKeyIsRefused(key)
  if (reason === undefined) return
  throw new TeamchatError('db.value', `cannot store the key ${quoted(key)}: ${reason}`, {
    hint: 'choose another key',
  })
}

/**
 * `text` as it is stored. `how`: true escapes each `|`, false refuses a raw one, 'name' refuses an empty text too,
 * 'as-record' lets a raw one separate fields. Throws `db.value`; the message never shows a value.
 */
export function checkStorable(text: string, what: string, how: boolean | 'name' | 'as-record'): string {
  if (how === 'name' && text === '') {
    throw new TeamchatError('db.value', 'cannot store a property without a name', {
      hint: 'name the property',
    })
  }
  const stored = how === true ? escapeSeparators(text) : text
  const reason = whyFieldIsRefused(how === 'as-record' ? stored.replaceAll('|', '/') : stored)
  if (reason === undefined) return stored
  throw new TeamchatError('db.value', `cannot store ${shownName(what)}: ${reason}`, {
    hint: reason.includes('--escape') ? 'or leave the "|" out' : 'leave the backslash at its end out',
  })
}

/** Checks the properties that teamchatd knows. Throws `settings.invalid`. */
export function checkKnown(key: string, record: DbRecord | undefined, pairs: Pair[]): void {
  const values: Pair[] = [...(record?.properties ?? []), ...pairs]
  if (record !== undefined) values.unshift(['', record.type ?? ''])
  for (const [name, value] of values) {
    const problem = checkProperty(text(key), text(name), text(value))
    if (problem !== undefined)
      throw new TeamchatError('settings.invalid', problem.message, { hint: problem.hint })
  }
}

/** Warnings about values that are read back in another form. */
export function warningsOf(values: string[]): string[] {
  if (!values.some(value => value.includes('\\n'))) return []
  return ['the two characters \\n in the value are read back as a newline: the file knows no other form']
}

/** Warnings about unknown names that are nearly known ones: most likely slips. They are stored all the same. */
export function slipsOf(key: string, pairs: readonly Pair[]): string[] {
  const record = text(key)
  const other = nearRecord(record)
  if (other !== undefined) return [`teamchatd does not know the record ${record}; did you mean ${other}?`]
  return pairs.flatMap(([name]) => {
    const near = nearProperty(record, text(name))
    return near === undefined
      ? []
      : [`teamchatd does not know ${record} ${text(name)}; did you mean ${near}?`]
  })
}

function text(stored: string): string {
  return unescapeText(Buffer.from(stored, 'latin1').toString('utf8'))
}

function shownName(what: string): string {
  return Buffer.from(what, 'latin1').toString('utf8')
}

function quoted(stored: string): string {
  return JSON.stringify(Buffer.from(stored, 'latin1').toString('utf8'))
}
