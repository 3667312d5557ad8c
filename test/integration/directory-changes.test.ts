import t, { type Test } from 'tap'
import { FollowCounter } from '../../src/app/follow.js'
import { Work } from '../../src/app/work.js'
import type { ProviderSettings } from '../../src/configdb/settings.js'
import type { ChangesRead } from '../../src/directory/account.js'
import type { AccountProvider } from '../../src/directory/account-provider.js'
import type { SrvRecord } from '../../src/directory/active-directory/domain-controllers.js'
import type { ChangeMark } from '../../src/directory/change-mark.js'
import { createProvider } from '../../src/directory/provider.js'
import { SerialQueue } from '../../src/system/concurrency/serial-queue.js'
import type { Logger } from '../../src/system/log.js'
import { World } from '../people/people-world.js'
import { skipWithoutHost, startHost } from '../support/host/host.js'
import { startMattermost } from '../support/mattermost/start.js'
import { providerSettings } from '../support/provider-settings.js'
import { adPersonLdif, type SambaDc, sambaPackages, startSambaDc } from '../support/samba.js'
import {
  entryLdif,
  type Person,
  personLdif,
  type Slapd,
  type SlapdOptions,
  startSlapd,
} from '../support/slapd.js'

const people = 'ou=People,dc=directory,dc=nh'
const groups = 'ou=Groups,dc=directory,dc=nh'
const dn = (uid: string) => `uid=${uid},${people}`
const person = (uid: string, more: Partial<Person> = {}) =>
  personLdif({ uid, cn: uid, sn: uid, mails: [`${uid}@example.org`], password: 'x', ...more }, people)
const replace = (uid: string, name: string, value: string) =>
  `dn: ${dn(uid)}\nchangetype: modify\nreplace: ${name}\n${name}: ${value}\n-\n\n`

/** The daemon's way from the counter to Mattermost, with a clock of its own; `look` is one tick. */
async function following(t: Test, provider: AccountProvider, clock: { ms: number }) {
  const hostState = new World(t, await startMattermost(t))
  hostState.now = () => new Date(clock.ms)
  const root = { username: 'root', email: 'root@example.org', password: 'Password,1234' }
  await hostState.client().createUser({ ...root, first_name: '', last_name: '', position: '' })
  hostState.directory = provider
  hostState.mattermost = { userSync: 'full', maxCreate: 1000 }
  await hostState.service.confirm()
  const queues = { settings: new SerialQueue(), people: new SerialQueue() }
  const { signal } = new AbortController()
  const runs: string[] = []
  const log = { info: () => {}, warn: () => {}, error: (_: object, line: string) => t.fail(line) }
  const work = new Work({
    queues,
    source: { current: async () => hostState.settings() },
    settings: {
      run: () => Promise.reject(new Error('no settings here')),
      owesActions: () => false,
      renewedCertificate: async () => undefined,
    },
    events: { run: async () => undefined, wake: () => {} },
    pause: { read: async () => undefined },
    people: {
      syncAll: signal => {
        runs.push('everybody')
        return hostState.service.syncAll(signal)
      },
      syncChanges: async signal => {
        const outcome = await hostState.service.syncChanges(signal)
        const { everybody, report } = outcome
        runs.push(everybody ? 'changes: everybody' : report === undefined ? 'changes: nobody' : 'changes')
        return outcome
      },
      reconcile: async () => {},
      credentials: hostState.service.credentials,
    },
    log: log as unknown as Logger,
    signal,
  })
  const counter = new FollowCounter({
    settings: async () => hostState.settings(),
    provider: () => provider,
    followed: hostState.service.followed,
    found: step => work.directoryMoved(step),
    now: () => clock.ms,
    signal,
  })
  t.teardown(() => counter.stop())
  async function look(): Promise<string[]> {
    runs.length = 0
    clock.ms += 5000
    await counter.look()
    await queues.people.run('wait', async () => undefined)
    return [...runs]
  }
  const userOf = (username: string) => hostState.client().userByUsername(username)
  return { hostState, look, userOf }
}

function openLdap(slapd: Slapd, now: () => number, over: Partial<ProviderSettings> = {}): AccountProvider {
  return providerOf(
    {
      provider: 'ldap',
      uri: slapd.uri,
      baseDn: slapd.baseDn,
      userDn: slapd.userDn,
      groupDn: slapd.groupDn,
      bindDn: slapd.bindDn,
      bindPassword: slapd.bindPassword,
      ...over,
    },
    now,
  )
}

