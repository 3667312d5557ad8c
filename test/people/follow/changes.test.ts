import t, { type Test } from 'tap'
import { TeamchatError } from '../../../src/errors.js'
import type { MattermostClient } from '../../../src/mattermost/client.js'
import { LinkStore } from '../../../src/people/links/links.js'
import { type Mattermost, startMattermost } from '../../support/mattermost/start.js'
import { World } from '../people-world.js'
import { account } from '../plan/people.js'

const PASSWORD = 'Password,1234'
const HOUR = 3_600_000

/** A site that follows its directory, with an administrator by hand. */
async function following(t: Test, logins: string[], server?: Mattermost): Promise<World> {
  const world = new World(t, server ?? (await startMattermost(t)))
  const root = { username: 'root', email: 'root@example.org', password: PASSWORD }
  await world.client().createUser({ ...root, first_name: '', last_name: '', position: '' })
  world.mattermost = { userSync: 'full' }
  world.accounts = ['anchor', ...logins].map(login => account(login))
  await world.service.confirm()
  t.match(await world.service.syncAll(), { created: logins.length + 1, failed: 0 })
  return world
}

function change(world: World, login: string, more: Parameters<typeof account>[1]): void {
  world.accounts = world.accounts.map(one => (one.login === login ? { ...one, ...more } : one))
}

async function userOf(world: World, username: string) {
  return world.client().userByUsername(username)
}

async function linksOf(world: World): Promise<LinkStore> {
  const links = new LinkStore(world.paths)
  await links.load()
  return links
}

t.test('what changes in the directory changes in Mattermost, and nothing else', async t => {
  const world = await following(t, ['pluto', 'minnie'])
  t.match(await world.service.syncAll(), { updated: 0, skipped: 3 }, 'nothing to do')
  const id = (await userOf(world, 'pluto'))?.id ?? ''
  const whole = await world.server.api('GET', `/users/${id}`)
  await world.server.api('PUT', `/users/${id}`, { ...(whole.body as object), nickname: 'Plu', locale: 'de' })

  change(world, 'pluto', { givenName: 'Pluto', title: 'Dog', mails: ['dog@example.org'] })
  t.match(await world.service.syncAll(), { updated: 1, failed: 0 })
  const after = (await world.server.api('GET', `/users/${id}`)).body
  t.match(after, {
    username: 'pluto',
    first_name: 'Pluto',
    position: 'Dog',
    email: 'dog@example.org',
    nickname: 'Plu',
    locale: 'de',
  })
  t.match(await world.service.syncAll(), { updated: 0 }, 'written once')
  await world.client().updateUser(id, { first_name: 'By Hand' })
  t.match(await world.service.syncAll(), { updated: 0 }, 'what somebody changed in Mattermost stays')
  t.match(await userOf(world, 'pluto'), { first_name: 'By Hand' })

  change(world, 'pluto', { login: 'pluto2' })
  t.match(await world.sync('pluto2'), /^done: renamed 'pluto' becomes 'pluto2'/)
  t.match(await userOf(world, 'pluto2'), { id, first_name: 'By Hand' })
})

t.test('where addresses must be confirmed, a new one is asked for once', async t => {
  const server = await startMattermost(t, {
    config: { EmailSettings: { RequireEmailVerification: true, SendEmailNotifications: true } },
  })
  const world = await following(t, ['pluto'], server)
  change(world, 'pluto', { mails: ['dog@example.org'] })
  const plan = await world.service.planAll()
  t.match(plan.plan.find(one => one.login === 'pluto')?.reason, /once its owner has confirmed it by mail/)
  t.match(plan.summary, { mails: 2 })
  t.match(await world.service.syncAll(), { updated: 1 })
  t.match(await userOf(world, 'pluto'), { email: 'pluto@example.org' }, 'the old one, until then')
  t.match(await world.service.syncAll(), { updated: 0 })
  change(world, 'pluto', { title: 'Dog' })
  t.match(await world.service.syncAll(), { updated: 1 })
  t.match(await userOf(world, 'pluto'), { email: 'pluto@example.org', position: 'Dog' })
})

