import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { ReadWriteLock } from '../../../src/system/concurrency/read-write-lock.js'

t.test('many pass at a time', async t => {
  const requests = new ReadWriteLock()
  let inside = 0
  let most = 0
  const work = () =>
    requests.read(async () => {
      inside += 1
      most = Math.max(most, inside)
      await sleep(5)
      inside -= 1
    })
  await Promise.all([work(), work(), work()])
  t.equal(most, 3)
})

t.test('who wants to be alone waits for those inside, and nobody new passes meanwhile', async t => {
  const requests = new ReadWriteLock()
  const seen: string[] = []
  const step = (name: string) => async () => {
    seen.push(`${name} begins`)
    await sleep(5)
    seen.push(`${name} ends`)
    return name
  }
  const results = await Promise.all([
    requests.read(step('first')),
    requests.write(step('restart')),
    requests.read(step('second')),
    requests.write(step('reload')),
  ])
  t.same(results, ['first', 'restart', 'second', 'reload'])
  t.same(seen, [
    'first begins',
    'first ends',
    'restart begins',
    'restart ends',
    'reload begins',
    'reload ends',
    'second begins',
    'second ends',
  ])
})

t.test('a failure of either kind lets the others go on', async t => {
  const requests = new ReadWriteLock()
  const fail = async () => {
    throw new Error('broken')
  }
  await t.rejects(requests.read(fail), /broken/)
  await t.rejects(requests.write(fail), /broken/)
  t.equal(await requests.read(async () => 1), 1)
  t.equal(await requests.write(async () => 2), 2)
})

t.test(
  'whatever comes in whatever order: nobody is beside one who is alone, and everybody gets through',
  async () => {
    const arrivals = fc.array(fc.record({ alone: fc.boolean(), turns: fc.nat(3), fails: fc.boolean() }), {
      maxLength: 20,
    })
    await fc.assert(
      fc.asyncProperty(arrivals, async all => {
        const requests = new ReadWriteLock()
        let passing = 0
        let alone = 0
        const work = (one: (typeof all)[number]) => async () => {
          if (one.alone) alone += 1
          else passing += 1
          for (let turn = 0; turn < one.turns; turn += 1) {
            if (alone > 1 || (alone === 1 && passing > 0)) throw new Error('two at once')
            await Promise.resolve()
          }
          if (one.alone) alone -= 1
          else passing -= 1
          if (one.fails) throw new Error('wanted')
        }
        const results = await Promise.allSettled(
          all.map(one => (one.alone ? requests.write(work(one)) : requests.read(work(one)))),
        )
        return results.every(
          (result, at) =>
            result.status === (all[at]?.fails ? 'rejected' : 'fulfilled') &&
            (result.status === 'fulfilled' || result.reason.message === 'wanted'),
        )
      }),
    )
  },
)
