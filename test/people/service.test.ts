import t from 'tap'
import { startMattermost } from '../support/mattermost/start.js'
import { World } from './people-world.js'
import { account } from './plan/people.js'

t.test('looking does not wait for an import that goes on', async t => {
  const world = new World(t, await startMattermost(t))
  world.accounts = [account('ann'), account('ben'), account('cyn'), account('dan', { locked: true })]
  let letGo = () => {}
  const held = new Promise<void>(resolve => (letGo = resolve))
  let reached = () => {}
  const isHeld = new Promise<void>(resolve => (reached = resolve))
  const importing = world.import(undefined, async line => {
    if (line.kind !== 'created') return
    reached()
    await held
  })
  await isHeld
  const { service } = world
  const looks: Record<string, () => Promise<unknown>> = {
    'users plan': () => service.planAll(),
    'users sync without --confirm': () => service.syncUsers({ confirm: false }),
    status: () => service.status(),
    'users list': () => service.links.list(),
    'users credentials': () => world.credentials(),
    'users report': () => service.credentials.report(undefined),
    'users relink without --confirm': () =>
      service.links.relink({ names: [], forgetMissing: true, confirm: false }),
    'users ignore --dry-run': () => service.links.change({ action: 'ignore', name: 'dan', dryRun: true }),
  }
  for (const [name, look] of Object.entries(looks)) {
    t.ok(await look(), `${name} answers while the import is held`)
  }
  letGo()
  const { report, error } = await importing
  t.equal(error, undefined)
  t.match(report, { created: 3, failed: 0 })
  t.equal((await service.links.list()).people.length, 3)
  t.equal((await service.status()).missing, undefined, 'nobody is taken for missing')
})
