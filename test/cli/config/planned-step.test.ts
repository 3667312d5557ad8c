import fc from 'fast-check'
import t from 'tap'
import { verb as set } from '../../../src/cli/commands/config/set.js'
import { verb as setdefault } from '../../../src/cli/commands/config/setdefault.js'
import { verb as setprop } from '../../../src/cli/commands/config/setprop.js'
import { verb as settype } from '../../../src/cli/commands/config/settype.js'
import type { PlannedStep, StepOptions, WriteVerb } from '../../../src/cli/config/planned-step.js'
import { readOperands } from '../../../src/cli/operands.js'
import { parseDb } from '../../../src/configdb/codec/codec.js'
import { applyEdits, createLookup } from '../../../src/configdb/codec/edit.js'
import { parseRecord, readNewlines, unescapeText } from '../../../src/configdb/codec/record.js'
import { TeamchatError } from '../../../src/errors.js'
import { createPaths } from '../../../src/paths.js'

const letter = fc.constantFrom(
  'a',
  'b',
  '0',
  '|',
  '\\',
  '\n',
  '\r',
  '=',
  '#',
  ' ',
  '\t',
  '\xff',
  '\xa0',
  '\0',
)
const anyText = fc.array(letter, { maxLength: 6 }).map(parts => parts.join(''))
const anyPairs = fc.array(fc.tuple(anyText, anyText), { minLength: 1, maxLength: 3 })
const before = Buffer.from('b=service|note|1\nk=service|a|1|z|2\n', 'latin1')

const verbs = { set, setdefault, setprop, settype }

function planned(verb: WriteVerb, words: string[], options: StepOptions): PlannedStep {
  const step = verb.plan(readOperands(verb.operands, words).operands, options)
  if (step instanceof Promise) throw new Error('these plan at once')
  return step
}

/** The bytes after the command; undefined where it is refused. */
function written(command: keyof typeof verbs, operands: string[], escaping: boolean): Buffer | undefined {
  try {
    const step = planned(verbs[command], operands, {
      ...{ escaping, checking: false, program: 'teamchat config' },
      paths: createPaths({ root: '/nowhere', env: {} }),
    })
    const { next } = step.change(createLookup(before))
    return next === undefined ? before : (applyEdits(before, next, new Date(2026, 1, 1)) ?? before)
  } catch (error) {
    if (error instanceof TeamchatError && error.code === 'db.value') return undefined
    throw error
  }
}

/** As the file keeps it: the two characters \n are a newline, and blanks at the end of a record are lost. */
function asRead(text: string, escaping: boolean, last: boolean): string {
  const kept = text.replaceAll('\n', '\\n')
  const value = last ? kept.replace(/[\t-\r ]+$/, '') : kept
  return escaping ? readNewlines(value) : unescapeText(value)
}

t.test('what a command accepts is what is read back, and nothing else changes', async t => {
  let [accepted, refused] = [0, 0]
  const property = fc.property(
    fc.constantFrom('k', 'new', 'a b', '0', 'a|b'),
    fc.constantFrom('set' as const, 'setdefault' as const, 'setprop' as const),
    anyPairs,
    fc.boolean(),
    (key, command, pairs, escaping) => {
      const type = command === 'setprop' ? [] : ['service']
      const bytes = written(command, [key, ...type, ...pairs.flat()], escaping)
      if (bytes === undefined) {
        refused += 1
        return
      }
      const after = parseDb(bytes)
      if (after.get('b') !== 'service|note|1') throw new Error('another record changed')
      const exists = key === 'k'
      const untouched = (command === 'setprop' && !exists) || (command === 'setdefault' && exists)
      if (untouched) {
        if (!bytes.equals(before)) throw new Error('something was written')
        return
      }
      accepted += 1
      const record = parseRecord(after.get(key) ?? '')
      if (record.type !== 'service') throw new Error(`type ${record.type}`)
      const wanted = new Map<string, string>(
        command === 'setprop'
          ? [
              ['a', '1'],
              ['z', '2'],
            ]
          : [],
      )
      for (const [name, value] of pairs) wanted.set(name.replaceAll('\n', '\\n'), value)
      if (record.properties.size !== wanted.size) throw new Error('fields shifted')
      const lastName = [...wanted.keys()].sort().at(-1)
      for (const [name, value] of wanted) {
        const stored = record.properties.get(name)
        const last = name === lastName
        if (stored === undefined) throw new Error(`${JSON.stringify(name)} is gone`)
        if (unescapeText(stored) !== asRead(value, escaping, last)) {
          throw new Error(`${JSON.stringify(name)}: ${JSON.stringify(stored)}`)
        }
      }
    },
  )
  fc.assert(property, { numRuns: 4000 })
  t.ok(accepted > 400 && refused > 400, `both came up: ${accepted} accepted, ${refused} refused`)
})

t.test('a type that settype accepts is read back', async t => {
  let accepted = 0
  fc.assert(
    fc.property(anyText, type => {
      const bytes = written('settype', ['k', type], false)
      if (bytes === undefined) return
      accepted += 1
      const record = parseRecord(parseDb(bytes).get('k') ?? '')
      if ([...record.properties].join() !== 'a,1,z,2') throw new Error('the properties changed')
      const want = readNewlines(type.replaceAll('\n', '\\n').replace(/^[\t-\r ]+/, ''))
      if (readNewlines(record.type ?? '') !== want) throw new Error(JSON.stringify(record.type))
    }),
    { numRuns: 1000 },
  )
  t.ok(accepted > 100)
})