function providerOf(
  over: Partial<ProviderSettings>,
  now: () => number,
  resolveSrv?: (name: string) => Promise<SrvRecord[]>,
): AccountProvider {
  const settings = providerSettings({
    pageSize: 50,
    ...over,
  })
  return createProvider(settings, {
    below: path => path,
    readSecret: async () => undefined,
    now,
    timeoutMs: 10_000,
    ...(resolveSrv === undefined ? {} : { resolveSrv }),
  })
}

async function withSlapd(t: Test, options: SlapdOptions): Promise<Slapd> {
  const host = await startHost(t, { systemd: false, network: 'shared' })
  return startSlapd(t, host, { tls: false, ...options })
}

t.test(
  'OpenLDAP: a change is in Mattermost at the next look, without any event',
  skipWithoutHost(),
  async t => {
    const clock = { ms: Date.now() }
    const slapd = await withSlapd(t, { users: person('ann') + person('bob') + person('carl') })
    const { hostState, look, userOf } = await following(
      t,
      openLdap(slapd, () => clock.ms),
      clock,
    )
    t.same(await look(), ['everybody'], 'a start')
    t.ok(await userOf('ann'))
    t.same(await look(), [])

    await slapd.add(person('dora'))
    t.same(await look(), ['changes: everybody'], 'the first change after slapadd brings a SID of its own')
    t.ok(await userOf('dora'))
    t.same(await look(), [])

    await t.test('new, changed, renamed, locked', async t => {
      await slapd.add(person('emil'))
      await slapd.modify(replace('ann', 'title', 'Teacher'))
      await slapd.modify(replace('bob', 'userPassword', '{CRYPT}!x'))
      await slapd.modify(`dn: ${dn('carl')}\nchangetype: modrdn\nnewrdn: uid=karl\ndeleteoldrdn: 1\n\n`)
      t.same(await look(), ['changes'], 'all of it is one run')
      t.ok(await userOf('emil'))
      t.match(await userOf('ann'), { position: 'Teacher' })
      t.not((await userOf('bob'))?.delete_at, 0)
      t.ok(await userOf('karl'))
      t.same(await look(), [])
      await slapd.modify(replace('bob', 'userPassword', '{CRYPT}x'))
      t.same(await look(), ['changes'])
      t.match(await userOf('bob'), { delete_at: 0 })
    })

    await t.test('a change that concerns nobody', async t => {
      await slapd.modify(replace('ann', 'description', 'x'))
      t.same(await look(), ['changes: nobody'])
      clock.ms += 60_000
      t.same(await look(), ['changes: nobody'], 'the list that was owed since')
      t.same(await look(), [])
    })

    await t.test('gone: seen in the list of ids, which comes at most once a minute', async t => {
      clock.ms += 60_000
      await slapd.delete(dn('emil'))
      t.same(await look(), ['changes: everybody'])
      const { links } = await hostState.service.status()
      t.equal(links, 5)
      await slapd.delete(dn('dora'))
      t.same(await look(), ['changes: nobody'], 'too early for a list')
      t.same(await look(), [])
      clock.ms += 60_000
      t.same(await look(), ['changes: everybody'])
      t.match(await hostState.service.status(), { following: { by: 'counter', trouble: undefined } })
      t.match(await userOf('emil'), { delete_at: 0 }, 'GoneAfter counts all the same')
    })

    await t.test('a server that restarts changes nobody, and is followed again', async t => {
      await slapd.stop()
      t.same(await look(), [])
      t.match(await hostState.service.status(), { following: { trouble: { message: /cannot reach/ } } })
      await slapd.start()
      await slapd.modify(replace('ann', 'title', 'Head'))
      t.same(await look(), ['changes'])
      t.match(await userOf('ann'), { position: 'Head' })
      t.equal((await hostState.service.status()).following?.trouble, undefined)
    })

    await t.test('a person that Mattermost is down for comes later', async t => {
      hostState.wrapClient = () => {
        throw new Error('down')
      }
      await slapd.add(person('fay'))
      t.same(await look(), [])
      hostState.wrapClient = client => client
      t.same(await look(), ['changes'])
      t.ok(await userOf('fay'))
    })
  },
)

