import t from 'tap'
import type { TeamchatError } from '../../src/errors.js'
import { needsStandIn, startMattermost } from '../support/mattermost/start.js'
import { World } from './people-world.js'
import { account } from './plan/people.js'

const world = new World(t, await startMattermost(t))
const GIVEN = 'Password,1234'

t.test('nothing is created where something is wrong beforehand', async t => {
  world.accounts = [account('pluto'), account('nomail', { mails: [] })]
  world.domainName = ''
  const domain = await world.import()
  t.match(domain.error, { code: 'settings.invalid', message: /'nomail'/ })
  world.domainName = 'example.org'
  const weak = await world.import('weak')
  t.match(weak.error, { code: 'settings.invalid', message: /shorter than 8/ })
  world.accounts = []
  const empty = await world.import()
  t.match(empty.error, { code: 'directory.empty' })
  t.same([...domain.lines, ...weak.lines, ...empty.lines], [])
  t.same(await world.client().users(), [])
  t.equal(await world.client().teamByName('example'), undefined)
  t.match(await world.service.status(), {
    sync: 'events',
    links: 0,
    credentials: 0,
    lastRead: { message: 'cannot see anybody' },
    lastError: { message: 'cannot see anybody' },
  })
})

t.test('the whole import into an empty server', async t => {
  world.accounts = [
    account('administrator', { system: true }),
    account('pluto', { givenName: 'Pluto', surname: 'Dog', title: 'Dog' }),
    account('goofy', { locked: true }),
    account('late', { expired: true }),
    account('王', { mails: ['ab@example.org'] }),
    account('Minnie', { mails: ['B@example.org', 'a@example.org'] }),
    account('nomail', { mails: [] }),
  ]
  const { lines, passwords, report } = await world.import()
  t.same(lines, [
    'Creating default team: example (Example Org) ... OK',
    "Creating user: 'Minnie' with password '***' ... OK",
    "note: 'Minnie' is the administrator of Mattermost now",
    "Skipping locked user: 'goofy'",
    "Skipping expired user: 'late'",
    "Creating user: 'nomail' with password '***' ... OK",
    "Creating user: 'pluto' with password '***' ... OK",
    `Creating user: '王' ... FAILED: the login "王" is not a Mattermost username and has no letters to make one from`,
  ])
  t.match(report, { created: 3, adopted: 0, skipped: 2, refused: 1, failed: 0 })
  for (const [login, password] of passwords) t.ok(await world.canLogIn(login.toLowerCase(), password), login)
  const users = await world.client().users()
  t.match(
    users
      .filter(user => user.is_bot !== true)
      .map(user => [user.username, user.email, user.roles.split(' ').sort()]),
    [
      ['minnie', 'b@example.org', ['system_admin', 'system_user']],
      ['nomail', 'nomail@example.org', ['system_user']],
      ['pluto', 'pluto@example.org', ['system_user']],
    ],
  )
  t.match(await world.client().userByUsername('pluto'), {
    first_name: 'Pluto',
    last_name: 'Dog',
    position: 'Dog',
  })
  const team = await world.client().teamByName('example')
  const members = await world.server.api('GET', `/users?in_team=${team?.id}`)
  t.equal((members.body as unknown[]).length, 3)
  t.same(await world.credentials(), [], 'what was printed is forgotten')
  for (const password of passwords.values()) t.notMatch(world.logged.join('\n'), password)
  t.match(await world.service.status(), { links: 3, lastImport: { created: 3 }, lastError: undefined })
})

t.test('a second import changes nothing', async t => {
  const { lines, report } = await world.import()
  t.same(
    lines.filter(line => !line.includes('王')),
    [
      "Skipping existing user: 'Minnie'",
      "Skipping locked user: 'goofy'",
      "Skipping expired user: 'late'",
      "Skipping existing user: 'nomail'",
      "Skipping existing user: 'pluto'",
    ],
  )
  t.match(report, { created: 0, joined: 0, skipped: 5, refused: 1, failed: 0 })
})

