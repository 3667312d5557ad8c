import t, { type Test } from 'tap'
import { type MailServer, startMailServer } from '../../support/mail-server.js'
import { needsStandIn, startMattermost } from '../../support/mattermost/start.js'
import { World } from '../people-world.js'
import { account } from '../plan/people.js'

const DAY_MS = 24 * 3_600_000

async function worldOf(t: Test): Promise<World> {
  const world = new World(t, await startMattermost(t))
  world.mattermost = { firstAdmin: 'first-imported' }
  world.accounts = ['ann', 'bob', 'eve'].map(login => account(login))
  for (const { login } of world.accounts) t.match(await world.sync(login), /^done: created/)
  return world
}

function logins(credentials: { login: string }[]): string[] {
  return credentials.map(one => one.login)
}

t.test('a password is kept until its owner has opened the app', async t => {
  const world = await worldOf(t)
  const [ann, bob, eve] = await world.credentials()
  await world.service.credentials.upkeep()
  t.same(logins(await world.credentials()), ['ann', 'bob', 'eve'], 'nobody has logged in')

  const session = await world.server.login('ann', ann?.password ?? '')
  await world.server.openApp(session.token ?? '')
  await world.service.credentials.upkeep()
  t.same(logins(await world.credentials()), ['bob', 'eve'])

  // The other sign: the app has told the server its time zone.
  const user = await world.client().userByUsername('bob')
  const whole = (await world.server.api('GET', `/users/${user?.id}`)).body as Record<string, unknown>
  const timezone = { useAutomaticTimezone: 'true', automaticTimezone: 'Europe/Rome', manualTimezone: '' }
  await world.server.api('PUT', `/users/${user?.id}`, { ...whole, timezone })
  await world.service.credentials.upkeep()
  t.same(logins(await world.credentials()), ['eve'])

  t.match(await world.delete('eve'), /still in the directory/)
  world.accounts = world.accounts.filter(one => one.login !== 'eve')
  t.match(await world.delete('eve'), /^done: deactivated/)
  await world.service.credentials.upkeep()
  t.same(logins(await world.credentials()), ['eve'], 'being deactivated is no login')
  for (const one of [ann, bob, eve]) t.notMatch(world.logged.join('\n'), one?.password ?? 'nothing')
})

t.test('somebody who was locked and let in again before the first login keeps the password', async t => {
  const world = await worldOf(t)
  const lock = (locked: boolean) => {
    world.accounts = world.accounts.map(one => (one.login === 'eve' ? { ...one, locked } : one))
  }
  lock(true)
  t.match(await world.lock('eve'), /^done: deactivated/)
  lock(false)
  t.match(await world.sync('eve'), /^done: reactivated/)
  await world.service.credentials.upkeep()
  t.same(logins(await world.credentials()), ['ann', 'bob', 'eve'], 'that we have let in is no login')

  // Let in by hand, in the System Console.
  lock(true)
  t.match(await world.lock('eve'), /^done: deactivated/)
  await world.client().setActive((await world.client().userByUsername('eve'))?.id ?? '', true)
  lock(false)
  t.match(await world.sync('eve'), /nothing to do/)
  await world.service.credentials.upkeep()
  t.same(logins(await world.credentials()), ['ann', 'bob', 'eve'])

  const eve = (await world.credentials()).find(one => one.login === 'eve')
  const session = await world.server.login('eve', eve?.password ?? '')
  await world.server.openApp(session.token ?? '')
  await world.service.credentials.upkeep()
  t.same(logins(await world.credentials()), ['ann', 'bob'])
})

t.test('a password that nobody fetched is removed after CredentialDays', async t => {
  const world = await worldOf(t)
  world.now = () => new Date(Date.now() + 29 * DAY_MS)
  await world.service.credentials.upkeep()
  t.equal((await world.credentials()).length, 3)
  world.now = () => new Date(Date.now() + 31 * DAY_MS)
  world.mattermost = { ...world.mattermost, credentialDays: 0 }
  await world.service.credentials.upkeep()
  t.equal((await world.credentials()).length, 3, '0 is for ever')
  world.mattermost = { ...world.mattermost, credentialDays: 30 }
  await world.server.stop()
  await world.service.credentials.upkeep()
  t.same(await world.credentials(), [], 'also while Mattermost is down')
  t.match(world.logged.join('\n'), /not handed out within 30 days .*users invite ann/)
})

t.test('a directory group', async t => {
  const world = await worldOf(t)
  world.groups = { teachers: ['bob', 'nobody'] }
  t.same(logins(await world.service.credentials.credentials({ login: undefined, group: 'teachers' })), [
    'bob',
  ])
})

async function mailWorld(t: Test): Promise<{ world: World; mail: MailServer }> {
  const mail = await startMailServer(t)
  const EmailSettings = { SMTPServer: '127.0.0.1', SMTPPort: String(mail.port) }
  const world = new World(t, await startMattermost(t, { config: { EmailSettings } }))
  world.mattermost = { firstAdmin: 'first-imported', newUserPassword: 'mail' }
  world.accounts = ['ann', 'bob', 'eve'].map(login => account(login))
  return { world, mail }
}

