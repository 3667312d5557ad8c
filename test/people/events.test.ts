import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { TeamchatError } from '../../src/errors.js'
import { startMattermost } from '../support/mattermost/start.js'
import { World } from './people-world.js'
import { account } from './plan/people.js'

const world = new World(t, await startMattermost(t))
const PASSWORD = 'Password,1234'

async function handMade(username: string): Promise<string> {
  const email = `${username}@example.org`
  const user = { username, email, password: PASSWORD, first_name: '', last_name: '', position: '' }
  return (await world.client().createUser(user)).id
}

t.test('while Mattermost has no account, automatic runs wait and say why', async t => {
  world.accounts = [account('pluto'), account('minnie')]
  const outcome = (await world.service.syncNamed(['pluto'])).get('pluto')
  t.match(outcome, {
    state: 'waiting',
    reason: /^waits: Mattermost has no account yet/,
    hint: /https:\/\/chat\.example\.org .*mattermost-bulk-user-create.*FirstAdmin first-imported/,
  })
  t.match(await world.service.status(), { waiting: { reason: /no account yet/ } })
  t.same(await world.client().users(), [])
})

t.test('after the wizard a named person is created, and nobody else', async t => {
  await handMade('wizard')
  t.match(
    await world.sync('Pluto@example.org'),
    /^done: created 'pluto' \(pluto@example\.org\); its password: teamchat/,
  )
  const [credential] = await world.credentials('pluto')
  t.match(credential, { state: 'issued', login: 'pluto' })
  t.ok(await world.canLogIn('pluto', credential?.password ?? ''))
  t.equal(await world.client().userByUsername('minnie'), undefined)
  t.match(await world.client().userByUsername('pluto'), { roles: 'system_user' })
  t.notMatch(world.logged.join('\n'), credential?.password ?? 'none')
  t.equal((await world.service.status()).waiting, undefined)
  t.match(await world.sync('pluto'), /^done: 'pluto' is linked to the Mattermost user 'pluto': nothing to do/)
})

t.test('what waits, what is looked at again, what fails', async t => {
  world.accounts.push(
    account('goofy', { locked: true }),
    account('old', { expired: true }),
    account('root', { system: true }),
  )
  world.accounts.push(account('王'), account('wizard', { mails: ['other@example.org'] }))
  const table: [string, RegExp][] = [
    ['nobody', /^look-again: cannot find 'nobody' in the directory/],
    ['goofy', /^look-again: 'goofy' skipped: locked/],
    ['old', /^done: 'old' skipped: expired/],
    ['root', /^done: 'root' is a system account/],
    ['王', /^failed: cannot bring '王' into Mattermost: .*not a Mattermost username/],
    ['wizard', /^failed: cannot bring 'wizard' into Mattermost: .*is an administrator/],
  ]
  for (const [login, expected] of table) t.match(await world.sync(login), expected)
  const finals = await world.service.syncNamed(['nobody', 'goofy'])
  t.match(finals.get('nobody'), { final: { state: 'failed' } })
  t.match(finals.get('goofy'), { final: { state: 'done', message: 'skipped: locked' } })

  world.gate = { allowed: false, reason: 'waits: not adopted', hint: 'teamchat adopt' }
  t.match(await world.sync('minnie'), /^waiting: waits: not adopted/)
  t.match(await world.delete('pluto'), /^waiting: waits: not adopted/)
  t.match(await world.service.status(), { waiting: { hint: 'teamchat adopt' } })
  world.gate = { allowed: true }

  world.directoryError = new TeamchatError('directory.unreachable', 'cannot reach ldap://127.0.0.1')
  t.match(await world.sync('minnie'), /^waiting: waits: cannot reach ldap/)
  t.match(await world.delete('pluto'), /^waiting: waits: cannot reach ldap/)
  world.directoryError = undefined

  world.mattermost = { userSync: 'off' }
  t.match(await world.sync('minnie'), /^done: UserSync is off/)
  t.match(await world.delete('pluto'), /^done: UserSync is off/)
  world.mattermost = {}
  t.match(await world.client().userByUsername('pluto'), { delete_at: 0 })
})

t.test('several people at once: nobody holds up the others', async t => {
  world.accounts.push(account('nomail', { mails: [] }), account('donald'))
  world.domainName = ''
  const outcomes = await world.service.syncNamed(['nomail', 'donald', 'nobody'])
  t.match(outcomes.get('nomail'), { state: 'waiting', reason: /DomainName is not set/, hint: /is set/ })
  t.match(outcomes.get('donald'), { state: 'done', message: /^created 'donald'/ })
  t.match(outcomes.get('nobody'), { state: 'look-again' })
  world.domainName = 'example.org'
  t.match(await world.sync('nomail'), /^done: created 'nomail' \(nomail@example\.org\)/)
})

