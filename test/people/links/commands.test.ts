import t, { type Test } from 'tap'
import type { LinkOutcome, LinkRequest } from '../../../src/api/contract/links.js'
import { needsStandIn, startMattermost } from '../../support/mattermost/start.js'
import { World } from '../people-world.js'
import { account } from '../plan/people.js'

/** ann and bob are created by us, eve is a user of Mattermost's own with another address. */
async function worldOf(t: Test): Promise<World> {
  const world = new World(t, await startMattermost(t))
  world.mattermost = { firstAdmin: 'first-imported' }
  world.accounts = ['ann', 'bob'].map(login => account(login))
  for (const { login } of world.accounts) t.match(await world.sync(login), /^done: created/)
  const eve = { username: 'eve', email: 'eve@else.where', password: 'Secret-word-1', first_name: 'E' }
  await world.client().createUser({ ...eve, last_name: '', position: '' })
  world.accounts.push(account('eve'))
  return world
}

function change(world: World, action: LinkRequest['action'], name: string, more: Partial<LinkRequest> = {}) {
  return world.service.links.change({ action, name, dryRun: false, ...more })
}

function next({ next: plan }: LinkOutcome): string[] {
  return plan.map(({ kind, login, reason }) => `${kind} ${login}: ${reason}`)
}

async function states(world: World): Promise<string[]> {
  const { people, ignored, former } = await world.service.links.list()
  return [
    ...people.map(({ login, username, state, origin, remarks }) =>
      [login, username, state, origin, ...remarks].join(' '),
    ),
    ...ignored.map(one => `${one.login} ignored`),
    ...former.map(one => `${one.link.login} ${one.username} ${one.how}`),
  ]
}

t.test('a conflict ends by users link: nothing changes until the directory does', async t => {
  const world = await worldOf(t)
  t.match(await world.sync('eve'), /failed: .*eve@else\.where.*teamchat users link eve/)
  const before = await world.client().userByUsername('eve')

  const dry = await change(world, 'link', 'eve', { dryRun: true })
  t.equal(dry.changed, true)
  t.match(dry.told, [/'eve' is linked to the Mattermost user 'eve'/, /e-mail address eve@else.where stay/])
  t.match(next(dry), [/^skip eve: linked to the Mattermost user 'eve'/])
  t.same(await states(world), ['ann ann active created', 'bob bob active created'], 'nothing is kept')

  t.match(next(await change(world, 'link', 'EVE')), [/^skip eve: linked/])
  t.same(await states(world), ['ann ann active created', 'bob bob active created', 'eve eve active linked'])
  t.match(await world.sync('eve'), /^done/)
  t.same(await world.client().userByUsername('eve'), before)
  world.accounts = world.accounts.map(one => (one.login === 'eve' ? { ...one, title: 'Head' } : one))
  t.match(await world.sync('eve'), /^done: updated/)
  t.equal((await world.client().userByUsername('eve'))?.email, 'eve@else.where')
  t.equal((await change(world, 'link', 'eve')).changed, false)
})

t.test('refused in words, and nothing is kept', async t => {
  const world = await worldOf(t)
  const table: [string, string | undefined, RegExp][] = [
    ['nobody', undefined, /nobody in the directory has that name/],
    ['eve', 'nobody', /Mattermost has no user 'nobody'/],
    ['eve', 'bob', /belongs to 'bob'/],
    ['eve', 'system-bot', /is a bot|no user 'system-bot'/],
    ['bob', 'eve', /linked to the Mattermost user 'bob' already/],
  ]
  for (const [name, username, message] of table)
    await t.rejects(change(world, 'link', name, { username }), { code: 'failed', message })
  for (const action of ['unlink', 'hold', 'unhold'] as const)
    await t.rejects(change(world, action, 'eve'), { message: /it is not linked/ })
  await t.rejects(change(world, 'ignore', 'ann'), { message: /it is linked/ })
  world.accounts.push(account('root', { system: true }))
  await t.rejects(change(world, 'ignore', 'root'), { message: /system account/ })
  t.same(await states(world), ['ann ann active created', 'bob bob active created'])
})

