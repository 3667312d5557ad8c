import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { type FileWatch, watchFile } from '../../src/system/watch.js'

type Test = { teardown(work: () => unknown): unknown }

/** A watch that collects, and `settled(n)`, which resolves once `n` calls have come. */
function watching(t: Test, file: string, debounceMs = 40, maxWaitMs = 400, pollMs = 100) {
  let calls = 0
  const waiting: { least: number; resolve: () => void }[] = []
  const watch: FileWatch = watchFile(file, {
    debounceMs: () => debounceMs,
    maxWaitMs: () => maxWaitMs,
    pollMs,
    onChange: () => {
      calls += 1
      for (const one of waiting) if (calls >= one.least) one.resolve()
    },
  })
  t.teardown(() => watch.close())
  return {
    ready: watch.ready,
    calls: () => calls,
    settled: (least: number) =>
      calls >= least ? Promise.resolve() : new Promise<void>(resolve => waiting.push({ least, resolve })),
  }
}

function replace(file: string, content: string): void {
  writeFileSync(`${file}.new`, content)
  renameSync(`${file}.new`, file)
}

t.test('several rewrites within a save become one call, after the last', async t => {
  const file = join(t.testdir({ db: '0' }), 'db')
  const seen = watching(t, file)
  await seen.ready
  for (let n = 0; n < 8; n += 1) {
    replace(file, String(n))
    await sleep(3)
  }
  await seen.settled(1)
  await sleep(150)
  t.equal(seen.calls(), 1)
})

t.test('looks that find nothing new do not prolong the quiet time', async t => {
  const file = join(t.testdir({ db: '0' }), 'db')
  const NEVER = 600_000
  const seen = watching(t, file, 100, NEVER, 10)
  await seen.ready
  replace(file, '1')
  await seen.settled(1)
  t.equal(seen.calls(), 1)
})

t.test('saves that never pause are taken up after the longest wait', async t => {
  const file = join(t.testdir({ db: '0' }), 'db')
  const seen = watching(t, file, 60, 200)
  await seen.ready
  let saves = 0
  const timer = setInterval(() => replace(file, `${saves++}`), 10)
  t.teardown(() => clearInterval(timer))
  await seen.settled(2)
  t.ok(saves > 10, 'it did not wait for the end of the saves')
  clearInterval(timer)
})

t.test('no save is missed, however close two of them come', async t => {
  const file = join(t.testdir({ db: '0' }), 'db')
  const seen = watching(t, file, 5, 20)
  await seen.ready
  for (let round = 0; round < 20; round += 1) {
    const before = seen.calls()
    replace(file, `a${round}`)
    await sleep(round % 7)
    replace(file, `b${round}`)
    await seen.settled(before + 1)
  }
  t.pass('each round was seen')
})

t.test('a folder that is missing at the start, and one that is replaced, are found', async t => {
  const root = t.testdir({})
  const file = join(root, 'db/configuration')
  const seen = watching(t, file)
  await seen.ready
  mkdirSync(join(root, 'db'))
  writeFileSync(file, '1')
  await seen.settled(1)
  renameSync(join(root, 'db'), join(root, 'old'))
  mkdirSync(join(root, 'db'))
  writeFileSync(file, '2')
  await seen.settled(2)
  await sleep(250)
  const calls = seen.calls()
  replace(file, '3')
  await seen.settled(calls + 1)
  rmSync(file)
  await seen.settled(calls + 2)
  t.pass('each was seen')
})

t.test('a link that leads to itself ends nobody, and is found mended', async t => {
  const file = join(t.testdir({}), 'db')
  symlinkSync('db', file)
  const seen = watching(t, file)
  await seen.ready
  await sleep(150)
  replace(file, '1')
  await seen.settled(1)
  t.pass('seen')
})