t.test('locked and unlocked, with the bots of the owner', async t => {
  const server = await startMattermost(t, { config: { ServiceSettings: { EnableBotAccountCreation: true } } })
  const world = await following(t, ['pluto'], server)
  const id = (await userOf(world, 'pluto'))?.id ?? ''
  const [credential] = await world.credentials('pluto')
  await world.client().setRoles(id, 'system_user system_admin')
  const { token } = await world.server.login('pluto', credential?.password ?? '')
  for (const username of ['helper', 'sleeper']) {
    t.equal(
      (await world.server.overTcp('POST', '/bots', { username, display_name: username }, token)).status,
      201,
    )
  }
  const sleeper = (await userOf(world, 'sleeper'))?.id
  await world.server.api('POST', `/bots/${sleeper}/disable`)
  await world.client().setRoles(id, 'system_user')
  const session = await world.server.login('pluto', credential?.password ?? '')

  t.match(await world.lock('pluto'), /^look-again: 'pluto' is not locked in the directory/)
  change(world, 'pluto', { locked: true })
  t.match(
    await world.lock('pluto'),
    /^done: deactivated 'pluto' \(locked in the directory\); its sessions have ended; its bots stop: helper/,
  )
  t.equal((await world.server.overTcp('GET', '/users/me', undefined, session.token)).status, 401)
  t.match(await userOf(world, 'helper'), { delete_at: Number })
  t.not((await userOf(world, 'helper'))?.delete_at, 0)
  const deactivated = /'pluto' is locked in the directory; 'pluto' is deactivated$/
  t.match(await world.lock('pluto'), /^done: /, 'fired again: nothing to wait for')
  t.match(await world.lock('pluto'), deactivated)
  t.match((await world.service.syncNamed(['pluto'])).get('pluto'), {
    state: 'look-again',
    final: { state: 'done', message: deactivated },
  })

  change(world, 'pluto', { locked: undefined })
  world.locksKnown = false
  t.match(await world.sync('pluto'), /^done: 'pluto' left alone: .*locks are unknown/)
  world.locksKnown = true
  change(world, 'pluto', { locked: false })
  t.match(await world.sync('pluto'), /^done: reactivated 'pluto'.*bots that come back: helper$/)
  t.match(await userOf(world, 'pluto'), { delete_at: 0 })
  t.match(await userOf(world, 'helper'), { delete_at: 0 })
  t.not((await userOf(world, 'sleeper'))?.delete_at, 0, 'what was stopped before stays so')
  t.equal((await linksOf(world)).ofUser(id)?.deactivated, undefined)

  await world.client().setActive(id, false)
  t.match(await world.sync('pluto'), /^done: 'pluto' left alone: .*not by teamchatd/, 'by hand')
})

t.test('gone: two reads and a day; back: at once', async t => {
  const world = await following(t, ['pluto'])
  let now = Date.now()
  world.now = () => new Date(now)
  world.accounts = world.accounts.filter(one => one.login !== 'pluto')
  const before = (await linksOf(world)).ofLogin('pluto')[0]
  await world.service.planAll()
  t.equal((await linksOf(world)).ofLogin('pluto')[0]?.goneReads, before?.goneReads, 'a look counts nothing')
  t.match(await world.service.syncAll(), {
    deactivated: 0,
    held: 1,
    waits: [/^pluto: .*no longer in the directory/],
  })
  now += 23 * HOUR
  t.match(await world.service.syncAll(), { deactivated: 0, held: 1 })
  now += HOUR
  world.directoryError = new TeamchatError('directory.unreachable', 'cannot reach it')
  await t.rejects(world.service.syncAll(), { code: 'directory.unreachable' })
  world.directoryError = undefined
  t.match(await world.newService().syncAll(), { deactivated: 1, held: 0 })
  t.match((await linksOf(world)).ofLogin('pluto')[0], { deactivated: { by: 'gone' } })
  t.match(await world.service.syncAll(), { deactivated: 0, held: 0, skipped: 1 })
  world.accounts.push(account('pluto'))
  t.match(await world.service.syncAll(), { reactivated: 1 })
})

t.test('brakes: what waits is told, confirmed as it was shown, and no more', async t => {
  const logins = Array.from({ length: 9 }, (_, n) => `p${n}`)
  const world = await following(t, logins)
  let now = Date.now()
  world.now = () => new Date(now)
  const lock = (names: string[]) => {
    for (const name of names) change(world, name, { locked: true })
  }
  lock(['p0', 'p1', 'p2', 'p3', 'p4', 'p5'])
  t.match(await world.service.syncAll(), { deactivated: 5, held: 1, waits: [/^p5: .*MaxDeactivate/] })
  t.match(await world.newService().syncAll(), { deactivated: 0, held: 1 }, 'a new process remembers')
  lock(['p6'])
  t.match(await world.lock('p6'), /^waiting: waits: 'p6': .*MaxDeactivate lets through in an hour \(5\)/)
  change(world, 'p6', { locked: false })
  change(world, 'p8', { title: 'Boss' })
  t.match(await world.service.syncAll(), { updated: 1, held: 1 }, 'what is held does not hold up the rest')

  const shown = await world.service.planAll()
  t.match(
    shown.plan.filter(one => one.kind === 'hold'),
    [{ login: 'p5' }],
  )
  lock(['p7'])
  const confirmed = await world.service.syncUsers({ confirm: true })
  t.match(confirmed.report, { deactivated: 1, held: 1, waits: [/^p7: /] })
  t.match(confirmed.notes.join('\n'), /1 change came after the plan was shown, and still waits/)
  now += HOUR
  t.match(await world.service.syncAll(), { deactivated: 1, held: 0 }, 'the hour is over')
})

t.test('MaxCreate: automatic runs only', async t => {
  const world = await following(t, [])
  world.mattermost = { userSync: 'full', maxCreate: 3 }
  world.accounts.push(...['a', 'b', 'c', 'd'].map(login => account(login)))
  t.match(await world.service.syncAll(), { created: 2, held: 2 })
  t.match(await world.sync('c'), /^waiting: waits: 'c': .*MaxCreate/)
  t.match(await world.service.syncUsers({ confirm: true }), { report: { created: 2, held: 0 } })
  world.accounts.push(...['e', 'f', 'g'].map(login => account(login)))
  t.match((await world.import()).report, { created: 3 })
})

