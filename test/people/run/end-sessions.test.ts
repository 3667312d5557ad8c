import t, { type Test } from 'tap'
import type { MattermostClient } from '../../../src/mattermost/client.js'
import { LinkStore } from '../../../src/people/links/links.js'
import { needsStandIn, startMattermost } from '../../support/mattermost/start.js'
import { World } from '../people-world.js'
import { account } from '../plan/people.js'

const PASSWORD = 'Password,1234'

/** A server with an administrator, and with pluto and minnie, who have been in. */
async function worldOf(t: Test): Promise<World> {
  const world = new World(t, await startMattermost(t))
  world.mattermost = { onPasswordModify: 'end-sessions' }
  world.accounts = ['anchor', 'pluto', 'minnie'].map(login => account(login))
  t.match((await world.import(PASSWORD)).report, { created: 3 })
  return world
}

async function session(world: World, login: string): Promise<() => Promise<boolean>> {
  const { token } = await world.server.login(login, PASSWORD)
  return async () => (await world.server.overTcp('GET', '/users/me', undefined, token)).status === 200
}

async function isActive(world: World, login: string): Promise<boolean> {
  return (await world.client().userByUsername(login))?.delete_at === 0
}

async function mark(world: World, login: string): Promise<string | undefined> {
  const links = new LinkStore(world.paths)
  await links.load()
  return links.ofLogin(login)[0]?.deactivated?.by
}

t.test('a new password in the directory ends the sessions, and the login goes on', async t => {
  const world = await worldOf(t)
  const [plutos, other, minnies] = [
    await session(world, 'pluto'),
    await session(world, 'pluto'),
    await session(world, 'minnie'),
  ]
  world.mattermost = { onPasswordModify: 'ignore' }
  t.equal(await world.endSessions('pluto'), 'done: ', 'the default says and does nothing')
  t.ok(await plutos())
  world.mattermost = { userSync: 'off', onPasswordModify: 'end-sessions' }
  t.equal(await world.endSessions('pluto'), 'done: ')
  t.ok(await plutos())
  world.mattermost = { onPasswordModify: 'end-sessions' }
  t.equal(await world.endSessions('Pluto'), "done: ended the sessions of 'pluto'")
  t.same([await plutos(), await other(), await minnies()], [false, false, true])
  t.ok(await world.canLogIn('pluto', PASSWORD))
  t.equal(await mark(world, 'pluto'), undefined)
  t.match(await world.sync('pluto'), /^done: .*nothing to do/)
})

t.test('who is left alone, and why', async t => {
  const world = await worldOf(t)
  const anchor = await session(world, 'anchor')
  await world.client().patchConfig({ ServiceSettings: { EnableBotAccountCreation: true } })
  const pluto = await world.client().userByUsername('pluto')
  await world.client().setRoles(pluto?.id ?? '', 'system_user system_admin')
  const { token } = await world.server.login('pluto', PASSWORD)
  const bot = { username: 'helper', display_name: 'helper' }
  t.equal((await world.server.overTcp('POST', '/bots', bot, token)).status, 201)
  t.equal(
    await world.endSessions('pluto'),
    "failed: cannot end the sessions of 'pluto': its bots would stop: helper",
  )
  await world.client().setRoles(pluto?.id ?? '', 'system_user')
  await world.client().patchConfig({ ServiceSettings: { DisableBotsWhenOwnerIsDeactivated: false } })
  t.equal(await world.endSessions('pluto'), "done: ended the sessions of 'pluto'", 'the bot goes on')
  t.match(
    (await world.client().bots()).find(one => one.username === 'helper'),
    { delete_at: 0 },
  )

  t.match(await world.endSessions('anchor'), /^failed: .*'anchor': it is the last administrator/)
  t.ok(await anchor())
  t.match(await world.endSessions('stranger'), /^done: 'stranger' is not linked/)
  world.accounts.push(account('goofy'))
  t.match(await world.sync('goofy'), /^done: created/)
  t.match(await world.endSessions('goofy'), /^done: 'goofy' was never logged in/)
  t.equal((await world.credentials('goofy')).length, 1, 'its password still waits to be handed out')

  const minnies = await session(world, 'minnie')
  const links = new LinkStore(world.paths)
  await links.load()
  const [link] = links.ofLogin('minnie')
  if (link === undefined) throw new Error('minnie is linked')
  await links.put({ ...link, hold: { since: '2026-01-01T00:00:00.000Z' } })
  t.match(await world.endSessions('minnie'), /^done: the sessions of 'minnie' go on: .*users hold/)
  t.ok(await minnies())
  await links.put(link)
  world.gate = { allowed: false, reason: 'waits: not adopted', hint: 'teamchat adopt' }
  t.match(await world.endSessions('minnie'), /^waiting: waits: not adopted/)
  world.gate = { allowed: true }
  await world.client().setActive(link.userId, false)
  t.match(await world.endSessions('minnie'), /^done: 'minnie' is deactivated, and has no sessions/)
  t.notOk(await isActive(world, 'minnie'), 'who was deactivated by hand stays so')
})

