import t, { type Test } from 'tap'
import { startMattermost } from '../../support/mattermost/start.js'
import { World } from '../people-world.js'
import { account } from '../plan/people.js'

const LOGINS = ['ann', 'bob', 'eve', 'joe']

async function worldOf(t: Test): Promise<World> {
  const world = new World(t, await startMattermost(t))
  world.mattermost = { firstAdmin: 'first-imported', userSync: 'full' }
  world.accounts = LOGINS.map(login => account(login))
  t.match(await world.service.syncUsers({ confirm: true }), { report: { created: 4 } })
  return world
}

t.test('a directory made anew: nobody is changed until relink --confirm, then it goes on', async t => {
  const world = await worldOf(t)
  const before = await world.client().users()
  world.accounts = LOGINS.map(login => account(login, { id: `new-${login}`, title: 'Head' }))
  world.accounts = world.accounts.map(one =>
    one.login === 'joe' ? { ...one, mails: ['joe@else.where'] } : one,
  )
  t.match(await world.service.syncAll(), {
    created: 0,
    updated: 0,
    problems: [/names known, ids new.*users relink/],
  })

  const request = { names: [], forgetMissing: false, confirm: false }
  const shown = await world.service.links.relink(request)
  t.same(
    shown.people.map(({ login, from, to }) => [login, from, to]),
    ['ann', 'bob', 'eve'].map(login => [login, `uuid-${login}`, `new-${login}`]),
  )
  t.match(shown.left, [{ login: 'joe', reason: /joe@else\.where/ }])
  t.match(shown.summary, { counts: { update: 3, create: 0 } })
  t.match((await world.service.links.list()).people, [{ accountId: 'uuid-ann' }], 'nothing is kept')

  t.match(await world.service.links.relink({ ...request, confirm: true }), { people: [{}, {}, {}] })
  t.match(await world.service.links.relink({ ...request, names: ['joe'], confirm: true }), {
    people: [{ login: 'joe', remark: /joe@else\.where/ }],
  })
  t.match(await world.service.syncAll(), { created: 0, updated: 4, deactivated: 0, problems: [] })
  t.same(
    (await world.client().users()).map(one => [one.id, one.username]),
    before.map(one => [one.id, one.username]),
  )
  t.match(await world.service.links.relink(request), { people: [], left: [] })
})

t.test('users that are gone for good are told, not created again, until their links are dropped', async t => {
  const world = await worldOf(t)
  // Mattermost stands on another database; the links are those of before.
  const other = new World(t, await startMattermost(t), world.paths)
  other.accounts = world.accounts
  other.mattermost = world.mattermost
  const plan = await other.service.planAll()
  t.match(plan.summary.missing, LOGINS)
  t.match(plan.plan, [{ kind: 'refuse', reason: /not created a second time.*users unlink ann/ }])
  t.match(plan.notes, [
    /restored or cloned.*accept-host/,
    /4 linked people have no user in Mattermost.*relink --forget-missing/,
  ])
  t.match(await other.service.status(), { missing: /4 linked people/ })
  t.match(await other.import(), { error: { code: 'host.changed' } })
  await other.service.links.acceptHost()
  t.match(await other.import(), { report: { created: 0, problems: [/4 linked people/] } })

  const request = { names: [], forgetMissing: true, confirm: false }
  t.match(await other.service.links.relink(request), {
    forgotten: LOGINS,
    summary: { counts: { create: 4 } },
  })
  t.equal((await other.service.links.list()).people.length, 4)
  await other.service.links.relink({ ...request, confirm: true })
  t.same(await other.service.links.list(), { people: [], ignored: [], former: [], notes: [] })
  t.equal((await other.service.status()).missing, undefined)
  t.match(await other.service.syncAll(), { created: 4 })
  await t.rejects(other.service.links.relink({ ...request, names: ['ann'] }), { code: 'usage' })
})