t.test('a part of the directory, and another one with the same names, change nobody', async t => {
  const world = await following(t, ['a', 'b', 'c', 'd', 'e'])
  const all = world.accounts
  world.accounts = [account('anchor'), account('a', { locked: true })]
  t.match(await world.service.syncAll(), {
    deactivated: 0,
    problems: [/shows 2 accounts, and 6 at the last full read/],
  })
  t.match(await world.service.status(), { stop: { message: /shows 2 accounts/ } })
  t.match(await world.service.syncAll(), { deactivated: 0 }, 'nor the second time')
  t.match(await world.service.syncUsers({ confirm: true }), { report: { deactivated: 1 } })
  world.accounts = all.map(one => ({ ...one, id: `new-${one.id}` }))
  t.match(await world.service.syncAll(), { created: 0, deactivated: 0, problems: [/names known, ids new/] })
  t.match(await world.service.syncUsers({ confirm: true }), { report: { created: 0, deactivated: 0 } })
  world.accounts = all
  t.match(await world.service.syncAll(), { reactivated: 1, problems: [] })
  t.equal((await world.service.status()).stop, undefined)
})

/** Lets so many requests that change something through; the next one is done and its answer lost, or not even sent. */
function crashAfter(count: number, done: boolean): (client: MattermostClient) => MattermostClient {
  let left = count
  const gone = () => new TeamchatError('mattermost.unreachable', 'cannot reach Mattermost: killed')
  const wrap = (client: MattermostClient): MattermostClient =>
    new Proxy(client, {
      get: (target, name) => {
        if (name === 'until') return (signal: AbortSignal) => wrap(target.until(signal))
        if (name === 'forRun')
          return (signal: AbortSignal) => {
            const { client, end } = target.forRun(signal)
            return { client: wrap(client), end }
          }
        const member = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        const call = member.bind(target)
        if (name !== 'updateUser') return call
        return async (...args: unknown[]) => {
          left -= 1
          if (left >= 0) return call(...args)
          if (done && left === -1) await call(...args)
          throw gone()
        }
      },
    })
  return wrap
}

t.test('chains and swaps end right, wherever the process is killed', async t => {
  const server = await startMattermost(t)
  const names = ['ann', 'bob', 'carl', 'dora', 'emil']
  const world = await following(t, names, server)
  const ids = new Map<string, string>()
  for (const name of names) ids.set(`uuid-${name}`, (await userOf(world, name))?.id ?? '')
  /** ann ↔ bob, carl → dora → emil → fred. */
  const forth: Record<string, string> = { ann: 'bob', bob: 'ann', carl: 'dora', dora: 'emil', emil: 'fred' }
  const back = Object.fromEntries(names.map(name => [name, name]))
  // A swap has three requests, the chain as many as people.
  const cuts = Array.from({ length: 6 }, (_, count) => [false, true].map(done => ({ count, done }))).flat()
  for (const { way, ...cut } of cuts.flatMap(cut => [forth, back].map(way => ({ ...cut, way })))) {
    world.accounts = world.accounts.map(one => {
      const name = one.id.replace(/^uuid-/, '')
      return { ...one, login: way[name] ?? one.login }
    })
    world.wrapClient = crashAfter(cut.count, cut.done)
    await t.rejects(world.newService().syncAll(), { code: 'mattermost.unreachable' })
    world.wrapClient = client => client
    const report = await world.newService().syncAll()
    t.match(report, { failed: 0, problems: [] }, `cut ${cut.count} ${cut.done}`)
    for (const name of names) {
      t.equal(
        (await world.client().userById(ids.get(`uuid-${name}`) ?? ''))?.username,
        way[name],
        `${cut.count} ${cut.done} ${name}`,
      )
    }
    t.match(await world.newService().syncAll(), { renamed: 0, updated: 0, refused: 0 })
  }
})

t.test('a name that is free only after a rename goes to the new person in the same run', async t => {
  const world = await following(t, ['ann'])
  change(world, 'ann', { login: 'anna', mails: ['anna@example.org'] })
  world.accounts.push(account('ann', { id: 'uuid-second' }))
  t.match(await world.service.syncAll(), { renamed: 1, created: 1, failed: 0 })
  t.match(await userOf(world, 'ann'), { email: 'ann@example.org' })
  t.match(await userOf(world, 'anna'), { email: 'anna@example.org' })
})

t.test('one of a swap alone: the event looks again, and nobody else is touched', async t => {
  const world = await following(t, ['ann', 'bob'])
  change(world, 'ann', { login: 'x' })
  change(world, 'bob', { login: 'ann' })
  change(world, 'x', { login: 'bob' })
  t.match(await world.sync('ann'), /^look-again: .*the username 'ann' is taken by 'ann'/)
  const both = await world.service.syncNamed(['ann', 'bob'])
  t.match([...both.values()], [{ state: 'done' }, { state: 'done' }])
})
