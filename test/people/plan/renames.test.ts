import fc from 'fast-check'
import t from 'tap'
import { type Move, orderMoves } from '../../../src/people/plan/renames.js'

/** Carries steps out on who has what; throws where somebody would take what another one has. */
function carryOut(now: Map<string, string>, steps: { who: string; to: string }[]): Map<string, string> {
  const values = new Map(now)
  for (const { who, to } of steps) {
    for (const [other, value] of values) {
      if (other !== who && value === to) throw new Error(`${who} cannot take ${to}: ${other} has it`)
    }
    values.set(who, to)
  }
  return values
}

function order(now: Record<string, string>, moves: [string, string][], aside = true) {
  const holderOf = (value: string) => Object.keys(now).find(who => now[who] === value)
  const list = moves.map(([who, to]): Move => ({ who, from: now[who] ?? '', to }))
  return orderMoves(list, holderOf, aside ? who => `temp-${who}` : undefined)
}

const steps = (ordered: ReturnType<typeof order>) => ordered.steps.map(step => `${step.who}→${step.to}`)

t.test('chains, swaps and circles', async t => {
  const three = { a: '1', b: '2', c: '3' }
  t.same(
    steps(
      order(three, [
        ['a', '2'],
        ['b', '3'],
        ['c', '4'],
      ]),
    ),
    ['c→4', 'b→3', 'a→2'],
  )
  t.same(
    steps(
      order(three, [
        ['a', '2'],
        ['b', '1'],
      ]),
    ),
    ['a→temp-a', 'b→1', 'a→2'],
  )
  t.same(
    steps(
      order(three, [
        ['a', '2'],
        ['b', '3'],
        ['c', '1'],
      ]),
    ),
    ['a→temp-a', 'c→1', 'b→3', 'a→2'],
  )
})

t.test('who cannot move, and who waits for them', async t => {
  const now = { a: '1', b: '2', c: '3', stays: '9' }
  const blocked = order(now, [
    ['a', '2'],
    ['b', '9'],
  ])
  t.same(blocked.steps, [])
  t.same(
    [...blocked.blocked],
    [
      ['b', { to: '9', holder: 'stays' }],
      ['a', { to: '2', holder: 'b' }],
    ],
  )
  t.same(
    [
      ...order(now, [
        ['a', '5'],
        ['b', '5'],
      ]).blocked.keys(),
    ].sort(),
    ['a', 'b'],
    'two with one aim',
  )
  const circle = order(
    now,
    [
      ['a', '2'],
      ['b', '1'],
      ['c', '4'],
    ],
    false,
  )
  t.same(steps(circle), ['c→4'], 'no temporary value: a circle waits, the others go on')
  t.same([...circle.blocked.keys()].sort(), ['a', 'b'])
})

const everybody = ['a', 'b', 'c', 'd', 'e', 'f']
const anyMoves = fc.tuple(
  fc.shuffledSubarray(everybody, { minLength: 6 }),
  fc.dictionary(fc.constantFrom(...everybody.slice(0, 5)), fc.constantFrom(...everybody, 'x', 'y')),
)

t.test('whatever is wanted: nothing is taken from anybody, and all who can move arrive', async t => {
  fc.assert(
    fc.property(anyMoves, fc.boolean(), ([values, wanted], aside) => {
      const now = Object.fromEntries(everybody.map((who, n) => [who, values[n] ?? '']))
      const moves = Object.entries(wanted).filter(([who, to]) => now[who] !== to)
      const ordered = order(now, moves, aside)
      const after = carryOut(new Map(Object.entries(now)), ordered.steps)
      for (const [who, to] of moves) {
        if (ordered.blocked.has(who)) t.equal(after.get(who), now[who])
        else t.equal(after.get(who), to)
      }
      t.same(
        steps(order(now, [...moves].reverse(), aside)),
        steps(ordered),
        'the order of asking does not matter',
      )
      t.notOk([...after.values()].some(value => value.startsWith('temp-')))
    }),
    { numRuns: 300 },
  )
})
