import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import {
  allSettledOrThrow,
  itemsSettledOrThrow,
} from '../../../src/system/concurrency/all-settled-or-throw.js'

t.test('all of them, in order, whichever ends first', async t => {
  t.same(await itemsSettledOrThrow([sleep(5, 'a'), Promise.resolve('b')]), ['a', 'b'])
  t.same(await allSettledOrThrow({ one: sleep(5, 1), two: Promise.resolve('2') }), { one: 1, two: '2' })
})

t.test('the first failure in order, once the others have ended', async t => {
  let ended = false
  const slow = sleep(20).then(() => {
    ended = true
    throw new Error('first')
  })
  await t.rejects(itemsSettledOrThrow([slow, Promise.reject(new Error('second'))]), { message: 'first' })
  t.ok(ended)
  const later = sleep(5).then(() => {
    ended = true
  })
  ended = false
  await t.rejects(allSettledOrThrow({ bad: Promise.reject(new Error('at once')), later }), {
    message: 'at once',
  })
  t.ok(ended)
})