t.test('a renamed company keeps its team', async t => {
  world.company = 'Other Name'
  const { report } = await world.import()
  t.match(report, { created: 0, joined: 0 })
  t.equal(await world.client().teamByName('other'), undefined)
  world.company = 'Example Org'
})

t.test('existing users are linked or named as a conflict', async t => {
  const create = (username: string, email: string) =>
    world
      .client()
      .createUser({ username, email, password: GIVEN, first_name: '', last_name: '', position: '' })
  const adopted = await create('ann', 'ann@example.org')
  await create('bob', 'robert@example.org')
  world.accounts = [...world.accounts.filter(one => one.login !== '王'), account('ann'), account('bob')]
  const { lines, report } = await world.import()
  t.match(lines, [
    "Skipping existing user: 'Minnie'",
    "Skipping existing user: 'ann'",
    "Skipping existing user: 'bob'",
  ])
  t.match(lines[3], /^conflict: .*robert@example\.org/)
  t.match(report, { adopted: 1, skipped: 6, refused: 0, failed: 0 })
  t.match(await world.client().userById(adopted.id), { username: 'ann', roles: 'system_user' })
  const team = await world.client().teamByName('example')
  const members = await world.server.api('GET', `/users?in_team=${team?.id}&per_page=200`)
  t.notMatch(JSON.stringify(members.body), 'ann@example.org', 'whoever is adopted is put into no team')
  world.accounts = world.accounts.filter(one => one.login !== 'bob')
})

t.test('one given password for all, and a listener that goes away', async t => {
  world.accounts.push(...['u1', 'u2', 'u3', 'u4', 'u5', 'u6'].map(login => account(login)))
  const first = await world.import(GIVEN, async line => {
    if (line.kind === 'created') throw new Error('broken pipe')
  })
  t.match((first.error as Error).message, /broken pipe/)
  const kept = await world.credentials()
  t.ok(kept.length > 0, 'a password whose line never came out is kept')
  for (const one of kept) {
    t.match(one, { password: GIVEN, state: 'issued' })
    t.ok(await world.canLogIn(one.login, GIVEN))
  }
  const second = await world.import(GIVEN)
  t.equal(second.report?.created, 6 - kept.length)
  t.same(await world.credentials(), kept)
  t.same(
    (await world.credentials('U1@example.org')).map(one => one.login),
    ['u1'],
  )
})

t.test('a join that failed is finished later, without anybody being created twice', async t => {
  const team = await world.client().teamByName('example')
  await world.client().patchConfig({ TeamSettings: { MaxUsersPerTeam: 1 } })
  world.accounts.push(account('tardy'))
  const full = await world.import()
  t.match(
    full.lines.filter(line => line.includes('tardy')),
    [
      /^Creating user: 'tardy' \.\.\. FAILED: the team 'example' is full: it takes 1 people \(MaxUsersPerTeam\) and has \d+; raise it: teamchat config setprop mattermost MaxUsersPerTeam \d+,/,
    ],
  )
  t.match(full.report, { created: 0, refused: 1 }, 'nobody is created to stand in front of a full team')
  await world.client().patchConfig({ TeamSettings: { MaxUsersPerTeam: 1000 } })
  if (!needsStandIn(t)) return
  await world.server.setFaults({ error500: '^POST /api/v4/teams/[a-z0-9]+/members$' })
  const joinless = await world.import()
  await world.server.setFaults({})
  t.match(
    joinless.lines.find(line => line.includes('tardy')),
    /^Creating user: 'tardy' \.\.\. FAILED: created, but cannot put it into the team: .*; its password: teamchat users credentials tardy$/,
  )
  t.match(joinless.report, { created: 1, failed: 1 })
  const [credential] = await world.credentials('tardy')
  t.ok(await world.canLogIn('tardy', credential?.password ?? ''))
  const again = await world.import()
  t.match(again.report, { created: 0, joined: 1, failed: 0 })
  const members = await world.server.api('GET', `/users?in_team=${team?.id}&per_page=200`)
  t.match(JSON.stringify(members.body), 'tardy@example.org')
  // One join a person for ever: whoever left the team is not put back.
  const tardy = await world.client().userByUsername('tardy')
  await world.server.api('DELETE', `/teams/${team?.id}/members/${tardy?.id}`)
  t.match((await world.import()).report, { joined: 0 })
})

