import t from 'tap'
import { OrderedOutput } from '../../../src/system/concurrency/ordered-output.js'
import { Semaphore } from '../../../src/system/concurrency/semaphore.js'

t.test('results are told in order, each as soon as all before it are known', async t => {
  const told: number[] = []
  const order = new OrderedOutput<number>(async number => {
    told.push(number)
  })
  order.set(1, 1)
  order.set(3, 3)
  await new Promise(setImmediate)
  t.same(told, [])
  order.set(0, 0)
  await new Promise(setImmediate)
  t.same(told, [0, 1])
  await order.finish()
  t.same(told, [0, 1, 3], 'gaps of what never came are left out')
})

t.test('a listener that fails ends it, and is told once', async t => {
  let calls = 0
  const order = new OrderedOutput<number>(async () => {
    calls += 1
    throw new Error('broken pipe')
  })
  for (const number of [0, 1, 2]) order.set(number, number)
  await t.rejects(order.finish(), /broken pipe/)
  t.equal(order.broken, true)
  t.equal(calls, 1)
})

t.test('never more than the slots at once', async t => {
  const slots = new Semaphore(3)
  let now = 0
  let most = 0
  await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      slots.run(async () => {
        now += 1
        most = Math.max(most, now)
        await new Promise(setImmediate)
        now -= 1
        if (n % 5 === 0) throw new Error('gives its slot back all the same')
      }),
    ).map(run => run.catch(() => undefined)),
  )
  t.equal(most, 3)
})