t.test('on a server without a free seat nobody is put at risk', async t => {
  if (!needsStandIn(t)) return
  const world = await worldOf(t)
  for (let n = 0; n < 247; n += 1) {
    const more = { username: `more${n}`, email: `more${n}@example.org`, password: PASSWORD }
    t.equal((await world.server.api('POST', '/users', more)).status, 201)
  }
  t.match(await world.endSessions('pluto'), /^failed: .*it might not be let in again: .*admits 250/)
  t.ok(await isActive(world, 'pluto'))
})

t.test('a seat that is lost in between: said, owed, and made up for', async t => {
  if (!needsStandIn(t)) return
  const world = await worldOf(t)
  for (let n = 0; n < 246; n += 1) {
    const more = { username: `more${n}`, email: `more${n}@example.org`, password: PASSWORD }
    t.equal((await world.server.api('POST', '/users', more)).status, 201)
  }
  const last = { username: 'last0', email: 'last0@example.org', password: PASSWORD }
  const more = { username: 'last1', email: 'last1@example.org', password: PASSWORD }
  world.wrapClient = client =>
    withSetActive(client, async (active, ask) => {
      await ask()
      if (active) return
      await world.server.api('POST', '/users', last)
      await world.server.api('POST', '/users', more)
    })
  t.match(await world.endSessions('pluto'), /^waiting: .*cannot be let in again yet: .*limit/)
  world.wrapClient = client => client
  t.match(await world.endSessions('pluto'), /^waiting: .*cannot be let in again yet/)
  world.mattermost = { onPasswordModify: 'ignore' }
  t.match(await world.endSessions('pluto'), /^waiting/, 'not forgotten when the setting changes')
  t.match(world.logged.join('\n'), /cannot let a user in again/)
  const free = await world.client().userByUsername('last1')
  await world.client().setActive(free?.id ?? '', false)
  t.equal(await world.endSessions('pluto'), 'done: ')
  t.ok(await isActive(world, 'pluto'))
  t.equal(await mark(world, 'pluto'), undefined)
})

t.test(
  'killed between any two steps: the next start lets the person in, and the event is done again',
  async t => {
    const world = await worldOf(t)
    const steps: [string, before: boolean, active: boolean][] = [
      ['before the deactivation', true, false],
      ['after the deactivation', false, false],
      ['before the reactivation', true, true],
      ['after the reactivation', false, true],
    ]
    for (const [name, before, which] of steps) {
      const goesOn = await session(world, 'pluto')
      const reached = new Promise<void>(resolve => {
        world.wrapClient = client =>
          withSetActive(client, async (active, ask) => {
            const isHere = active === which
            if (!(isHere && before)) await ask()
            if (!isHere) return
            resolve()
            await new Promise(() => undefined) // the process is no more
          })
      })
      void world.service.endSessionsNamed(['pluto'])
      await reached
      t.equal(await mark(world, 'pluto'), 'sessions', `${name}: on the disk`)
      world.wrapClient = client => client
      world.service = world.newService()
      await world.service.reconcile()
      t.ok(await isActive(world, 'pluto'), `${name}: let in`)
      t.equal(await mark(world, 'pluto'), undefined)
      t.equal(await world.endSessions('pluto'), "done: ended the sessions of 'pluto'")
      t.notOk(await goesOn(), `${name}: the sessions end`)
    }
  },
)

t.test('an answer that is lost: the event waits, and the next try lets the person in', async t => {
  if (!needsStandIn(t)) return
  const world = await worldOf(t)
  await world.server.setFaults({ cut: '^PUT /api/v4/users/.*/active$' })
  t.match(await world.endSessions('pluto'), /^waiting: .*it broke off/)
  await world.server.setFaults({ error500: '^PUT /api/v4/users/.*/active$' })
  t.match(await world.endSessions('pluto'), /^waiting: .*HTTP 500/)
  await world.server.setFaults({})
  t.match(await world.sync('minnie'), /^done/, 'anything that runs lets the person in')
  t.ok(await isActive(world, 'pluto'))
  t.equal(await mark(world, 'pluto'), undefined)
})

t.test('a person who was locked meanwhile goes the way of all locked people', async t => {
  if (!needsStandIn(t)) return
  const world = await worldOf(t)
  await world.server.setFaults({ cut: '^PUT /api/v4/users/.*/active$' })
  t.match(await world.endSessions('pluto'), /^waiting/)
  await world.server.setFaults({})
  world.accounts = world.accounts.map(one => (one.login === 'pluto' ? { ...one, locked: true } : one))
  t.match(await world.lock('pluto'), /deactivated 'pluto' \(locked/)
  t.equal(await mark(world, 'pluto'), 'locked')
})

/** The client, with something in the place of `setActive`; `ask` is the real one. */
function withSetActive(
  client: MattermostClient,
  setActive: (active: boolean, ask: () => Promise<void>) => Promise<void>,
): MattermostClient {
  return new Proxy(client, {
    get(target, name) {
      if (name === 'setActive') {
        return (id: string, active: boolean) => setActive(active, () => target.setActive(id, active))
      }
      const member = Reflect.get(target, name, target) as unknown
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}
