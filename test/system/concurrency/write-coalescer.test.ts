import t from 'tap'
import { WriteCoalescer } from '../../../src/system/concurrency/write-coalescer.js'

/** A gather whose writes end when they are told to. */
function slow() {
  const writes: string[][] = []
  const ends: (() => void)[] = []
  const gather = new WriteCoalescer<string>(items => {
    writes.push(items)
    return new Promise(resolve => ends.push(resolve))
  })
  const started = async (count: number) => {
    while (writes.length < count) await new Promise(resolve => setImmediate(resolve))
  }
  return { gather, writes, ends, started }
}

t.test('whoever comes while a write is under way shares the next one', async t => {
  const { gather, writes, ends, started } = slow()
  const done = [gather.add('a', false)]
  await started(1)
  done.push(gather.add('b', true), gather.add('c', false), gather.add('d', true))
  await new Promise(resolve => setTimeout(resolve, 10))
  t.same(writes, [['a']], 'one at a time')
  ends[0]?.()
  await started(2)
  ends[1]?.()
  await Promise.all(done)
  t.same(writes, [['a'], ['b', 'c', 'd']])
})

t.test('the patient wait for others, and not for ever', async t => {
  const { gather, writes, ends, started } = slow()
  const done = [gather.add('a', true)]
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
  t.same(writes, [])
  done.push(gather.add('b', true))
  await started(1)
  t.same(writes, [['a', 'b']])
  ends[0]?.()
  await Promise.all(done)
})

t.test('whoever is not patient takes the others along', async t => {
  const { gather, writes, started } = slow()
  gather.add('a', true)
  gather.add('b', false)
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
  t.same(writes, [['a', 'b']], 'before any clock strikes')
  await started(1)
})

t.test('a write that fails is told to those who share it, and to nobody else', async t => {
  const gather = new WriteCoalescer<string>(async items => {
    if (items.includes('bad')) throw new Error('the disk is full')
  })
  const both = [gather.add('good', false), gather.add('bad', false)]
  for (const one of both) await t.rejects(one, { message: 'the disk is full' })
  await t.resolves(gather.add('later', false))
})
