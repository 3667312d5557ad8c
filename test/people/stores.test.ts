import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t from 'tap'
import { createPaths, type Paths } from '../../src/paths.js'
import { CredentialStore } from '../../src/people/credentials/store.js'
import { LinkStore } from '../../src/people/links/links.js'
import type { PersonResult } from '../../src/people/report.js'
import { ResultStore } from '../../src/people/results.js'
import { PeopleStateStore } from '../../src/people/state.js'
import { idOf, link } from './plan/people.js'

function pathsOf(t: { teardown(end: () => unknown): unknown }): Paths {
  const root = mkdtempSync(join(tmpdir(), 'people-stores-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  return createPaths({ root })
}

const person = {
  login: 'pluto',
  email: 'pluto@example.org',
  password: 'Secret,1234',
  accountId: 'uuid-pluto',
  provider: 'ldap://127.0.0.1',
  username: 'pluto',
  name: 'Pluto Dog',
  delivery: 'password' as const,
}

t.test('links survive, and only root reads them', async t => {
  const paths = pathsOf(t)
  const store = new LinkStore(paths)
  await store.load()
  t.same(store.all(), [])
  await Promise.all(
    Array.from({ length: 30 }, (_, n) => store.put(link(`u${n}`, { userId: idOf(`u${n}x`) }))),
  )
  await store.put({ ...link('u3', { userId: idOf('u3x') }), joinedTeams: [idOf('team')] })
  const again = new LinkStore(paths)
  await again.load()
  t.equal(again.all().length, 30)
  t.same(again.ofAccount('uuid-u3')?.joinedTeams, [idOf('team')])
  t.equal(again.ofUser(idOf('u7x'))?.login, 'u7')
  t.same(
    again.ofLogin('U7@example.org').map(one => one.accountId),
    ['uuid-u7'],
  )
  t.equal(statSync(paths.linksFile).mode & 0o777, 0o600)
  t.equal(statSync(dirname(paths.linksFile)).mode & 0o777, 0o700)
  t.same(readdirSync(dirname(paths.linksFile)), ['links.json'], 'no temporary file stays')
})

t.test('a user is never linked twice', async t => {
  const store = new LinkStore(pathsOf(t))
  await store.load()
  await store.put(link('ann'))
  await t.rejects(store.put(link('ann', { accountId: 'uuid-other' })), /linked to another account/)
})

t.test('a links file that cannot be read is an error that names it', async t => {
  const paths = pathsOf(t)
  mkdirSync(dirname(paths.linksFile), { recursive: true })
  const one = link('ann')
  const wrong = [
    '',
    '{',
    '[]',
    '{"version":2,"links":[]}',
    '{"version":3,"links":[]}',
    JSON.stringify({ version: 1, links: [one, { ...one, userId: idOf('other') }] }),
    JSON.stringify({ version: 1, links: [{ ...one, userId: 'short' }] }),
    JSON.stringify({ version: 1, links: [one, { ...one, accountId: 'other' }] }),
  ]
  for (const text of wrong) {
    writeFileSync(paths.linksFile, text)
    await t.rejects(new LinkStore(paths).load(), {
      code: 'state.unreadable',
      message: new RegExp(paths.linksFile),
    })
    t.equal(readFileSync(paths.linksFile, 'utf8'), text)
  }
})

t.test('credentials', async t => {
  const paths = pathsOf(t)
  const store = new CredentialStore(paths)
  t.same(await store.list(undefined, 'https://chat.example.org'), [])
  t.equal(await store.count(), 0)
  const pluto = await store.add(person, new Date('2026-03-01T10:00:00Z'))
  const minnie = await store.add({ ...person, login: 'Minnie' }, new Date('2026-03-01T10:00:01Z'))
  await store.issue(pluto)
  const list = await store.list(undefined, 'https://chat.example.org')
  t.match(list, [
    { login: 'pluto', password: 'Secret,1234', state: 'issued', createdAt: '2026-03-01T10:00:00.000Z' },
    { login: 'Minnie', state: 'pending' },
  ])
  t.notOk('accountId' in (list[0] ?? {}))
  t.same(
    (await store.list('minnie@example.org', '')).map(one => one.id),
    [minnie.id],
  )
  t.equal(statSync(paths.credentialsFolder).mode & 0o777, 0o700)
  for (const name of readdirSync(paths.credentialsFolder)) {
    t.equal(statSync(join(paths.credentialsFolder, name)).mode & 0o777, 0o600)
  }
  writeFileSync(join(paths.stateFolder, 'keep.json'), '{}')
  await store.forget([pluto.id, '../keep', '', 'unknown-000000000000'])
  t.ok(existsSync(join(paths.stateFolder, 'keep.json')))
  t.equal(await store.count(), 1)
})

t.test('credentials of many at a time', async t => {
  const paths = pathsOf(t)
  const store = new CredentialStore(paths)
  const names = () => readdirSync(paths.credentialsFolder).sort()
  const people = await Promise.all(
    Array.from({ length: 12 }, async (_, n) => {
      const one = await store.add({ ...person, login: `p${n}` }, new Date(n), n > 3)
      t.ok(existsSync(join(paths.credentialsFolder, `${one.id}.pending.json`)), 'on the disk when it is told')
      return one
    }),
  )
  const [first, second, third] = people
  if (first === undefined || second === undefined || third === undefined) throw new Error('nobody')
  for (const one of people.slice(1)) await store.issue(one, true)
  t.same(
    (await store.all()).map(one => one.state),
    ['pending', ...people.slice(1).map(() => 'issued')],
  )
  t.equal((await new CredentialStore(paths).all())[1]?.state, 'pending', 'as after a crash')
  await store.forget([second.id])
  t.notMatch(names(), [new RegExp(second.id)])
  t.ok(names().includes(`${third.id}.json`), 'each visit gives the names that wait')
  await store.issue(first, true)
  t.ok(names().includes(`${first.id}.pending.json`))
  await store.settle()
  t.same(
    names(),
    people.filter(one => one !== second).map(one => `${one.id}.json`),
  )
  await store.forget(people.map(one => one.id))
  t.same(names(), [])
})

t.test('what a crash left is swept away, and a damaged file never shows its content', async t => {
  const paths = pathsOf(t)
  const store = new CredentialStore(paths)
  const pluto = await store.add(person, new Date())
  const leftover = join(paths.credentialsFolder, `.${pluto.id}.json.teamchatd-0123456789ab`)
  writeFileSync(leftover, 'Secret,1234')
  await store.sweep()
  t.notOk(existsSync(leftover))
  t.equal(await store.count(), 1)
  const file = join(paths.credentialsFolder, `${pluto.id}.pending.json`)
  const whole = readFileSync(file)
  for (const torn of [whole.subarray(0, 0), whole.subarray(0, -1), Buffer.alloc(whole.length)]) {
    writeFileSync(file, torn)
    t.same(await store.all(), [], 'no request was sent that would need it')
    await store.sweep()
    t.notOk(existsSync(file))
  }
  writeFileSync(file, '{"password":"Secret,1234", oops\n')
  const error = await t.rejects(store.all(), { code: 'state.unreadable', message: new RegExp(pluto.id) })
  t.notMatch(String((error as { message?: string } | undefined)?.message), 'Secret')
})

t.test('state', async t => {
  const paths = pathsOf(t)
  const store = new PeopleStateStore(paths)
  t.same(await store.read(), { version: 1 })
  await store.update({ team: { setting: '', id: idOf('team'), name: 'example' } })
  await store.update({ confirmed: { provider: 'p', base: 'b', filter: 'f' } })
  await store.update({ lastError: undefined })
  t.same(await new PeopleStateStore(paths).read(), {
    version: 1,
    team: { setting: '', id: idOf('team'), name: 'example' },
    confirmed: { provider: 'p', base: 'b', filter: 'f' },
  })
})

t.test('a process that only looks does not undo what another one keeps', async t => {
  const paths = pathsOf(t)
  const [one, other] = [new PeopleStateStore(paths), new PeopleStateStore(paths)]
  for (let round = 0; round < 20; round++) {
    const at = String(round)
    await Promise.all([
      one.update({ confirmed: { provider: at, base: at, filter: at } }),
      other.update({ shown: { at, keys: [at] } }),
    ])
    t.match(await one.read(), { confirmed: { base: at }, shown: { at } })
  }
})

t.test('what a killed write has left goes with the next one', async t => {
  const paths = pathsOf(t)
  const folder = dirname(paths.linksFile)
  mkdirSync(folder, { recursive: true })
  for (const name of ['links.json', 'people.json', 'results.json'])
    writeFileSync(join(folder, `.${name}.teamchatd-0123456789ab`), 'half')
  const links = new LinkStore(paths)
  await links.load()
  await links.put(link('pluto'))
  await new PeopleStateStore(paths).update({ missing: 'nobody' })
  await new ResultStore(paths).record([heldResult('pluto')], new Date())
  const left = readdirSync(folder).filter(name => name.includes('.teamchatd-'))
  t.same(left, [])
})

t.test('results that cannot be read are begun anew: nothing depends on them', async t => {
  const paths = pathsOf(t)
  const results = new ResultStore(paths)
  await results.record([heldResult('pluto')], new Date())
  writeFileSync(paths.resultsFile, '')
  await t.rejects(results.all(), { code: 'state.unreadable', hint: /begins it anew/ })
  t.match(await results.record([heldResult('minnie')], new Date()), { code: 'state.unreadable' })
  t.match(await results.all(), [{ login: 'minnie' }])
})

function heldResult(login: string): PersonResult {
  const decision = {
    ...{ kind: 'hold' as const, cause: 'brake' as const, account: undefined, wanted: undefined },
    ...{ accountId: `uuid-${login}`, login, reason: 'waits' },
  }
  return { state: 'held', decision }
}
