import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { backoffMs } from '../../../src/system/concurrency/backoff.js'
import { SerialQueue } from '../../../src/system/concurrency/serial-queue.js'

t.test('one job after the other, in order, and a failure stops nobody', async t => {
  const loop = new SerialQueue()
  const seen: string[] = []
  const job = (name: string, fails = false) =>
    loop.run(name, async () => {
      seen.push(`${name} begins`)
      await sleep(5)
      seen.push(`${name} ends`)
      if (fails) throw new Error(name)
      return name
    })
  const results = await Promise.allSettled([job('a'), job('b', true), job('c')])
  t.same(seen, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  t.same(
    results.map(result => result.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
})

t.test('a waiting job of the same name is enough, a running one is not', async t => {
  const loop = new SerialQueue()
  let runs = 0
  const once = () =>
    loop.enqueueUnique(
      'look',
      async () => {
        runs += 1
        await sleep(5)
      },
      error => t.fail(String(error)),
    )
  once()
  once()
  once()
  await loop.run('end', async () => undefined)
  t.equal(runs, 2, 'the one that ran, and one for what came meanwhile')
})

t.test('stop waits for the running job and refuses the others', async t => {
  const loop = new SerialQueue()
  let ended = false
  const running = loop.run('running', async () => {
    await sleep(20)
    ended = true
  })
  const waiting = loop.run('waiting', async () => t.fail('never'))
  const refused = t.rejects(waiting, { message: /cannot run waiting: teamchatd is stopping/ })
  await loop.stop()
  t.ok(ended)
  await Promise.all([running, refused])
  await t.rejects(
    loop.run('late', async () => undefined),
    /stopping/,
  )
})

t.test('retries grow from a second to their limit', async t => {
  t.same(
    [0, 1, 2, 3, 8, 9, 2000].map(tries => backoffMs(tries, 300_000)),
    [1000, 2000, 4000, 8000, 256_000, 300_000, 300_000],
  )
})
