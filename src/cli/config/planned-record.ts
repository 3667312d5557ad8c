import { trimBlanks } from '../../configdb/codec/codec.js'
import { encodeRecord, parseRecord, storeNewlines } from '../../configdb/codec/record.js'
import { TeamchatError } from '../../errors.js'
import {
  checkWhereKnown,
  type PlannedStep,
  pairsOf,
  type StepOptions,
  warningsAbout,
} from './planned-step.js'
import { setRecord, withPairs } from './record-changes.js'
import { checkStorable, checkStorableKey, type Pair } from './values.js'

/** Puts a whole record; with `onlyNew` an existing one stays. Throws `usage`, `db.value`, `settings.invalid`. */
export function planRecord(
  record: { key: string; type: string; pairs: string[] },
  options: StepOptions,
  onlyNew: boolean,
): PlannedStep {
  const { key, type, pairs: words } = record
  checkStorableKey(key)
  const { raw, pairs } = wholeRecord(record, options, onlyNew)
  return {
    change: records => setRecord(records, key, raw, onlyNew),
    warnings: warningsAbout(options, key, pairs, [type, ...words.filter((_, index) => index % 2 === 1)]),
    sets: [key],
  }
}

function wholeRecord(
  { key, type, pairs: words }: { key: string; type: string; pairs: string[] },
  options: StepOptions,
  typeNeeded: boolean,
): { raw: string; pairs: Pair[] } {
  // A type that holds properties ("type|p|v") is a documented feature of the stock tool; --escape ends it.
  const stored = options.escaping
    ? checkStorable(type, 'the type', true)
    : checkStorable(type, 'the type', 'as-record')
  if (typeNeeded && trimBlanks(stored) === '') {
    throw new TeamchatError('usage', 'cannot set the default of a record: its type is empty', {
      hint: `usage: ${options.program} setdefault KEY TYPE [PROPERTY VALUE]...`,
    })
  }
  const record = parseRecord(trimBlanks(storeNewlines(stored)))
  const pairs = pairsOf(words, options.escaping)
  checkWhereKnown(options, key, record, pairs)
  const raw = pairs.length === 0 ? storeNewlines(stored) : encodeRecord(withPairs(record, pairs))
  return { raw, pairs: [...record.properties, ...pairs] }
}
