import t from 'tap'
import {
  type Finding,
  type HealthCheck,
  look,
  lookAgain,
  newlyBroken,
} from '../../../src/settings/health/look.js'

const check = (name: string, trouble: HealthCheck['trouble']): HealthCheck => ({ name, trouble })

t.test('everything is looked at at once; what throws is a trouble', async t => {
  let together = 0
  const both = async () => {
    together += 1
    await new Promise(resolve => setImmediate(resolve))
    return together === 2 ? undefined : 'one after the other'
  }
  const findings = await look([
    check('a', both),
    check('b', both),
    check('c', async () => {
      throw new Error('socket\nhang up')
    }),
  ])
  t.same(findings, [
    { name: 'a', trouble: undefined },
    { name: 'b', trouble: undefined },
    { name: 'c', trouble: 'c: socket hang up' },
  ])
})

t.test('who never answers and heeds no signal holds nobody up', async t => {
  let ended: AbortSignal | undefined
  const [finding] = await look([
    check('deaf', signal => {
      ended = signal
      return new Promise(() => undefined)
    }),
  ])
  t.same(finding, { name: 'deaf', trouble: 'deaf: no answer within 3 s' })
  t.equal(ended?.aborted, true, 'and is told to stop')
})

/** A clock that only pauses move. */
function clock() {
  let time = 0
  const pauses: number[] = []
  return {
    pauses,
    now: () => time,
    sleep: async (milliseconds: number) => {
      pauses.push(milliseconds)
      time += milliseconds
    },
  }
}

t.test('what was well is waited for, within the allowance; what was ill is not', async t => {
  const wanted = [
    { name: 'slow', trouble: undefined },
    { name: 'ill', trouble: 'it is down' },
  ]
  let looks = 0
  const slow = check('slow', async () => {
    looks += 1
    return looks < 4 ? 'not yet' : undefined
  })
  const ill = check('ill', async () => 'it is down')
  const { now, sleep, pauses } = clock()
  const findings = await lookAgain([slow, ill], wanted, { timeoutMs: 60_000, now, sleep })
  t.same(findings, wanted)
  t.equal(looks, 4)
  t.ok(pauses.every((pause, index) => pause >= (pauses[index - 1] ?? 0)))

  const never = clock()
  const last = await lookAgain([check('slow', async () => 'not yet')], wanted, {
    timeoutMs: 5_000,
    now: never.now,
    sleep: never.sleep,
  })
  t.same(last, [{ name: 'slow', trouble: 'not yet' }])
  t.ok(never.now() >= 5_000 && never.now() < 7_000, `gave up after ${never.now()} ms`)
  t.ok(Math.max(...never.pauses) <= 1_000)
})

t.test('what will not end by itself is not waited for', async t => {
  const { now, sleep, pauses } = clock()
  const before = [
    { name: 'unit', trouble: undefined },
    { name: 'site', trouble: undefined },
  ]
  const checks = [
    check('unit', async () => ({ lasting: 'it has failed' })),
    check('site', async () => 'down'),
  ]
  const findings = await lookAgain(checks, before, { timeoutMs: 60_000, now, sleep })
  t.same(findings, [
    { name: 'unit', trouble: 'it has failed', isLasting: true },
    { name: 'site', trouble: 'down' },
  ])
  t.same(pauses, [])
  const ill = [{ name: 'unit', trouble: 'it had failed before' }, before[1] ?? { name: '', trouble: '' }]
  await lookAgain(checks, ill, { timeoutMs: 1_000, now, sleep })
  t.ok(pauses.length > 0, 'unless it was so before: then the rest is waited for')
})

const well = (name: string): Finding => ({ name, trouble: undefined })
const ill = (name: string): Finding => ({ name, trouble: `${name} is down` })

const cases: { what: string; before: Finding[]; after: Finding[]; broken: string[] }[] = [
  { what: 'well and well', before: [well('a')], after: [well('a')], broken: [] },
  { what: 'well, then ill', before: [well('a')], after: [ill('a')], broken: ['a'] },
  { what: 'ill before: nobody’s fault', before: [ill('a')], after: [ill('a')], broken: [] },
  { what: 'ill, then well', before: [ill('a')], after: [well('a')], broken: [] },
  { what: 'not looked at before', before: [], after: [ill('a')], broken: [] },
  { what: 'not looked at afterwards', before: [well('a'), ill('b')], after: [], broken: [] },
  {
    what: 'one of several, in another order',
    before: [well('a'), ill('b'), well('c')],
    after: [ill('c'), ill('b'), well('a')],
    broken: ['c'],
  },
]

for (const one of cases) {
  t.test(one.what, async t => {
    const names = (findings: Finding[]) => findings.map(finding => finding.name)
    t.same(names(newlyBroken(one.before, one.after)), one.broken)
  })
}

t.test('what is broken says how it is now', async t => {
  t.same(newlyBroken([well('a')], [ill('a')]), [{ name: 'a', trouble: 'a is down' }])
})
