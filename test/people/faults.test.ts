import { getEventListeners } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { CredentialStore } from '../../src/people/credentials/store.js'
import { LinkStore } from '../../src/people/links/links.js'
import { needsStandIn, startMattermost } from '../support/mattermost/start.js'
import { World } from './people-world.js'
import { account } from './plan/people.js'

t.test('an answer that is cut: the user is linked afterwards and the password is right', async t => {
  if (!needsStandIn(t)) return
  const world = new World(t, await startMattermost(t))
  world.accounts = [account('pluto')]
  await world.server.setFaults({ cut: '^POST /api/v4/users$' })
  const cut = await world.import()
  t.match(cut.error, { code: 'mattermost.unreachable' })
  t.match(cut.lines.at(-1), /^Creating user: 'pluto' \.\.\. FAILED: cannot reach Mattermost: it broke off/)
  const [pending] = await world.credentials('pluto')
  t.match(pending, { state: 'pending' })
  await world.server.setFaults({})

  await world.newService().reconcile()
  t.match(await world.credentials('pluto'), [{ id: pending?.id, state: 'issued' }])
  t.ok(await world.canLogIn('pluto', pending?.password ?? ''))
  t.match(await world.service.status(), { links: 1 })
  t.match((await world.import()).report, { created: 0, joined: 1 }, 'the team is made up for')
})

t.test('killed between pending and link, or before the request', async t => {
  const world = new World(t, await startMattermost(t))
  const credentials = new CredentialStore(world.paths)
  const person = (login: string, email = `${login}@example.org`) => ({
    login,
    email,
    password: 'Password,1234',
    accountId: `uuid-${login}`,
    provider: 'memory',
    username: login,
    name: '',
    delivery: 'password' as const,
  })
  const create = (login: string, email = `${login}@example.org`) =>
    world.client().createUser({
      username: login,
      email,
      password: 'Password,1234',
      first_name: '',
      last_name: '',
      position: '',
    })
  await create('earlier') // by hand, before the credential
  await new Promise(resolve => setTimeout(resolve, 5))
  for (const login of ['earlier', 'ours', 'foreign']) await credentials.add(person(login), new Date())
  await credentials.add(person('never'), new Date(Date.now() - 3_600_000))
  await create('ours')
  await create('foreign', 'somebody@example.org')
  world.accounts = ['earlier', 'ours', 'never', 'foreign'].map(login => account(login))
  await world.newService().reconcile()
  const links = new LinkStore(world.paths)
  await links.load()
  t.match(links.all(), [{ login: 'ours', origin: 'created', accountId: 'uuid-ours', joinedTeams: [] }])
  t.match(await world.credentials(), [{ login: 'ours', state: 'issued' }])
})

t.test('a server that answers 500 loses nobody', async t => {
  if (!needsStandIn(t)) return
  const world = new World(t, await startMattermost(t))
  world.accounts = [account('pluto'), account('minnie'), account('zoe')]
  t.match((await world.import()).report, { created: 3 })
  world.accounts.push(account('ann'))
  await world.server.setFaults({ error500: '^POST /api/v4/users$' })
  t.match(await world.sync('ann'), /^waiting: waits: cannot bring 'ann' into Mattermost: .*HTTP 500/)
  const one = await world.import()
  t.match(one.report, { created: 0, failed: 1 })
  t.match((await world.service.credentials.report('ann')).people, [
    { login: 'ann', hint: /journalctl -u mattermost/ },
  ])
  await world.server.setFaults({})
  t.match(await world.sync('ann'), /^done: created 'ann'/)
  t.equal((await world.credentials('ann')).length, 1, 'passwords that never came to be are dropped')
})

/** What something in between may say, and what becomes of an event that meets it. */
const pages: { what: string; status: number; text: string; event: RegExp; run: 'ends' | 'goes on' }[] = [
  { what: 'busy', status: 429, text: '<html>slow down</html>', event: /^waiting: .*HTTP 429/, run: 'ends' },
  { what: 'not there', status: 502, text: '<html>bad</html>', event: /^waiting: .*HTTP 502/, run: 'ends' },
  { what: 'broken', status: 500, text: '', event: /^waiting: .*HTTP 500/, run: 'goes on' },
  { what: 'too large', status: 413, text: '<html>', event: /^failed: .*HTTP 413/, run: 'goes on' },
  { what: 'a page', status: 200, text: '<html>', event: /^waiting: .*not understood/, run: 'goes on' },
]

