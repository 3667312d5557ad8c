import fc from 'fast-check'
import t from 'tap'
import { JsonError, parseJson, sameJson } from '../../../src/config/json/json.js'

t.test('agrees with JSON.parse on what it takes', async t => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (text, space) => {
      const printed = JSON.stringify(JSON.parse(text), null, space)
      return JSON.stringify(parseJson(printed)) === JSON.stringify(JSON.parse(printed))
    }),
    { numRuns: 300 },
  )
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('', '{"a":', '["', '1'),
      (text, start) => {
        const whole = start + text
        return outcome(() => JSON.parse(whole)) === outcome(() => parseJson(whole))
      },
    ),
    { numRuns: 1000 },
  )
  t.pass()
})

function outcome(parse: () => unknown): string {
  try {
    return JSON.stringify(parse())
  } catch {
    return 'refused'
  }
}

t.test('errors name the place and never the text', async t => {
  for (const [text, line, column] of [
    ['', 1, 1],
    ['{"a": s3cret}', 1, 7],
    ['{\n  "a": "s3cret\n"}', 2, 15],
    ['{"a": 1,}', 1, 9],
    ['{"a": 1} s3cret', 1, 10],
    ['[1 2]', 1, 4],
    [`${'['.repeat(300)}`, 1, 202],
  ] as const) {
    try {
      parseJson(text)
      t.fail(`took ${text}`)
    } catch (error) {
      t.ok(error instanceof JsonError)
      t.match(error, { line, column }, text.slice(0, 20))
      t.notMatch(String(error), /s3cret/)
    }
  }
})

t.test('equal values, whatever the order of members', async t => {
  t.ok(sameJson({ a: [1, { b: null }], c: 'x' }, { c: 'x', a: [1, { b: null }] }))
  t.notOk(sameJson({ a: 1 }, { a: 1, b: 2 }))
  t.notOk(sameJson([1], { 0: 1 }))
  t.notOk(sameJson('25', 25))
})