t.test('an archived team takes nobody, and it is said', async t => {
  const team = await world.client().teamByName('example')
  await world.server.api('DELETE', `/teams/${team?.id}`)
  world.accounts.push(account('teamless'))
  const { lines, report } = await world.import()
  t.match(
    lines[0],
    /^Creating default team: example \(Example Org\) \.\.\. FAILED: the team 'example' is archived .*mmctl --local team restore example.*setprop mattermost Team/,
  )
  t.match(report, { created: 1, failed: 1 })
  await world.server.api('POST', `/teams/${team?.id}/restore`)
  t.match((await world.import()).report, { joined: 1, failed: 0 })
  world.mattermost = { team: 'school' }
  world.accounts.push(account('pupil'))
  const school = await world.import()
  t.match(school.lines[0], 'Creating default team: school (school) ... OK')
  world.mattermost = { team: 'none' }
  world.accounts.push(account('loner'))
  t.match((await world.import()).report, { created: 1, joined: 0, failed: 0 })
  world.mattermost = {}
})

t.test('a user who is gone for good, and a new person with a former name', async t => {
  world.accounts = world.accounts
    .filter(one => one.login !== 'loner')
    .concat(account('loner', { id: 'uuid-other' }))
  const { lines, report } = await world.import()
  t.match(lines.join('\n'), /Skipping existing user: 'loner'\nconflict: .*belongs to another account/)
  t.match(report, { deactivated: 0 })
  t.equal((await world.client().userByUsername('loner'))?.delete_at, 0)
})

t.test('locks unknown is said once', async t => {
  world.locksKnown = false
  const { lines } = await world.import()
  t.equal(lines.filter(line => line.startsWith('note: locks unknown')).length, 1)
  world.locksKnown = true
})

t.test('an administrator only where there is none', async t => {
  const before = await world.client().activeAdministrators()
  t.same(
    before.map(user => user.username),
    ['minnie'],
  )
  await world.client().setRoles(before[0]?.id ?? '', 'system_user')
  world.accounts.push(account('zadmin'), account('zlast'))
  const { lines } = await world.import()
  t.match(lines.join('\n'), "note: 'zadmin' is the administrator of Mattermost now")
  t.same(
    (await world.client().activeAdministrators()).map(user => user.username),
    ['zadmin'],
  )
})

t.test('the server goes away in the middle: what is done stays, and it goes on later', async t => {
  // More than are under way at once: some have not begun when it goes.
  world.accounts = Array.from({ length: 30 }, (_, n) => account(`w${String(n).padStart(2, '0')}`))
  let seen = 0
  const cut = await world.import(undefined, async line => {
    if (line.kind === 'created' && ++seen === 3) await world.server.stop()
  })
  t.equal((cut.error as TeamchatError).code, 'mattermost.unreachable')
  await world.server.start()
  const rest = await world.import()
  t.equal(rest.error, undefined)
  t.match(rest.report, { failed: 0, refused: 0 })
  const users = await world.client().users()
  const left = await world.credentials()
  for (const one of world.accounts) {
    const found = users.find(user => user.username === one.login)
    t.ok(found, one.login)
    const password =
      cut.passwords.get(one.login) ??
      rest.passwords.get(one.login) ??
      left.find(credential => credential.login === one.login)?.password
    t.ok(await world.canLogIn(one.login, password ?? ''), `${one.login} has a password that somebody knows`)
  }
})