t.test('answers that are none of Mattermost’s', async t => {
  if (!needsStandIn(t)) return
  for (const { what, status, text, event, run } of pages) {
    await t.test(what, async t => {
      const world = new World(t, await startMattermost(t))
      world.mattermost = { userSync: 'full', firstAdmin: 'first-imported' }
      world.accounts = [account('admin'), account('ann'), account('bob')]
      await world.service.confirm()
      t.match(await world.service.syncAll(), { created: 3 })
      const now = async () =>
        (await world.client().users()).map(one => `${one.username} ${one.delete_at === 0}`).sort()
      const before = await now()
      const change = () => {
        world.accounts = [
          account('admin'),
          account('ann', { locked: true }),
          account('bob', { title: 'Boss' }),
        ]
        world.accounts.push(account('new'))
      }
      for (const on of [
        ['GET /api/v4/users$', 'GET /api/v4/config', 'GET /api/v4/bots'],
        ['^(POST|PUT) /api/v4/users'],
      ]) {
        for (const page of on) {
          change()
          await world.server.setFaults({ page: { on: page, status, text } })
          t.match(await world.sync('new'), page.startsWith('GET') && status === 413 ? /^failed/ : event, page)
          t.match(await world.sync('ann'), /^(waiting|failed)/, page)
          const report = await world.service.syncAll().catch(error => error)
          if (page.startsWith('GET') || run === 'ends') t.ok(report instanceof Error, `${page}: ${report}`)
          else t.match(report, { failed: 3, created: 0, deactivated: 0, updated: 0 })
          await world.server.setFaults({})
          t.same(await now(), before, page)
        }
      }
      t.match(await world.service.syncAll(), { failed: 0, created: 1, deactivated: 1, updated: 1 })
      const [credential] = await world.credentials('new')
      t.ok(await world.canLogIn('new', credential?.password ?? ''))
      t.equal((await world.credentials()).length, 4, 'and no password is left of what failed')
      t.equal((await world.service.status()).lastError, undefined)
    })
  }
})

t.test('a user who came to be between the plan and the request is linked at the next look', async t => {
  const world = new World(t, await startMattermost(t))
  world.accounts = [account('admin'), account('ann'), account('bob')]
  world.mattermost = { firstAdmin: 'first-imported' }
  t.match(await world.sync('admin'), /^done: created/)
  for (const [login, then] of [
    ['ann', /^done: 'ann' exists in Mattermost with the same e-mail address: linked/],
    ['bob', /^failed: .*'bob' exists with the e-mail address other@example\.org/],
  ] as const) {
    const email = login === 'bob' ? 'other@example.org' : 'ann@example.org'
    world.wrapClient = client => {
      const ask = client.passwordPolicy.bind(client)
      // The plan is made by then.
      client.passwordPolicy = async () => {
        await world.server.api('POST', '/users', { username: login, email, password: 'Somebody,1234' })
        return ask()
      }
      return client
    }
    t.match(await world.sync(login), /^look-again: cannot bring .* into Mattermost: the .* is taken/)
    world.wrapClient = client => client
    t.match(await world.sync(login), then)
  }
  t.equal((await world.credentials()).length, 1, 'and no password is kept that nobody has')
})

t.test('local mode off: said, and nobody changed, on an empty server too', async t => {
  const world = new World(t, await startMattermost(t))
  world.accounts = [account('pluto')]
  await world.client().patchConfig({ ServiceSettings: { EnableLocalMode: false } })
  const { error } = await world.import()
  t.match(error, { code: 'mattermost.localModeOff', hint: /EnableLocalMode/ })
  t.same(await world.client().users(), [])
  await world.client().patchConfig({ ServiceSettings: { EnableLocalMode: true } })
  t.match((await world.import()).report, { created: 1 })
  world.accounts = [account('minnie')]
  await world.client().patchConfig({ ServiceSettings: { EnableLocalMode: false } })
  t.match(await world.sync('minnie'), /^waiting: .*local mode is off/)
  t.match(await world.delete('pluto'), /^waiting: .*local mode is off/)
})

t.test('local mode lost between the look and the write', async t => {
  if (!needsStandIn(t)) return
  const world = new World(t, await startMattermost(t))
  world.accounts = [account('pluto'), account('zoe')]
  t.match((await world.import()).report, { created: 2 })
  await world.server.setFaults({ localModeOff: true })
  world.accounts = [account('minnie')]
  t.match(await world.sync('minnie'), /^waiting: .*local mode is off/)
  t.match(await world.delete('zoe'), /^waiting: .*local mode is off/)
  t.match(await world.client().userByUsername('zoe'), { delete_at: 0 })
  t.equal(await world.client().userByUsername('minnie'), undefined)
})

t.test('stopped in the middle', async t => {
  if (!needsStandIn(t)) return
  const world = new World(t, await startMattermost(t, { faults: { slowMs: 30 } }))
  world.accounts = Array.from({ length: 40 }, (_, n) => account(`w${String(n).padStart(2, '0')}`))
  const stop = new AbortController()
  const created: string[] = []
  const run = world.service.importAll({
    password: undefined,
    signal: stop.signal,
    onLine: async line => {
      if (line.kind === 'created') created.push(line.login)
      if (created.length === 4) stop.abort()
    },
  })
  await t.rejects(run, { code: 'failed', message: /it was stopped/ })
  t.ok(created.length < world.accounts.length, `${created.length} were created`)
  const users = (await world.client().users()).filter(user => user.username.startsWith('w'))
  t.same(users.map(user => user.username).sort(), created.sort(), 'whoever was created was told')
})

