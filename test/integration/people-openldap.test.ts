import t, { type Test } from 'tap'
import { parseLdapFilter } from '../../src/configdb/schema/ldap-filter.js'
import type { ProviderSettings } from '../../src/configdb/settings.js'
import { createProvider } from '../../src/directory/provider.js'
import { World } from '../people/people-world.js'
import { skipWithoutHost, startHost } from '../support/host/host.js'
import { type Mattermost, needsStandIn, startMattermost } from '../support/mattermost/start.js'
import { providerSettings } from '../support/provider-settings.js'
import {
  entryLdif,
  type Person,
  personLdif,
  type Slapd,
  serviceOnlyAcl,
  startSlapd,
} from '../support/slapd.js'

const baseDn = 'dc=directory,dc=nh'
const people = `ou=People,${baseDn}`
const sales = `ou=Sales,${people}`
const readers = `cn=sales-readers,ou=Groups,${baseDn}`
const HOUR = 3_600_000

/** The branch Sales is read only by the members of a group, which a test can empty. */
const acl = `access to dn.subtree="${sales}"
  by group/groupOfNames/member.exact="${readers}" read
  by * none
${serviceOnlyAcl}`

function person(uid: string, more: Partial<Person> = {}): Person {
  return { uid, cn: uid, sn: uid, mails: [`${uid}@example.org`], password: 'x', ...more }
}

function entries(all: Person[], parent = people): string {
  return all.map(one => personLdif(one, parent)).join('')
}

interface Site {
  hostState: World
  slapd: Slapd
  clock: { ms: number }
}

/** A site that follows a real OpenLDAP, with an administrator by hand; everybody there is created. */
async function following(t: Test, users: string, expected: number): Promise<Site> {
  const site = await beforeFirstRun(t, users)
  t.match(await site.hostState.service.syncAll(), { created: expected, failed: 0, held: 0 })
  return site
}

async function beforeFirstRun(t: Test, users: string): Promise<Site> {
  const host = await startHost(t, { systemd: false, network: 'shared' })
  const branch = entryLdif(sales, { objectClass: 'organizationalUnit', ou: 'Sales' })
  const group = entryLdif(readers, {
    objectClass: 'groupOfNames',
    cn: 'sales-readers',
    member: `cn=ldapservice,${baseDn}`,
  })
  const slapd = await startSlapd(t, host, { users: branch + group + users, acl, tls: false })
  const server: Mattermost = await startMattermost(t, { config: { TeamSettings: { MaxUsersPerTeam: 1000 } } })
  const hostState = new World(t, server)
  const clock = { ms: Date.now() }
  hostState.now = () => new Date(clock.ms)
  const root = { username: 'root', email: 'root@example.org', password: 'Password,1234' }
  await hostState.client().createUser({ ...root, first_name: '', last_name: '', position: '' })
  follow(hostState, slapd, clock)
  hostState.mattermost = { userSync: 'full', maxCreate: 1000 }
  await hostState.service.confirm()
  return { hostState, slapd, clock }
}

function follow(
  hostState: World,
  slapd: Slapd,
  clock: { ms: number },
  over: Partial<ProviderSettings> = {},
): void {
  const settings = providerSettings({
    uri: slapd.uri,
    baseDn: slapd.baseDn,
    userDn: slapd.userDn,
    groupDn: slapd.groupDn,
    bindDn: slapd.bindDn,
    bindPassword: slapd.bindPassword,
    pageSize: 20,
    ...over,
  })
  hostState.directory = createProvider(settings, {
    below: path => path,
    readSecret: async () => undefined,
    now: () => clock.ms,
    timeoutMs: 5_000,
  })
}

const dn = (uid: string, parent = people) => `uid=${uid},${parent}`
const rename = (uid: string, to: string) =>
  `dn: ${dn(uid)}\nchangetype: modrdn\nnewrdn: uid=${to}\ndeleteoldrdn: 1\n\n`
const replace = (uid: string, name: string, ...values: string[]) =>
  `dn: ${dn(uid)}\nchangetype: modify\nreplace: ${name}\n${values.map(value => `${name}: ${value}\n`).join('')}-\n\n`