t.test('OpenLDAP: who joins or leaves a group', skipWithoutHost(), async t => {
  const clock = { ms: Date.now() }
  const group = entryLdif(`cn=chat,${groups}`, {
    objectClass: 'posixGroup',
    cn: 'chat',
    gidNumber: '7',
    memberUid: ['ann', 'bob'],
  })
  const slapd = await withSlapd(t, { users: person('ann') + person('bob') + person('carl') + group })
  const selection = { filter: undefined, filterText: '', groups: ['chat'], exclude: [] }
  const provider = openLdap(slapd, () => clock.ms, { selection })
  const { hostState, look, userOf } = await following(t, provider, clock)
  await look()
  await slapd.modify(replace('carl', 'title', 'x'))
  t.same(await look(), ['changes: everybody'])
  t.equal(await userOf('carl'), undefined)
  clock.ms += 60_000
  await slapd.modify(`dn: cn=chat,${groups}\nchangetype: modify\nadd: memberUid\nmemberUid: carl\n-\n\n`)
  t.same(await look(), ['changes'])
  t.ok(await userOf('carl'))
  clock.ms += 60_000
  await slapd.modify(`dn: cn=chat,${groups}\nchangetype: modify\ndelete: memberUid\nmemberUid: ann\n-\n\n`)
  hostState.mattermost = { ...hostState.mattermost, goneAfterMs: 600_000 }
  t.same(await look(), ['changes: everybody'])
  const plan = (await hostState.service.planAll()).plan
  t.match(
    plan.find(({ login }) => login === 'ann'),
    { kind: 'hold', reason: /no longer in the directory/ },
  )
  t.same(await look(), [])
  clock.ms += 600_000
  t.same(await look(), ['everybody'], 'GoneAfter is over: that changes no entry')
  t.not((await userOf('ann'))?.delete_at, 0)
})

t.test(
  'OpenLDAP without syncprov: everybody at SyncInterval, and that is said',
  skipWithoutHost(),
  async t => {
    const clock = { ms: Date.now() }
    const slapd = await withSlapd(t, { users: person('ann'), syncprov: false })
    const { hostState, look, userOf } = await following(
      t,
      openLdap(slapd, () => clock.ms),
      clock,
    )
    t.same(await look(), ['everybody'])
    await slapd.add(person('bob'))
    t.same(await look(), [])
    clock.ms += 60_000
    t.same(await look(), ['everybody'])
    t.ok(await userOf('bob'))
    t.match(await hostState.service.status(), { following: { by: 'reading', reason: /no overlay syncprov/ } })
  },
)

t.test('OpenLDAP: hidden entryCSN means reading everybody', skipWithoutHost(), async t => {
  const acl = 'access to attrs=entryCSN by * none\naccess to * by * read'
  const slapd = await withSlapd(t, { users: person('ann'), acl })
  const provider = openLdap(slapd, Date.now)
  const first = await markOf(provider)
  await slapd.modify(replace('ann', 'title', 'x'))
  await provider.changes?.readSince(first, { list: false })
  const second = await markOf(provider)
  await slapd.modify(replace('ann', 'title', 'y'))
  t.match(await provider.changes?.readSince(second, { list: false }), {
    kind: 'unknown',
    reason: /does not show entryCSN/,
  })
})