t.test('no password in any file but the credentials', async t => {
  const world = new World(t, await startMattermost(t))
  world.accounts = [account('pluto'), account('minnie')]
  const { report } = await world.import('Password,1234')
  t.equal(report?.created, 2)
  for (const name of readdirSync(world.paths.stateFolder)) {
    if (name === 'credentials') continue
    t.notMatch(readFileSync(join(world.paths.stateFolder, name), 'utf8'), 'Password,1234')
  }
})

t.test('stopped in the middle of an event: it is kept, and finished by the next run', async t => {
  if (!needsStandIn(t)) return
  const world = new World(t, await startMattermost(t))
  const logins = Array.from({ length: 16 }, (_, n) => `w${n}`)
  world.accounts = [account('first'), ...logins.map(login => account(login))]
  world.mattermost = { firstAdmin: 'first-imported' }
  t.match(await world.sync('first'), /^done/)
  await world.server.setFaults({ slowMs: 50 })
  const stop = new AbortController()
  world.onLog = line => {
    if (line.startsWith('created')) stop.abort()
  }
  const outcomes = await world.service.syncNamed(logins, stop.signal)
  const states = [...outcomes.values()].map(outcome => outcome.state)
  t.ok(states.includes('waiting'), states.join(' '))
  t.notOk(states.includes('failed'), 'a stop is no answer to an event')
  await world.server.setFaults({})
  for (const login of logins) t.match(await world.sync(login), /^done/)
})

t.test('the server goes away before the join: the event waits, and the team is made up for', async t => {
  if (!needsStandIn(t)) return
  const world = new World(t, await startMattermost(t))
  world.accounts = [account('first'), account('pluto')]
  t.match((await world.import()).report, { created: 2 })
  world.accounts.push(account('minnie'))
  await world.server.setFaults({ cut: '^POST /api/v4/teams/.*/members$' })
  t.match(await world.sync('minnie'), /^waiting: waits: created 'minnie' .*, but cannot put it into the team/)
  await world.server.setFaults({})
  t.match(await world.sync('minnie'), "done: 'minnie' was put into the team")
})

t.test('an answer that never came, and a server that creates the user late', async t => {
  if (!needsStandIn(t)) return
  const world = new World(t, await startMattermost(t))
  world.accounts = [account('first'), account('pluto')]
  world.mattermost = { firstAdmin: 'first-imported' }
  t.match(await world.sync('first'), /^done/)
  const credentials = new CredentialStore(world.paths)
  const pending = await credentials.add(
    {
      login: 'pluto',
      email: 'pluto@example.org',
      password: 'Password,1234',
      accountId: 'uuid-pluto',
      provider: 'memory',
      username: 'pluto',
      name: '',
      delivery: 'password',
    },
    new Date(),
  )
  // The request is still under way in the server: nobody can be seen yet.
  await world.newService().reconcile()
  t.match(await world.credentials('pluto'), [{ id: pending.id, state: 'pending' }])
  await world.server.setFaults({ error500: '^POST /api/v4/users$' })
  t.match(await world.sync('pluto'), /^waiting/)
  await world.server.setFaults({})
  const { password } = pending
  const names = { first_name: '', last_name: '', position: '' }
  await world.client().createUser({ username: 'pluto', email: 'pluto@example.org', password, ...names })
  t.match(await world.sync('pluto'), /^done/)
  const kept = await world.credentials('pluto')
  t.match(kept, [{ state: 'issued', password }], 'one password, the right one')
  t.ok(await world.canLogIn('pluto', password))
})

t.test('a broken file of ours: the status says it, and all else', async t => {
  const world = new World(t, await startMattermost(t))
  world.accounts = [account('pluto')]
  t.match((await world.import()).report, { created: 1 })
  const files = [world.paths.linksFile, world.paths.peopleStateFile]
  for (const file of files) {
    const good = readFileSync(file)
    writeFileSync(file, '{')
    t.match(await world.service.status(), {
      sync: 'events',
      provider: 'memory, dc=test',
      lastError: { message: `cannot read ${file}: not JSON`, hint: /restore/ },
    })
    writeFileSync(file, good)
  }
})

t.test('runs leave nothing behind on the signal that lives as long as the daemon', async t => {
  const world = new World(t, await startMattermost(t))
  world.accounts = [account('pluto')]
  const stop = new AbortController()
  for (let run = 0; run < 3; run += 1)
    await world.service.importAll({ password: undefined, signal: stop.signal, onLine: async () => undefined })
  t.equal(getEventListeners(stop.signal, 'abort').length, 0)
})

t.test('the answer to a deactivation is lost: it is known as ours all the same', async t => {
  if (!needsStandIn(t)) return
  const world = new World(t, await startMattermost(t))
  world.accounts = [account('first'), account('pluto')]
  t.match((await world.import()).report, { created: 2 })
  world.accounts = [account('first')]
  await world.server.setFaults({ cut: '^PUT /api/v4/users/.*/active$' })
  t.match(await world.delete('pluto'), /^waiting: .*it broke off/)
  await world.server.setFaults({})
  t.match(await world.delete('pluto'), /^done: .*deactivated/)
  const links = new LinkStore(world.paths)
  await links.load()
  t.match(links.ofLogin('pluto'), [{ deactivated: { by: 'user-delete' } }])
})