t.test('NewUserPassword=mail: a link is mailed, and no password is ever kept', async t => {
  const { world, mail } = await mailWorld(t)
  t.equal(
    await world.sync('ann'),
    "done: created 'ann' (ann@example.org); Mattermost has mailed it a link to set a password",
  )
  t.same(mail.recipients, ['ann@example.org'])
  t.same(await world.credentials(), [])
})

t.test('a mail that cannot be sent is owed, over a restart, and sent later', async t => {
  const { world, mail } = await mailWorld(t)
  mail.refuses = true
  t.match(
    await world.sync('ann'),
    /^done: created 'ann' .*; the mail with a link to set a password is owed, and tried again: Mattermost could not send the mail/,
  )
  t.match(await world.credentials('ann'), [{ delivery: 'mail', password: '', mailProblem: /could not send/ }])
  world.service = world.newService()
  await world.service.credentials.upkeep()
  await world.service.credentials.upkeep()
  t.same(mail.recipients, [], 'refused still')
  t.equal(
    world.logged.filter(line => line.startsWith('cannot mail links')).length,
    2,
    'a new process tries at once, then waits for its turn',
  )
  mail.refuses = false
  world.now = () => new Date(Date.now() + 5 * 60_000)
  await world.service.credentials.upkeep()
  t.same(mail.recipients, ['ann@example.org'])
  t.same(await world.credentials(), [])
  await world.service.credentials.upkeep()
  t.same(mail.recipients, ['ann@example.org'], 'once')
})

t.test('a run over everybody mails everybody; the bulk command prints passwords all the same', async t => {
  const { world, mail } = await mailWorld(t)
  world.mattermost = { ...world.mattermost, userSync: 'full' }
  await world.service.confirm()
  t.match(await world.service.syncAll(), { created: 3 })
  t.same([...mail.recipients].sort(), ['ann@example.org', 'bob@example.org', 'eve@example.org'])
  world.accounts.push(account('zoe'))
  const { passwords } = await world.import()
  t.same([...passwords.keys()], ['zoe'])
  t.ok(await world.canLogIn('zoe', passwords.get('zoe') ?? ''))
  t.equal(mail.recipients.length, 3)
})

t.test('an answer that is cut: the user is found, and the mail is owed', async t => {
  if (!needsStandIn(t)) return
  const { world, mail } = await mailWorld(t)
  await world.sync('ann')
  await world.server.setFaults({ cut: '^POST /api/v4/users$' })
  t.match(await world.sync('bob'), /^waiting/)
  await world.server.setFaults({})
  t.match(await world.credentials('bob'), [{ state: 'pending', password: '', delivery: 'mail' }])
  await world.service.reconcile()
  await world.service.credentials.upkeep()
  t.same(mail.recipients, ['ann@example.org', 'bob@example.org'])
  t.same(await world.credentials(), [])
})

t.test('invite', async t => {
  const { world, mail } = await mailWorld(t)
  world.mattermost = { firstAdmin: 'first-imported' }
  for (const login of ['ann', 'bob']) await world.sync(login)
  t.match(await world.service.credentials.invite('Ann'), { state: 'sent', email: 'ann@example.org' })
  t.same(mail.recipients, ['ann@example.org'])
  mail.refuses = true
  t.match(await world.service.credentials.invite('bob'), { state: 'owed', reason: /could not send the mail/ })
  t.match(await world.service.credentials.invite('bob'), { state: 'owed' })
  t.same(
    (await world.credentials('bob')).map(one => one.delivery).sort(),
    ['mail', 'password'],
    'owed once, and the password stays',
  )
  mail.refuses = false
  t.match(await world.service.credentials.invite('bob'), { state: 'sent' })
  t.same(
    (await world.credentials('bob')).map(one => one.delivery),
    ['password'],
  )
  await t.rejects(world.service.credentials.invite('nobody'), {
    code: 'failed',
    message: /nobody of that name is linked/,
  })
  world.accounts = [account('ann')]
  await world.delete('bob')
  await t.rejects(world.service.credentials.invite('bob'), { code: 'failed', message: /deactivated/ })
})

t.test('what became of each person', async t => {
  const world = await worldOf(t)
  t.match(await world.service.credentials.report('ann'), {
    people: [{ login: 'ann', state: 'created', reason: /ann@example.org/ }],
  })
  await world.client().createUser({
    username: 'zoe',
    email: 'other@example.org',
    password: 'Password,1234',
    first_name: '',
    last_name: '',
    position: '',
  })
  world.accounts.push(account('zoe'))
  await world.import()
  const { people, lastRun } = await world.service.credentials.report(undefined)
  t.same(
    people.map(one => [one.login, one.state]),
    [
      ['ann', 'created'],
      ['bob', 'created'],
      ['eve', 'created'],
      ['zoe', 'refused'],
    ],
  )
  t.match(lastRun, { skipped: 4 })
  world.accounts[3] = account('zoe', { mails: ['other@example.org'] })
  await world.import()
  t.match((await world.service.credentials.report('zoe')).people, [{ state: 'adopted' }])
})
