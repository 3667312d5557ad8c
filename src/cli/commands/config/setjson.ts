import { encodeRecord, parseRecord, storeNewlines } from '../../../configdb/codec/record.js'
import { TeamchatError } from '../../../errors.js'
import {
  checkWhereKnown,
  defineWrite,
  ESCAPE,
  type PlannedStep,
  SILENT,
  type StepOptions,
  warningsAbout,
} from '../../config/planned-step.js'
import { setRecord, withPairs } from '../../config/record-changes.js'
import { bytesOf, checkStorable, checkStorableKey, type Pair } from '../../config/values.js'

export const verb = defineWrite({
  name: 'config setjson',
  summary: 'replaces or creates one record or several',
  description: [
    'JSON is {"name":"KEY","type":"TYPE","props":{"PROPERTY":"VALUE"}}, or an array of such, as printjson prints it.',
  ],
  options: ESCAPE,
  operands: { json: { shown: 'JSON', input: true } },
  examples: [{ run: 'teamchat config setjson - < records.json', text: 'Set several records in one write.' }],
  noJson: SILENT,
  plan: ({ json }, options) => planJson(json, options),
})

/**
 * One record `{"name","type","props"}` or an array of them, as printjson prints; each replaces its
 * record, all in one write. `json` are the bytes as latin1. Throws `usage` for anything else, `db.value`,
 * `settings.invalid`; messages never repeat the JSON, which may hold a secret.
 */
function planJson(json: string, options: StepOptions): PlannedStep {
  const parsed = parse(decode(json))
  const warnings: string[] = []
  const records = new Map<string, string>()
  for (const [index, item] of (Array.isArray(parsed) ? parsed : [parsed]).entries()) {
    const where = Array.isArray(parsed) ? `record ${index + 1} of the JSON` : 'the JSON'
    const { name, type, pairs } = recordOf(item, where, options.escaping)
    checkStorableKey(name)
    const record = parseRecord(type)
    checkWhereKnown(options, name, record, pairs)
    records.set(name, pairs.length === 0 ? storeNewlines(type) : encodeRecord(withPairs(record, pairs)))
    const values = [type, ...pairs.map(([, value]) => value)]
    warnings.push(...warningsAbout(options, name, pairs, values))
  }
  return {
    change: lookup => {
      const edits = [...records].flatMap(([key, raw]) => [...(setRecord(lookup, key, raw, false).next ?? [])])
      return { next: edits.length === 0 ? undefined : new Map(edits) }
    },
    warnings: [...new Set(warnings)],
    sets: [...records.keys()],
  }
}

function decode(json: string): string {
  const text = Buffer.from(json, 'latin1')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(text)
  } catch (cause) {
    throw new TeamchatError('db.value', 'cannot take the JSON: it is not valid UTF-8', {
      hint: 'a value of other bytes can be set with setprop, as "-" on standard input',
      cause,
    })
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    // The parser's own words quote the text; only the place is taken from them.
    const place = /at position (\d+)/.exec(String(error))?.[1]
    throw usage(
      place === undefined
        ? 'it is not valid JSON'
        : `it is not valid JSON from character ${Number(place) + 1} on`,
    )
  }
}

interface JsonRecord {
  name: string
  type: string
  pairs: Pair[]
}

function recordOf(item: unknown, where: string, escaping: boolean): JsonRecord {
  if (typeof item !== 'object' || item === null || Array.isArray(item))
    throw usage(`${where} is not an object`)
  const members = new Map<string, unknown>(Object.entries(item))
  const odd = [...members.keys()].find(member => !['name', 'type', 'props'].includes(member))
  // It may well be a misspelt "props", and the record would lose its properties.
  if (odd !== undefined) throw usage(`${where} has a member other than name, type and props`)
  const props = members.get('props') ?? {}
  if (typeof props !== 'object' || Array.isArray(props)) throw usage(`props of ${where} is not an object`)
  if (typeof members.get('name') !== 'string') throw usage(`${where} has no name`)
  if (!members.has('type')) throw usage(`${where} has no type`)
  const type = checkStorable(stored(members.get('type'), `the type in ${where}`), 'the type', escaping)
  const pairs = Object.entries(props).map(([property, value]): Pair => {
    const name = checkStorable(stored(property, 'a property name'), 'the property name', 'name')
    const what = `the value of ${property} in ${where}`
    return [name, checkStorable(stored(value, what), bytesOf(what), escaping)]
  })
  if (type.trim() === '' && pairs.length > 0) {
    throw new TeamchatError('db.value', `cannot store ${where}: properties need a type`, {
      hint: 'give it a type; printjson leaves out a record without one',
    })
  }
  return { name: stored(members.get('name'), 'the name'), type, pairs }
}

/** A scalar as the stock tool stores it: true is 1, false 0, null empty, a number its digits. */
function stored(value: unknown, what: string): string {
  if (value === null) return ''
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'number') {
    const exact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
    if (!exact) throw usage(`${what} is a number that would lose digits: put it in quotes`)
    return String(value)
  }
  if (typeof value !== 'string') throw usage(`${what} is an object or an array`)
  if (/\p{Cs}/u.test(value)) {
    throw new TeamchatError(
      'db.value',
      `cannot take ${what}: it holds half of a character (\\uD800 to \\uDFFF)`,
      {
        hint: 'write both halves, or the character itself',
      },
    )
  }
  if (value.includes('\uFFFD')) {
    throw new TeamchatError('db.value', `cannot take ${what}: it holds U+FFFD`, {
      hint: 'printjson puts that in place of bytes that are not UTF-8; set it with setprop, as "-" on standard input',
    })
  }
  return bytesOf(value)
}

function usage(reason: string): TeamchatError {
  return new TeamchatError('usage', `cannot take the JSON: ${reason}`, {
    hint: 'it is {"name":"KEY","type":"TYPE","props":{"PROPERTY":"VALUE"}}, or an array of such, as printjson prints it',
  })
}
