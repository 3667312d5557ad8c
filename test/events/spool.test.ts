import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Spool } from '../../src/events/spool.js'

async function spoolIn(root: string) {
  const folder = join(root, 'spool')
  const spool = new Spool(folder, root)
  await spool.open()
  return { folder, spool }
}

t.test('an event is a file of root’s from the moment it was fired until its outcome is on disk', async t => {
  const { folder, spool } = await spoolIn(t.testdir({}))
  const event = await spool.put('user-create', ['pluto', 'Pluto "the" Dog', '/bin/bash'])
  t.match(event.id, /^[a-z0-9-]+$/)
  t.equal(statSync(join(folder, `${event.id}.json`)).mode & 0o777, 0o600)
  t.equal(statSync(folder).mode & 0o777, 0o700)
  t.same((await spool.queued()).events, [event])
  t.match(await spool.find(event.id), { state: 'queued', args: event.args })
  const report = { ...event, state: 'done' as const, message: 'created', hint: '', finishedAt: 'now' }
  await spool.finish(report)
  t.same((await spool.queued()).events, [])
  t.same(await spool.find(event.id), report)
})

t.test('events come back in the order of their firing', async t => {
  const folder = join(t.testdir({}), 'spool')
  let now = 1_700_000_000_000
  const spool = new Spool(folder, '', () => new Date(now))
  await spool.open()
  for (const name of ['c', 'a', 'b']) {
    now += 5
    await spool.put('user-create', [name])
  }
  t.same(
    (await spool.queued()).events.map(event => event.args[0]),
    ['c', 'a', 'b'],
  )
})

t.test('what is no event is named and left alone', async t => {
  const { folder, spool } = await spoolIn(t.testdir({}))
  const good = await spool.put('user-create', ['pluto'])
  const bad: Record<string, string> = {
    'cut.json': '{"id":"cut"',
    'empty.json': '',
    'other.json': JSON.stringify({ ...good, id: 'another' }),
    'name.json': JSON.stringify({ ...good, id: 'name', name: '../x' }),
  }
  for (const [name, text] of Object.entries(bad)) writeFileSync(join(folder, name), text)
  writeFileSync(join(folder, '.hidden.json'), 'a temporary file')
  const { events, unreadable } = await spool.queued()
  t.same(events, [good])
  t.equal(unreadable.length, 4)
  for (const name of Object.keys(bad))
    t.ok(
      unreadable.some(file => file.name === name && file.reason.includes(name)),
      name,
    )
  t.equal(readdirSync(folder).length, 7, 'nothing was removed')
})

t.test('an id that is none finds nothing', async t => {
  const { spool } = await spoolIn(t.testdir({}))
  for (const id of ['', '..', '../links', 'A', 'x'.repeat(65)]) t.equal(await spool.find(id), undefined, id)
})

t.test('what was finished a week ago is forgotten', async t => {
  const { folder, spool } = await spoolIn(t.testdir({}))
  const [old, young] = [await spool.put('user-create', ['old']), await spool.put('user-create', ['young'])]
  for (const event of [old, young])
    await spool.finish({ ...event, state: 'done', message: '', hint: '', finishedAt: '' })
  const weekAgo = Date.now() / 1000 - 8 * 24 * 3600
  utimesSync(join(folder, 'done', `${old.id}.json`), weekAgo, weekAgo)
  await spool.prune()
  t.equal(await spool.find(old.id), undefined)
  t.ok(await spool.find(young.id))
})

t.test('a fired event is the first that needs the state folder: it is for root alone', async t => {
  const root = t.testdir({})
  const spool = new Spool(join(root, 'state', 'spool'), root)
  await spool.open()
  t.equal(statSync(join(root, 'state')).mode & 0o777, 0o700)
})
