import t, { type Test } from 'tap'
import type { MattermostUser } from '../../../src/mattermost/types.js'
import { startMattermost } from '../../support/mattermost/start.js'
import { World } from '../people-world.js'
import { account } from '../plan/people.js'

const DAY_MS = 24 * 3_600_000

/** root is the administrator; ann has left and is deactivated, and a new ann has come. */
async function worldOf(t: Test, { left = true }: { left?: boolean } = {}): Promise<World> {
  const world = new World(t, await startMattermost(t))
  world.mattermost = { firstAdmin: 'first-imported' }
  world.accounts = ['admin', 'ann', 'bob'].map(login => account(login))
  for (const { login } of world.accounts) t.match(await world.sync(login), /^done: created/)
  if (!left) return world
  world.accounts = world.accounts.filter(one => one.login !== 'ann')
  t.match(await world.delete('ann'), /^done: deactivated/)
  world.accounts.push(account('ann', { id: 'new-ann', givenName: 'New' }))
  return world
}

function release(world: World, name: string, dryRun = false) {
  return world.service.links.change({ action: 'release', name, dryRun })
}

async function users(world: World): Promise<string[]> {
  const all: MattermostUser[] = await world.client().users()
  return all
    .filter(one => one.is_bot !== true)
    .map(
      one =>
        `${one.username} ${one.email.replace(/^[a-z0-9]{26}/, 'ID')} ${one.delete_at === 0 ? 'active' : 'inactive'}`,
    )
}

const day = new Date().toISOString().slice(0, 10)

t.test('by command: the former user makes room, and the new person is created', async t => {
  const world = await worldOf(t)
  t.match(await world.sync('ann'), /^failed: .*former person.*teamchat users release ann/)
  const before = await users(world)
  const dry = await release(world, 'ann', true)
  t.match(dry, { changed: true, told: [/'ann' becomes 'ann\.until-/, /free/] })
  t.match(dry.next, [{ kind: 'create', login: 'ann', reason: 'new, ann@example.org' }])
  t.match(dry.notes, [/^UserSync is events: .*user-modify ann$/])
  t.equal(dry.mails, 3, 'the new name, the new address, and the welcome of the new person')
  t.same(await users(world), before)

  const done = await release(world, 'ANN')
  t.same(done, dry, 'what the dry run said')
  t.match(await users(world), [/^admin /, `ann.until-${day} ID@former.invalid inactive`, /^bob /])
  t.match(await world.service.links.list(), {
    people: [{ login: 'admin' }, { login: 'bob' }],
    former: [{ how: 'released', username: 'ann', link: { accountId: 'uuid-ann' } }],
  })
  t.match(await world.sync('ann'), /^done: created 'ann'/)
  t.match(await users(world), [/^admin /, 'ann ann@example.org active', /until/, /^bob /])
  await t.rejects(release(world, 'ann'), { message: /still in the directory: uid=ann/ })

  // The former one comes back: nobody is given the old user, and the name is taken.
  world.accounts = world.accounts.map(one => (one.login === 'ann' ? account('ann') : one))
  t.match(await world.sync('ann'), /^failed: .*'ann' belongs to another account/)
})

t.test('refused in words, and nothing changes', async t => {
  const world = await worldOf(t, { left: false })
  const before = await users(world)
  await t.rejects(release(world, 'ann'), { message: /still in the directory/ })
  await t.rejects(release(world, 'nobody'), { message: /no user of that name is linked/ })
  world.accounts = world.accounts.filter(one => one.login === 'bob')
  await t.rejects(release(world, 'ann'), { message: /it is active/, hint: /signal-event user-delete ann/ })
  await t.rejects(release(world, 'admin'), { message: /it is an administrator/ })
  world.accounts = [account('ann', { id: 'new-ann' })]
  t.match(await world.delete('bob'), /^done: deactivated/)
  await world.service.links.change({ action: 'hold', name: 'bob', dryRun: false })
  await t.rejects(release(world, 'bob'), { message: /users hold/ })
  world.accounts = []
  await t.rejects(release(world, 'bob'), { message: /nobody else, which cannot be believed/ })
  world.gate = { allowed: false, reason: 'waits: held', hint: 'teamchat apply' }
  await t.rejects(release(world, 'bob'), { code: 'settings.notAdopted' })
  t.same(
    (await users(world)).filter(one => !one.startsWith('bob')),
    before.filter(one => !one.startsWith('bob')),
  )
})

t.test('the taken name gets a number; an unlinked former user can be released as well', async t => {
  const world = await worldOf(t)
  const other = { username: `ann.until-${day}`, email: 'x@example.org', password: 'Secret-word-1' }
  await world.client().createUser({ ...other, first_name: '', last_name: '', position: '' })
  await world.service.links.change({ action: 'unlink', name: 'uuid-ann', dryRun: false })
  await release(world, 'ann')
  t.match((await users(world)).join('\n'), `ann.until-${day}-2 ID@former.invalid inactive`)
  t.match((await world.service.links.list()).former, [{ how: 'released' }])
})

t.test('ReleaseNames=yes: by an event', async t => {
  const world = await worldOf(t)
  world.mattermost = { ...world.mattermost, releaseNames: true }
  t.match(await world.sync('ann'), new RegExp(`^done: created 'ann'.*is 'ann.until-${day}' now`))
  t.match(await users(world), [/^admin /, 'ann ann@example.org active', /until/, /^bob /])
  t.match(await world.sync('ann'), /^done: 'ann' skipped|^done/)
})

t.test('ReleaseNames=yes: not while the former one is there under another name', async t => {
  const world = await worldOf(t)
  world.mattermost = { ...world.mattermost, releaseNames: true }
  world.accounts.push(account('anna', { id: 'uuid-ann' }))
  t.match(await world.sync('ann'), /^failed: .*users release ann/)
})

t.test('ReleaseNames=yes: a school year, by a full sync; the bulk command frees nobody', async t => {
  const world = await worldOf(t, { left: false })
  world.mattermost = { firstAdmin: 'first-imported', userSync: 'full', releaseNames: true }
  world.accounts = world.accounts.map(one => (one.login === 'ann' ? account('ann', { id: 'new-ann' }) : one))
  let now = Date.now()
  world.now = () => new Date(now)
  t.match(await world.service.syncUsers({ confirm: true }), {
    report: { created: 0, problems: [/release ann/], held: 1 },
  })
  now += 2 * DAY_MS
  t.match(await world.service.syncAll(), { deactivated: 1, problems: [/release ann/] })
  t.match(await world.import(), { report: { created: 0, problems: [/release ann/] } })
  const plan = await world.service.planAll()
  t.match(plan, { summary: { counts: { create: 1 }, mails: 3 } })
  t.match(await world.service.syncAll(), { created: 1, problems: [] })
  t.equal((await users(world)).filter(one => /^ann\.until-.*inactive|^ann .*active/.test(one)).length, 2)
  t.match(await world.service.syncAll(), { created: 0, problems: [] })
})