t.test('several accounts of one name are told apart by their ids', async t => {
  const world = await worldOf(t)
  world.accounts.push(account('eve', { id: 'uuid-second', dn: 'uid=eve,ou=Other' }))
  await t.rejects(change(world, 'link', 'eve'), {
    message: /uid=eve,ou=Other \(uuid-second\)/,
    hint: /users link ID/,
  })
  t.equal((await change(world, 'link', 'uuid-second', { username: 'eve' })).changed, true)
  await t.rejects(change(world, 'link', 'uuid-eve', { username: 'eve' }), {
    message: /belongs to 'eve' \(uuid-second\)/,
  })
})

t.test(
  'unlinked: not adopted again by itself, not given to anybody else, and back by users link',
  async t => {
    const world = await worldOf(t)
    const outcome = await change(world, 'unlink', 'bob')
    t.match(outcome.told, [/'bob' is no longer linked to the Mattermost user 'bob'.*\(active\)/])
    t.match(next(outcome), [
      /^refuse bob: the Mattermost user 'bob' was linked to it before: teamchat users link bob/,
    ])
    t.same(await states(world), ['ann ann active created', 'bob bob unlinked'])
    t.match(await world.sync('bob'), /^failed: .*was linked to it before/)
    world.accounts = world.accounts.map(one => (one.login === 'bob' ? { ...one, locked: true } : one))
    t.match(await world.sync('bob'), /skipped: locked/)
    t.equal((await world.client().userByUsername('bob'))?.delete_at, 0)

    world.accounts = world.accounts.map(one =>
      one.login === 'bob' ? account('bob', { id: 'uuid-new' }) : one,
    )
    t.match(await world.sync('bob'), /^failed: .*belonged to another account/)
    await t.rejects(change(world, 'link', 'bob'), { message: /belonged to 'bob' \(uuid-bob\) before/ })

    world.accounts = world.accounts.map(one => (one.login === 'bob' ? account('bob') : one))
    t.match(next(await change(world, 'link', 'bob')), [/^skip bob/])
    t.same(await states(world), ['ann ann active created', 'bob bob active linked'])
  },
)

t.test('a link ends without Mattermost; what comes next is not known then', async t => {
  const world = await worldOf(t)
  await world.server.stop()
  const { told, notes } = await change(world, 'unlink', 'bob')
  t.match(told, [/no longer linked to the Mattermost user 'bob'/])
  t.match(notes, [/what the next sync does cannot be told/])
  const list = await world.service.links.list()
  t.match(list, { people: [{ login: 'ann', state: 'unknown' }], notes: [/Mattermost cannot be asked/] })
})

t.test('left out, and taken in again', async t => {
  const world = await worldOf(t)
  world.accounts.push(account('new'))
  t.match(next(await change(world, 'ignore', 'new')), [/^skip new: left out/])
  t.match(await world.sync('new'), /^done/)
  t.equal(await world.client().userByUsername('new'), undefined)
  const back = await change(world, 'unignore', 'new')
  t.match(next(back), [/^create new/])
  t.match(back.notes, [/signal-event user-modify new/])
  t.match(await world.sync('new'), /^done: created/)
  t.equal((await change(world, 'unignore', 'new')).changed, false)
})

t.test('held: not even locked, until the day comes', async t => {
  const world = await worldOf(t)
  const until = new Date(Date.now() + 3_600_000).toISOString()
  await change(world, 'hold', 'bob', { until })
  t.same(await states(world), ['ann ann active created', `bob bob active created held until ${until}`])
  world.accounts = world.accounts.map(one => (one.login === 'bob' ? { ...one, locked: true } : one))
  t.match(await world.sync('bob'), new RegExp(`left alone until ${until}`))
  t.match(next(await change(world, 'unhold', 'bob', { dryRun: true })), [/^deactivate bob/])
  world.now = () => new Date(Date.now() + 7_200_000)
  t.same(await states(world), ['ann ann active created', 'bob bob active created'])
  t.match(await world.sync('bob'), /deactivated 'bob'/)
})

t.test('the list says what became of users', needsStandIn, async t => {
  const world = await worldOf(t)
  const bob = await world.client().userByUsername('bob')
  await world.server.api('DELETE', `/users/${bob?.id}?permanent=true`)
  t.match(await states(world), ['ann ann active created', /^bob {2}(missing|deactivated) created/])
})
