import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createPaths } from '../../../src/paths.js'
import { type Generation, GenerationStore } from '../../../src/settings/history/generation-store.js'

function open(t: Test) {
  const root = mkdtempSync(join(tmpdir(), 'teamchatd-generations-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const paths = createPaths({ root, env: {} })
  return {
    paths,
    store: new GenerationStore(paths),
    file: (name: string) => join(paths.generationsFolder, name),
  }
}

function generation(id: string, more: Partial<Generation> = {}): Omit<Generation, 'version' | 'number'> {
  return {
    id,
    at: '2026-11-25T04:00:00.000Z',
    revision: 'r1',
    cause: 'apply',
    changes: [],
    actions: [],
    configFile: '/opt/mattermost/config/config.json',
    leaves: [
      { name: 'S.K', path: ['S', 'K'], compare: 'exact', value: 'v' },
      { name: 'S.D', path: ['S', 'D'], compare: 'exact', hash: 'abc', shown: '***' },
    ],
    files: [{ output: 'mattermost.conf', path: '/etc/x.conf', text: 'a\n' }],
    ...more,
  }
}

t.test('generations are kept in order, for root alone', async t => {
  const { paths, store, file } = open(t)
  t.same(await store.list(), { generations: [], unreadable: [] })
  t.equal(await store.newest(), undefined)
  await t.rejects(store.read(1), { code: 'generation.unknown', hint: /nothing has been applied/ })
  for (let count = 1; count <= 11; count += 1) {
    t.equal((await store.add(generation(`c${count}`))).number, count)
  }
  const { generations, unreadable } = await store.list()
  t.same(
    generations.map(({ number, id }) => [number, id]),
    Array.from({ length: 11 }, (_, index) => [index + 1, `c${index + 1}`]),
  )
  t.same(unreadable, [])
  t.equal((await store.newest())?.number, 11)
  t.same(await store.read(3), { version: 1, number: 3, ...generation('c3') })
  await t.rejects(store.read(12), { code: 'generation.unknown', exitCode: 64, hint: /there are 1 to 11/ })
  t.equal(statSync(file('1.json')).mode & 0o777, 0o600)
  t.equal(statSync(paths.generationsFolder).mode & 0o777, 0o700)
})

t.test('a change that is told twice, as after a crash, is kept once', async t => {
  const { store } = open(t)
  await store.add(generation('a'))
  await store.add(generation('b'))
  t.equal((await store.add(generation('b'))).number, 2)
  t.equal((await store.list()).generations.length, 2)
})

t.test('a half-written one is never listed, and is swept away', async t => {
  const { paths, store, file } = open(t)
  await store.add(generation('a'))
  const half = file('.2.json.teamchatd-0123456789ab')
  writeFileSync(half, readFileSync(file('1.json'), 'utf8').slice(0, 50))
  writeFileSync(file('notes.txt'), 'of somebody else')
  t.equal((await store.list()).generations.length, 1)
  t.equal((await store.add(generation('b'))).number, 2)
  t.same(readdirSync(paths.generationsFolder).sort(), ['1.json', '2.json', 'notes.txt'])
})

t.test('one that cannot be understood is told, quotes nothing, and stops nobody', async t => {
  const { store, file } = open(t)
  for (const id of ['a', 'b', 'c', 'd']) await store.add(generation(id))
  writeFileSync(file('2.json'), '{"secret": "hunter2"')
  writeFileSync(file('3.json'), readFileSync(file('1.json')))
  writeFileSync(file('4.json'), '{"version":1,"number":4,"leaves":"hunter2"}')
  const { generations, unreadable } = await store.list()
  t.same(
    generations.map(({ number }) => number),
    [1],
  )
  t.match(unreadable, [
    { number: 2, reason: /^cannot read .*2\.json: it is not JSON$/ },
    { number: 3, reason: /3\.json: its number is another one$/ },
    { number: 4, reason: /4\.json: \w+ is not as it should be$/ },
  ])
  t.notMatch(JSON.stringify(unreadable), /hunter2/)
  await t.rejects(store.read(2), { code: 'state.unreadable' })
  t.equal((await store.newest())?.number, 1)
  t.equal((await store.add(generation('e'))).number, 5, 'no number is given twice')
})

t.test('the oldest ones go, but for those that are needed', async t => {
  const { store } = open(t)
  for (let count = 1; count <= 8; count += 1) await store.add(generation(`c${count}`))
  await store.prune(3, [2])
  const numbers = async () => (await store.list()).generations.map(({ number }) => number)
  t.same(await numbers(), [2, 6, 7, 8])
  await store.prune(3, [])
  t.same(await numbers(), [6, 7, 8])
  await store.prune(30, [])
  t.same(await numbers(), [6, 7, 8])
  t.equal((await store.add(generation('x'))).number, 9)
})