t.test('Active Directory: the counter, what changed, and another controller', skipWithoutHost(), async t => {
  const host = await startHost(t, { systemd: false, network: 'shared', packages: sambaPackages })
  const dc = await startSambaDc(t, host, {
    ldif: adPersonLdif({ login: 'ann' }) + adPersonLdif({ login: 'bob' }),
  })
  const provider = activeDirectory(dc)
  const mark = await markOf(provider)
  t.match(mark, { kind: 'usn', url: /^ldaps:/, server: /^[0-9a-f-]{36}$/ })
  t.match(await changesSince(provider, mark), { kind: 'changes', accounts: [] })

  await dc.modify(`dn: CN=ann,CN=Users,${dc.baseDn}\nchangetype: modify\nreplace: title\ntitle: Teacher\n\n`)
  await dc.add(adPersonLdif({ login: 'carl' }))
  const changes = await changesSince(provider, mark, true)
  t.same(
    changes.accounts.map(({ login, title }) => [login, title]),
    [
      ['ann', 'Teacher'],
      ['carl', ''],
    ],
  )
  t.equal(changes.locksKnown, true)
  const { accounts } = await provider.readAll()
  t.same([...(changes.ids ?? [])].sort(), accounts.map(({ id }) => id).sort())

  await dc.tool(['user', 'disable', 'bob'])
  const disabled = await changesSince(provider, changes.mark)
  t.match(disabled.accounts, [{ login: 'bob', locked: true }])
  await dc.tool(['user', 'delete', 'carl'])
  const gone = await changesSince(provider, disabled.mark, true)
  t.same([gone.accounts, gone.ids?.size], [[], (changes.ids?.size ?? 0) - 1])

  await t.test('the whole way to Mattermost', async t => {
    const clock = { ms: Date.now() }
    const { hostState, look, userOf } = await following(t, provider, clock)
    t.same(await look(), ['everybody'])
    await dc.add(adPersonLdif({ login: 'dora', attributes: { mail: 'dora@nh.test' } }))
    t.same(await look(), ['changes'])
    t.ok(await userOf('dora'))
    t.same(await look(), [])
    t.match(await hostState.service.status(), { following: { by: 'counter' } })
  })

  const other = { ...gone.mark, server: 'somebody else' } as ChangeMark
  t.match(await provider.changes?.readSince(other, { list: false }), {
    kind: 'unknown',
    reason: /another server/,
  })

  await t.test('of several controllers the same one is asked again, while it lives', async t => {
    await dc.stop()
    const second = await startSambaDc(t, host, { copyOf: dc })
    await dc.start()
    const urls = [dc, second].map(one => `${one.ldapsUri}:636`)
    const both = activeDirectory(dc, async () =>
      [dc, second].map(({ address }, n) => ({ name: address, port: 389, priority: n, weight: 1 })),
    )
    const first = await markOf(both)
    t.match(first, { url: urls[0] }, 'by priority')
    const there = { ...first, url: urls[1] } as ChangeMark
    t.match((await both.readAll(undefined, { after: there })).mark, { url: urls[1] })
    const line = await both.changes?.openCounter(there)
    t.equal(line?.url, urls[1])
    t.match(await line?.read(), { kind: 'usn', url: urls[1] })
    await line?.close()
    await second.stop()
    t.match((await both.readAll(undefined, { after: there })).mark, { url: urls[0] })
  })

  await t.test('two controllers that count for themselves', async t => {
    await dc.stop()
    const second = await startSambaDc(t, host, { copyOf: dc, ownInvocation: true })
    await dc.start()
    const urls = [dc, second].map(one => `${one.ldapsUri}:636`)
    const both = activeDirectory(dc, async () =>
      [dc, second].map(({ address }, n) => ({ name: address, port: 389, priority: n, weight: 1 })),
    )
    const clock = { ms: Date.now() }
    const { hostState, look, userOf } = await following(t, both, clock)
    t.same(await look(), ['everybody'])
    const here = await markOf(both)
    const there = await markOf(activeDirectory(second))
    t.match([here, there], [{ url: urls[0] }, { kind: 'usn', server: /^[0-9a-f-]{36}$/ }])
    t.not((here as { server?: string }).server, (there as { server?: string }).server)

    // Each has changes of its own; the second one's counter is behind the first one's, and stays so.
    const titled = (title: string) =>
      `dn: CN=bob,CN=Users,${dc.baseDn}\nchangetype: modify\nreplace: title\ntitle: ${title}\n\n`
    for (const title of ['One', 'Two', 'Three']) await dc.modify(titled(title))
    t.same(await look(), ['changes'])
    await second.modify(titled('Four'))
    await second.tool(['user', 'enable', 'bob'])
    await dc.stop()
    clock.ms += 60_000
    t.same(await look(), ['changes: everybody'], 'another one answers')
    t.match((await hostState.service.status()).following, { by: 'counter' })
    t.match(await userOf('bob'), { position: 'Four' }, 'nothing is missed, although its number is lower')
    t.same(await look(), [], 'and it is followed from then on')
    await second.modify(titled('Five'))
    t.same(await look(), ['changes'])
    t.match(await userOf('bob'), { position: 'Five' })

    // The first one is back: whoever is followed stays so.
    await dc.start()
    t.same(await look(), [])
  })
})

function activeDirectory(dc: SambaDc, resolveSrv?: (name: string) => Promise<SrvRecord[]>): AccountProvider {
  return providerOf(
    {
      provider: 'ad',
      uri: resolveSrv === undefined ? dc.ldapsUri : 'ldaps://ad.nh.test.invalid',
      baseDn: dc.baseDn,
      userDn: dc.baseDn,
      bindDn: dc.reader.upn,
      bindPassword: dc.reader.password,
      caFile: dc.caFile,
      activeDirectory: { realm: dc.realm, discover: resolveSrv === undefined ? 'ldapuri' : 'dns' },
    },
    Date.now,
    resolveSrv,
  )
}

async function markOf(provider: AccountProvider): Promise<ChangeMark> {
  const { mark } = await provider.readAll(undefined, { after: undefined })
  if (mark === undefined || mark.kind === 'none') throw new Error(mark?.reason ?? 'no mark')
  return mark
}

async function changesSince(
  provider: AccountProvider,
  mark: ChangeMark,
  list = false,
): Promise<Extract<ChangesRead, { kind: 'changes' }>> {
  const read = await provider.changes?.readSince(mark, { list })
  if (read?.kind !== 'changes') throw new Error(read?.reason ?? 'no changes')
  return read
}
