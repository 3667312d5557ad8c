import fc from 'fast-check'
import t from 'tap'
import { editDistance, nearest } from '../../../src/configdb/schema/near.js'

const distances: [one: string, other: string, distance: number][] = [
  ['', '', 0],
  ['', 'abc', 3],
  ['status', 'status', 0],
  ['status', 'statsu', 1],
  ['status', 'statu', 1],
  ['status', 'stattus', 1],
  ['status', 'ststus', 1],
  ['kitten', 'sitting', 3],
  ['ab', 'ba', 1],
  ['abcd', 'badc', 2],
]

t.test('slips are counted, two letters that changed places as one', async t => {
  for (const [one, other, distance] of distances)
    t.equal(editDistance(one, other), distance, `${one} ${other}`)
  const word = fc.string({ maxLength: 8 })
  fc.assert(
    fc.property(word, word, (one, other) => {
      const distance = editDistance(one, other)
      const [short, long] = [one.length, other.length].sort((a, b) => a - b)
      t.equal(editDistance(other, one), distance)
      t.equal(distance === 0, one === other)
      t.ok(distance >= (long ?? 0) - (short ?? 0) && distance <= (long ?? 0))
    }),
    { numRuns: 200 },
  )
})

t.test('the nearest words, the best first, and none that only happens to be short', async t => {
  const known = ['status', 'apply', 'adopt', 'plan', 'pause', 'diff', 'db']
  const cases: [string, string[]][] = [
    ['statsu', ['status']],
    ['STATUS', ['status']],
    ['aply', ['apply']],
    ['plna', ['plan']],
    ['bogus', []],
    ['x', []],
    ['', []],
  ]
  for (const [word, names] of cases) t.same(nearest(word, known), names, word)
})
