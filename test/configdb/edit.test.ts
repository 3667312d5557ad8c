import fc from 'fast-check'
import t from 'tap'
import { encodeDb, parseDb, trimBlanks, whyKeyIsRefused } from '../../src/configdb/codec/codec.js'
import { applyEdits, createLookup, type DbEdits } from '../../src/configdb/codec/edit.js'

const moment = new Date(2026, 10, 22, 14, 59, 30)
const anyKey = fc.constantFrom('a', 'b', 'ab', 'a b', 'aa', 'c', ' a', 'b ', '', '0', '\xff')
const anyValue = fc.constantFrom('', '1', '2', 't|p|v', ' x ', 'à', '\xa0', '#', 'a=b')

// Few letters, so that keys collide and every special byte comes up.
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map(array => Buffer.from(array)),
  fc
    .array(fc.constantFrom('a', 'b', '=', '=', '\n', '\n', '#', ' ', '\r', '|', '\\', '\xa0', '\0'), {
      maxLength: 60,
    })
    .map(parts => Buffer.from(parts.join(''), 'latin1')),
)
/** A file as the writers leave it: header, sorted, one line a key. */
const writtenFile = fc
  .array(
    fc.tuple(
      anyKey.filter(key => whyKeyIsRefused(key) === undefined),
      anyValue,
    ),
    { maxLength: 8 },
  )
  .map(entries => encodeDb(new Map(entries), new Date(2020, 1, 2, 3, 4, 5)))
/** The same with one byte in it that does not belong there. */
const almostWritten = fc
  .tuple(writtenFile, fc.nat(), fc.constantFrom('\n', '=', ' ', '#', 'a', '\r', '\x0b'))
  .map(([file, at, byte]) => {
    const place = at % (file.length + 1)
    return Buffer.concat([file.subarray(0, place), Buffer.from(byte, 'latin1'), file.subarray(place)])
  })
const anyFile = fc.oneof(anyBytes, writtenFile, almostWritten)
const anyEdits: fc.Arbitrary<DbEdits> = fc
  .array(fc.tuple(anyKey, fc.option(anyValue, { nil: undefined })), { minLength: 1, maxLength: 3 })
  .map(entries => new Map(entries))

/** What an edit is to do, in the plain way: all records, changed, all written. */
function expected(file: Buffer, edits: DbEdits): Map<string, string | undefined> {
  const content = new Map(parseDb(file))
  for (const [key, value] of edits) {
    if (value === undefined) content.delete(key)
    else content.set(key, value)
  }
  return content
}

t.test('an edit gives what parsing, changing and encoding everything gives', async t => {
  let [written, spared] = [0, 0]
  fc.assert(
    fc.property(anyFile, anyEdits, (file, edits) => {
      const next = applyEdits(file, edits, moment)
      const want = encodeDb(expected(file, edits), moment)
      if (next === undefined) {
        spared += 1
        if (!encodeDb(parseDb(file), moment).equals(want)) throw new Error('a change was lost')
      } else {
        written += 1
        if (!next.equals(want)) throw new Error(`${JSON.stringify(next.toString('latin1'))}`)
      }
    }),
    { numRuns: 5000 },
  )
  t.ok(written > 500 && spared > 100, `both kinds came up: ${written} written, ${spared} spared`)
})

t.test('a rewrite changes only what was asked', async t => {
  fc.assert(
    fc.property(anyFile, anyKey, fc.option(anyValue, { nil: undefined }), (file, key, value) => {
      const next = applyEdits(file, new Map([[key, value]]), moment)
      if (next === undefined) return
      const [before, after] = [parseDb(file), parseDb(next)]
      for (const [other, old] of before) {
        if (trimBlanks(other) === trimBlanks(key)) continue
        const name = after.has(other) ? other : trimBlanks(other)
        if (after.get(name) !== trimBlanks(old ?? '')) throw new Error(`${JSON.stringify(other)} changed`)
      }
      if (value !== undefined && trimBlanks(key) === key && key !== '' && !key.startsWith('#')) {
        if (after.get(key) !== trimBlanks(value)) throw new Error('the edit itself was lost')
      }
    }),
    { numRuns: 2000 },
  )
  t.pass('always')
})

t.test('looking at single records is reading the whole file', async t => {
  fc.assert(
    fc.property(anyFile, anyKey, (file, key) => {
      const [lookup, content] = [createLookup(file), parseDb(file)]
      if (lookup.get(key) !== content.get(key)) throw new Error(`get ${JSON.stringify(key)}`)
      if (lookup.has(key) !== content.has(key)) throw new Error(`has ${JSON.stringify(key)}`)
    }),
    { numRuns: 3000 },
  )
  t.pass('always')
})

t.test('examples', async t => {
  const file = encodeDb(
    new Map([
      ['b', '1'],
      ['d', '2'],
    ]),
    moment,
  )
  const body = (edits: [string, string | undefined][]) =>
    applyEdits(file, new Map(edits), moment)
      ?.toString('latin1')
      .split('\n')
      .filter(line => !line.startsWith('#'))
      .join(' ')
  t.equal(body([['a', '0']]), 'a=0 b=1 d=2 ', 'in front')
  t.equal(body([['c', '0']]), 'b=1 c=0 d=2 ', 'in between')
  t.equal(body([['e', '0']]), 'b=1 d=2 e=0 ', 'behind')
  t.equal(body([['d', '0 ']]), 'b=1 d=0 ', 'in its place, trimmed')
  t.equal(body([['b', undefined]]), 'd=2 ', 'gone')
  t.equal(body([['b', ' 1']]), undefined, 'rule 17: equal once trimmed')
  t.equal(body([['x', undefined]]), undefined, 'what is not there cannot go')
})
