import { renameSync, rmSync } from 'node:fs'
import t, { type Test } from 'tap'
import { startMattermost } from '../../support/mattermost/start.js'
import { World } from '../people-world.js'
import { account } from '../plan/people.js'

async function worldOf(t: Test): Promise<World> {
  const world = new World(t, await startMattermost(t))
  world.mattermost = { firstAdmin: 'first-imported', userSync: 'full' }
  world.accounts = ['ann', 'bob'].map(login => account(login))
  t.match(await world.service.syncUsers({ confirm: true }), { report: { created: 2 } })
  return world
}

t.test('a clone with another machine id changes nobody until it is accepted', async t => {
  const world = await worldOf(t)
  world.machine = 'second'
  world.accounts = [account('ann'), account('bob', { locked: true }), account('new')]
  const before = await world.client().users()
  const code = 'host.changed'
  await t.rejects(world.service.syncAll(), { code, exitCode: 78, hint: /users accept-host/ })
  await t.rejects(world.service.confirm(), { code })
  t.match(await world.import(), { error: { code } })
  await t.rejects(world.service.credentials.invite('bob'), { code })
  t.match(await world.sync('new'), /^waiting: waits: cannot change anybody: restored or cloned.*machine-id/)
  t.match(await world.lock('bob'), /^waiting/)
  t.match(await world.delete('ann'), /^waiting/)
  t.same(await world.client().users(), before)

  // Reading goes on, and links can be put in order.
  t.match(await world.service.planAll(), {
    plan: [{}, { kind: 'deactivate' }, { kind: 'create' }],
    notes: [/accept-host/],
  })
  t.match(await world.service.links.list(), { people: [{ login: 'ann' }, { login: 'bob' }] })
  t.match(await world.service.links.change({ action: 'hold', name: 'ann', dryRun: false }), { changed: true })
  t.match(await world.service.status(), { waiting: { reason: /restored or cloned/ }, lastError: undefined })

  t.match(await world.service.links.acceptHost(), { differences: [/machine-id/] })
  t.match(await world.service.links.acceptHost(), { differences: [] })
  t.match(await world.service.syncAll(), { created: 1, deactivated: 1 })
  t.equal((await world.service.status()).waiting, undefined)
})

t.test('a machine without an id, or with one at last, is the same host', async t => {
  const world = await worldOf(t)
  for (const machine of [undefined, 'first']) {
    world.machine = machine
    t.match(await world.service.syncAll(), { failed: 0 })
  }
  world.machine = 'second'
  await t.rejects(world.service.syncAll(), { code: 'host.changed' })
})

t.test('while nothing is kept there is nothing to protect', async t => {
  const world = new World(t, await startMattermost(t))
  world.mattermost = { firstAdmin: 'first-imported' }
  world.accounts = [account('ann')]
  t.match(await world.sync('nobody'), /cannot find/)
  world.machine = 'second'
  t.match(await world.sync('ann'), /^done: created/)
})

t.test('status tells another machine also while Mattermost is down', async t => {
  const world = await worldOf(t)
  await world.server.stop()
  t.equal((await world.service.status()).waiting, undefined)
  world.machine = 'second'
  t.match(await world.service.status(), { waiting: { reason: /machine-id/ } })
  await t.rejects(world.service.links.acceptHost(), { code: 'mattermost.unreachable' })
})

t.test('where links.json is lost nobody is changed, and it goes on with the file or with a yes', async t => {
  const world = await worldOf(t)
  world.accounts = [account('ann'), account('bob', { locked: true })]
  t.match(await world.service.syncAll(), { deactivated: 1 })
  const { linksFile } = world.paths
  renameSync(linksFile, `${linksFile}.kept`)
  world.accounts = [account('ann'), account('bob')]
  const lost = { code: 'host.changed', message: /links\.json is gone/, hint: /backup.*users accept-host/ }
  for (const service of [world.service, world.newService()]) {
    await t.rejects(service.syncAll(), lost)
    t.match(await service.status(), { waiting: { reason: /links\.json is gone/ } })
  }
  t.match(await world.service.planAll(), { notes: [/links\.json is gone/] })
  // A new file would hide the loss.
  await t.rejects(world.service.links.change({ action: 'ignore', name: 'bob', dryRun: false }), lost)
  await t.rejects(world.service.syncAll(), lost)

  renameSync(`${linksFile}.kept`, linksFile)
  t.match(await world.service.syncAll(), { reactivated: 1 })

  rmSync(linksFile)
  await t.rejects(world.newService().syncAll(), lost)
  t.match(await world.newService().links.acceptHost(), { differences: [/links\.json/] })
  t.match(await world.service.syncAll(), { created: 0, failed: 0 })
  t.equal((await world.service.status()).waiting, undefined)
})

t.test('links that were all taken away by command are not lost', async t => {
  const world = await worldOf(t)
  for (const name of ['ann', 'bob'])
    t.match(await world.service.links.change({ action: 'unlink', name, dryRun: false }), { changed: true })
  t.match(await world.service.syncAll(), { failed: 0 })
})

t.test('a loss right after the first run is noticed', async t => {
  const world = new World(t, await startMattermost(t))
  world.mattermost = { firstAdmin: 'first-imported' }
  world.accounts = [account('ann')]
  t.match(await world.sync('ann'), /^done: created/)
  rmSync(world.paths.linksFile)
  t.match(await world.sync('ann'), /^waiting: waits: cannot change anybody: links\.json is gone/)
})