t.test('a person’s life in OpenLDAP is followed', skipWithoutHost(), async t => {
  const first = [
    person('ann'),
    person('bob'),
    person('carl', { mails: ['z@x.test', 'a@x.test'] }),
    person('Jörg Müller', { mails: ['j@x.test'] }),
    person('dora'),
  ]
  const { hostState, slapd, clock } = await following(t, entries(first), 5)
  const userOf = (username: string) => hostState.client().userByUsername(username)
  const ids = Object.fromEntries(
    await Promise.all(
      ['ann', 'bob', 'carl', 'dora'].map(async name => [name, (await userOf(name))?.id ?? '']),
    ),
  ) as Record<string, string>

  await t.test('odd names; two mail values in either order', async t => {
    t.match(await userOf('jorg.muller'), { email: 'j@x.test' })
    t.match(await userOf('carl'), { email: 'a@x.test' })
    await slapd.modify(replace('carl', 'mail', 'a@x.test', 'z@x.test'))
    t.match(await hostState.service.syncAll(), { updated: 0 })
    await slapd.modify(replace('carl', 'mail', 'z@x.test'))
    t.match(await hostState.service.syncAll(), { updated: 1 })
    t.match(await userOf('carl'), { email: 'z@x.test' })
  })

  await t.test('rename and swap', async t => {
    await slapd.modify(rename('carl', 'karl'))
    t.match(await hostState.sync('karl'), /^done: renamed 'carl' becomes 'karl'/)
    for (const [from, to] of [
      ['ann', 'swap'],
      ['bob', 'ann'],
      ['swap', 'bob'],
    ] as const)
      await slapd.modify(rename(from, to))
    await slapd.modify(replace('ann', 'mail', 'ann@example.org') + replace('bob', 'mail', 'bob@example.org'))
    const report = await hostState.service.syncAll()
    t.match(report, { renamed: 2, failed: 0 })
    t.match(await userOf('bob'), { id: ids.ann })
    t.match(await userOf('ann'), { id: ids.bob })
    // Their addresses go round in a circle: that is told, and left to a hand.
    t.match(await userOf('bob'), { email: 'ann@example.org' })
    t.match(
      (await hostState.service.planAll()).plan.filter(one => one.kind === 'refuse').map(one => one.reason),
      [
        /e-mail address ann@example\.org is taken by 'bob'/,
        /e-mail address bob@example\.org is taken by 'ann'/,
      ],
    )
    await slapd.modify(replace('ann', 'mail', 'bob@example.org') + replace('bob', 'mail', 'ann@example.org'))
    t.match(await hostState.service.syncAll(), { refused: 0, skipped: 5 })
  })

  await t.test('lock, unlock, expire', async t => {
    await slapd.modify(replace('dora', 'userPassword', '{CRYPT}!x'))
    t.match(await hostState.lock('dora'), /deactivated 'dora' \(locked in the directory\)/)
    await slapd.modify(replace('dora', 'userPassword', '{CRYPT}x'))
    t.match(await hostState.sync('dora'), /^done: reactivated 'dora'/)
    await slapd.modify(replace('dora', 'shadowLastChange', '100') + replace('dora', 'shadowMax', '90'))
    t.match(
      await hostState.service.syncAll(),
      { deactivated: 0 },
      'an expired password is not an ended account',
    )
    const day = Math.floor(clock.ms / 86_400_000)
    await slapd.modify(replace('dora', 'shadowExpire', String(day + 1)))
    t.match(await hostState.service.syncAll(), { deactivated: 0 })
    clock.ms += 3 * 24 * HOUR
    t.match(await hostState.service.syncAll(), { deactivated: 1 }, 'no entry has changed, only the day')
    await slapd.modify(replace('dora', 'shadowExpire', String(day + 1000)))
    t.match(await hostState.service.syncAll(), { reactivated: 1 })
  })

  await t.test('deleted, and made again with the same name', async t => {
    await slapd.delete(dn('dora'))
    t.match(await hostState.delete('dora'), /^done: deactivated 'dora'/)
    await slapd.add(entries([person('dora')]))
    t.match(
      await hostState.sync('dora'),
      /^failed: .*belongs to another account of the directory, of a former person/,
    )
    t.match(await hostState.client().userById(ids.dora ?? ''), { username: 'dora' })
    await slapd.delete(dn('dora'))
  })

  await t.test('two accounts that map to one username', async t => {
    await slapd.add(
      entries([
        person('eve.x', { mails: ['e1@x.test'] }),
        person('Eve X', { mails: ['e2@x.test'] }),
        person('ünal', { mails: ['u1@x.test'] }),
        person('ùnal', { mails: ['u2@x.test'] }),
      ]),
    )
    const report = await hostState.service.syncAll()
    t.match(report, { created: 1, refused: 3 })
    t.match(await userOf('eve.x'), { email: 'e1@x.test' })
    t.equal(await userOf('unal'), undefined)
    for (const uid of ['eve.x', 'Eve X', 'ünal', 'ùnal']) await slapd.delete(dn(uid))
  })

  await t.test('moved out of the filter: gone, after a day and two reads', async t => {
    const hidden = { filter: undefined, filterText: '', groups: [], exclude: ['karl'] }
    follow(hostState, slapd, clock, { selection: hidden })
    await hostState.service.syncUsers({ confirm: true })
    clock.ms += 25 * HOUR
    t.match(await hostState.service.syncAll(), { deactivated: 1, held: 0 }, 'Eve has been deleted above')
    t.match(await userOf('karl'), { delete_at: 0 }, 'whom ExcludeUsers names is hidden, not gone')

    const filterText = '(!(employeeType=left))'
    const parsed = parseLdapFilter(filterText)
    if ('wrong' in parsed) throw new Error(parsed.wrong)
    follow(hostState, slapd, clock, {
      selection: { filter: parsed.filter, filterText, groups: [], exclude: [] },
    })
    await t.rejects(
      hostState.service.syncAll(),
      { code: 'settings.notAdopted' },
      'another filter is confirmed anew',
    )
    t.match(await hostState.service.syncUsers({ confirm: true }), { report: { deactivated: 0, held: 0 } })
    await slapd.modify(replace('karl', 'employeeType', 'left'))
    t.match(await hostState.service.syncAll(), { deactivated: 0, held: 1 })
    clock.ms += 25 * HOUR
    t.match(await hostState.service.syncAll(), { deactivated: 1, held: 0 })
    await slapd.modify(replace('karl', 'employeeType', 'here'))
    t.match(await hostState.service.syncAll(), { reactivated: 1 })
  })
})

