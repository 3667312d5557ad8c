import t from 'tap'
import { startMattermost } from '../../support/mattermost/start.js'
import { World } from '../people-world.js'
import { account } from '../plan/people.js'

t.test('full: only what is confirmed, and only after the wizard', async t => {
  const world = new World(t, await startMattermost(t))
  world.accounts = [account('pluto'), account('goofy', { locked: true }), account('root', { system: true })]
  await t.rejects(world.service.syncAll(), { code: 'settings.invalid' })
  world.mattermost = { userSync: 'full' }
  await t.rejects(world.service.syncAll(), {
    code: 'settings.notAdopted',
    hint: /teamchat users sync --confirm/,
  })

  const plan = await world.service.planAll()
  t.match(plan, {
    provider: 'memory, dc=test',
    plan: [
      { login: 'goofy', kind: 'skip' },
      { login: 'pluto', kind: 'create' },
    ],
    confirmed: false,
  })
  t.match(plan.notes[0], /no account yet/)
  t.equal((await world.service.status()).confirmed, false)

  const confirmed = await world.service.confirm()
  t.equal(confirmed.confirmed, true)
  await t.rejects(world.service.syncAll(), { code: 'mattermost.noAccount' })
  await t.rejects(world.service.syncUsers({ confirm: true }), {
    code: 'mattermost.noAccount',
    hint: /wizard.*; that this directory is followed is confirmed and kept$/,
  })
  t.match(await world.service.status(), { confirmed: true, waiting: { reason: /no account yet/ } })

  world.mattermost = { userSync: 'full', firstAdmin: 'first-imported' }
  t.match(await world.service.syncAll(), { created: 1, skipped: 1, failed: 0 })
  t.match(await world.client().activeAdministrators(), [{ username: 'pluto' }])
  t.match(await world.service.status(), { waiting: undefined, lastImport: { created: 1 }, credentials: 1 })

  // Never again, even where the administrator is gone.
  const pluto = await world.client().userByUsername('pluto')
  await world.client().setRoles(pluto?.id ?? '', 'system_user')
  world.accounts.push(account('minnie'))
  t.match(await world.service.syncAll(), { created: 1 })
  t.same(await world.client().activeAdministrators(), [])

  world.gate = { allowed: false, reason: 'waits: held', hint: 'teamchat apply' }
  await t.rejects(world.service.syncAll(), { code: 'settings.notAdopted', hint: 'teamchat apply' })
  world.gate = { allowed: true }
  world.identity = { provider: 'memory', base: 'dc=other', filter: '' }
  await t.rejects(world.service.syncAll(), { code: 'settings.notAdopted' })
  t.match(await world.service.syncUsers({ confirm: true }), { confirmed: true, report: { skipped: 3 } })
  t.match(await world.service.syncAll(), { created: 0 })

  world.accounts.push(account('late'))
  const stop = new AbortController()
  stop.abort()
  await t.rejects(world.service.syncAll(stop.signal), { message: /it was stopped/ })
  t.equal(await world.client().userByUsername('late'), undefined)
})

t.test('somebody without an e-mail address does not hold up those who are locked', async t => {
  const world = new World(t, await startMattermost(t))
  world.mattermost = { userSync: 'full', firstAdmin: 'first-imported' }
  world.accounts = [account('admin'), account('ann')]
  t.match((await world.service.syncUsers({ confirm: true })).report, { created: 2 })
  world.domainName = ''
  world.accounts = [account('admin'), account('ann', { locked: true }), account('nomail', { mails: [] })]
  t.match((await world.service.planAll()).plan, [
    { login: 'admin', kind: 'skip' },
    { login: 'ann', kind: 'deactivate' },
    { login: 'nomail', kind: 'refuse', reason: /DomainName is not set/ },
  ])
  t.match(await world.service.syncAll(), { deactivated: 1, refused: 1, problems: [/^nomail: .*DomainName/] })
  world.domainName = 'example.org'
  t.match(await world.service.syncAll(), { created: 1, refused: 0, problems: [] })
})

t.test('FirstAdmin=first-imported also with a single event', async t => {
  const world = new World(t, await startMattermost(t))
  world.accounts = [account('pluto'), account('minnie')]
  world.mattermost = { firstAdmin: 'first-imported' }
  t.match(await world.sync('minnie'), /^done: created/)
  t.match(await world.sync('pluto'), /^done: created/)
  t.same(
    (await world.client().activeAdministrators()).map(user => user.username),
    ['minnie'],
  )
})