t.test('an existing user is linked only where username and e-mail agree', async t => {
  await handMade('ann')
  world.accounts.push(account('ann'))
  t.match(await world.sync('ann'), /^done: 'ann' exists in Mattermost with the same e-mail address: linked/)
  t.same(await world.credentials('ann'), [])
})

t.test('user-delete ends the sessions and the login', async t => {
  const [credential] = await world.credentials('pluto')
  const password = credential?.password ?? ''
  const session = await world.server.login('pluto', password)
  t.match(await world.delete('pluto'), /^look-again: 'pluto' is still in the directory/)
  t.match((await world.service.deactivateNamed(['pluto'])).get('pluto'), {
    final: { state: 'failed', message: /still in the directory/ },
  })
  const before = world.accounts
  world.accounts = []
  t.match(
    await world.delete('pluto'),
    /^waiting: .*shows nobody beside 'pluto'/,
    'an empty answer proves nothing',
  )
  t.ok(await world.canLogIn('pluto', password))
  world.accounts = before.filter(one => one.login !== 'pluto')
  t.match(await world.delete('pluto@example.org'), /^done: deactivated 'pluto'; its sessions have ended/)
  t.notOk(await world.canLogIn('pluto', password))
  const me = await world.server.overTcp('GET', '/users/me', undefined, session.token)
  t.equal(me.status, 401)
  t.match(await world.delete('pluto'), /^done: 'pluto' is deactivated already/)
})

t.test('a returned person, and a namesake', async t => {
  world.accounts.push(account('pluto', { id: 'uuid-second-pluto' }))
  t.match(await world.sync('pluto'), /^failed: .*belongs to another account/)
  t.match(await world.delete('pluto'), /^look-again: 'pluto' is still in the directory/)
  world.accounts = world.accounts.filter(one => one.login !== 'pluto').concat(account('pluto'))
  t.match(
    await world.sync('pluto'),
    /^done: reactivated 'pluto': deactivated by us, and back in the directory/,
  )
})

t.test('a renamed person: the id counts', async t => {
  t.match(await world.sync('minnie'), /^done: created/)
  world.accounts = world.accounts.map(one => (one.login === 'minnie' ? { ...one, login: 'mouse' } : one))
  t.match(await world.delete('minnie'), /^look-again: 'minnie' is still in the directory as 'mouse'/)
  t.match(await world.sync('mouse'), /^done: renamed 'minnie' becomes 'mouse'/)
  world.accounts = world.accounts.filter(one => one.login !== 'mouse')
  t.match(await world.delete('mouse'), /^done: deactivated 'mouse'/)
})

t.test('unlinked users and the last administrator are left alone', async t => {
  await handMade('guest')
  t.match(await world.delete('guest'), /^done: 'guest' left alone: not linked/)
  t.match(await world.client().userByUsername('guest'), { delete_at: 0 })

  const ann = await world.client().userByUsername('ann')
  const wizard = await world.client().userByUsername('wizard')
  await world.client().setRoles(ann?.id ?? '', 'system_user system_admin')
  await world.client().setRoles(wizard?.id ?? '', 'system_user')
  world.accounts = world.accounts.filter(one => one.login !== 'ann')
  t.match(await world.delete('ann'), /^done: 'ann' left alone: the last administrator/)
  t.match(await world.client().userById(ann?.id ?? ''), { delete_at: 0 })
  await world.client().setRoles(wizard?.id ?? '', 'system_user system_admin')
  t.match(await world.delete('ann'), /^done: deactivated 'ann'/)
})

t.test('a links file that cannot be read stops everything', async t => {
  const links = readFileSync(world.paths.linksFile)
  writeFileSync(world.paths.linksFile, '')
  world.accounts.push(account('late'))
  t.match(await world.sync('late'), /^waiting: .*links\.json/)
  t.match(await world.delete('wizard'), /^waiting: .*links\.json/)
  t.match((await world.import()).error, { code: 'state.unreadable' })
  t.equal(await world.client().userByUsername('late'), undefined)
  writeFileSync(world.paths.linksFile, links)
})

t.test('a server that is down: the event waits', async t => {
  await world.server.stop()
  t.match(await world.sync('late'), /^waiting: waits: cannot reach Mattermost/)
  world.accounts = world.accounts.filter(one => one.login !== 'pluto')
  t.match(await world.delete('pluto'), /^waiting: waits: cannot reach Mattermost/)
})