t.test('a branch that cannot be read any more changes nobody', skipWithoutHost(), async t => {
  const staff = Array.from({ length: 30 }, (_, n) => person(`s${n}`))
  const some = Array.from({ length: 70 }, (_, n) => person(`p${n}`))
  const { hostState, slapd, clock } = await following(t, entries(some) + entries(staff, sales), 100)
  await slapd.modify(
    `dn: ${readers}\nchangetype: modify\nreplace: member\nmember: cn=nobody,${baseDn}\n-\n\n`,
  )
  t.match(await hostState.service.syncAll(), { deactivated: 0, held: 30 })
  clock.ms += 25 * HOUR
  const later = await hostState.service.syncAll()
  t.match(later, { deactivated: 0, held: 30 })
  t.match(later.waits[0], /30 people are gone, more than MaxDeactivate lets through in an hour \(5\)/)
  await slapd.modify(
    `dn: ${readers}\nchangetype: modify\nreplace: member\nmember: cn=ldapservice,${baseDn}\n-\n\n`,
  )
  t.match(await hostState.service.syncAll(), { deactivated: 0, held: 0, skipped: 100 })

  await t.test('a server that stops changes nobody', async t => {
    await slapd.stop()
    clock.ms += 25 * HOUR
    await t.rejects(hostState.service.syncAll(), { code: 'directory.unreachable' })
    await slapd.start()
    t.match(await hostState.service.syncAll(), { deactivated: 0, held: 0, skipped: 100 })
  })

  await t.test('a directory made anew, with other ids for all', async t => {
    for (const one of some) await slapd.delete(dn(one.uid))
    await slapd.add(entries(some))
    const report = await hostState.service.syncAll()
    t.match(report, { created: 0, deactivated: 0 })
    t.match(report.problems.join('\n'), /70 of 100 linked people have another id .*teamchat users relink/)
    t.equal((await hostState.client().users()).filter(user => user.delete_at === 0).length, 101)
  })
})

t.test('300 people for 250 seats, and a server that is killed in the middle', skipWithoutHost(), async t => {
  if (!needsStandIn(t)) return
  const all = Array.from({ length: 300 }, (_, n) => person(`p${String(n).padStart(3, '0')}`))
  const { hostState, slapd } = await beforeFirstRun(t, entries(all))
  let created = 0
  let killed: Promise<void> | undefined
  hostState.onLog = line => {
    if (line.startsWith('created a user')) created += 1
    if (created === 60) killed ??= hostState.server.kill()
  }
  await t.rejects(hostState.service.syncAll(), { code: 'mattermost.unreachable' })
  await killed
  await hostState.server.start()
  const report = await hostState.service.syncAll()
  const ours = async () =>
    (await hostState.client().users()).filter(user => user.delete_at === 0 && user.username !== 'root')
  t.equal((await ours()).length, 249, 'with the administrator all seats')
  t.match(report, { failed: 51, refused: 0 })
  t.match(report.problems[0], /250 active users.*: no seat is left|p249: the server's limit of active users/)
  t.same(
    (await ours()).map(user => user.username).sort(),
    all.slice(0, 249).map(one => one.uid),
    'who comes first by name is in',
  )
  for (const { login, password } of (await hostState.credentials()).slice(50, 70))
    t.ok(await hostState.canLogIn(login, password), `${login} has the password that is kept`)
  t.equal((await hostState.credentials()).length, 249)

  await slapd.delete(dn('p007'))
  t.match(await hostState.delete('p007'), /^done: deactivated/)
  t.match(await hostState.service.syncAll(), { created: 1, failed: 50 })
  t.ok(await hostState.client().userByUsername('p249'))
})
