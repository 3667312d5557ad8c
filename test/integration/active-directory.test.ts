import { randomInt } from 'node:crypto'
import t, { type Test } from 'tap'
import type { ProviderSettings } from '../../src/configdb/settings.js'
import type { AccountProvider } from '../../src/directory/account-provider.js'
import type { SrvRecord } from '../../src/directory/active-directory/domain-controllers.js'
import { createProvider } from '../../src/directory/provider.js'
import { World } from '../people/people-world.js'
import { createAuthority, hostOpenssl } from '../support/certificates.js'
import { type Host, skipWithoutHost, startHost } from '../support/host/host.js'
import { startMattermost } from '../support/mattermost/start.js'
import { entryLdif } from '../support/person-ldif.js'
import { providerSettings } from '../support/provider-settings.js'
import { adPersonLdif, type SambaDc, sambaPackages, startSambaDc } from '../support/samba.js'

const baseDn = 'DC=ad,DC=nh,DC=test'
const staffDn = `OU=Staff,${baseDn}`
/** The moment that the provider takes for now. */
const now = Date.UTC(2026, 5, 15, 12)

/** 100 ns since 1601, as `accountExpires` has it. */
function filetime(ms: number): string {
  return String(BigInt(ms) * 10_000n + 116_444_736_000_000_000n)
}

/** Odd, but somebody has them. */
const staff = [
  {
    login: 'pluto',
    cn: 'Pluto Dog',
    password: 'Pluto,12345',
    attributes: {
      givenName: 'Pluto',
      sn: 'Dog',
      displayName: 'Pluto the Dog',
      title: 'Dog',
      mail: 'pluto@nh.test',
      proxyAddresses: ['smtp:a@nh.test', 'SMTP:B@nh.test', 'smtp:Pluto@nh.test', 'x400:c=x'],
    },
  },
  { login: 'alias', attributes: { proxyAddresses: ['smtp:a@alias.test', 'SMTP:z@alias.test'] } },
  {
    login: 'Jörg Müller',
    attributes: { sn: 'Müller', title: 'Hausmeister 🧹', mail: 'mueller@nh.test' },
  },
  { login: '日本', cn: '日本 太郎, Jr.' },
  { login: 'disabled', attributes: { userAccountControl: '546' } },
  { login: 'ended', attributes: { accountExpires: filetime(now) } },
  { login: 'ends-soon', attributes: { accountExpires: filetime(now + 1000) } },
  { login: 'never', attributes: { accountExpires: '0' } },
  { login: 'old-password', attributes: { pwdLastSet: '0' } },
  { login: 'it-s (all)' },
  { login: 'pc-7$' },
]
const staffLdif =
  entryLdif(staffDn, { objectClass: 'organizationalUnit', ou: 'Staff' }) +
  staff.map(person => adPersonLdif({ ...person, parentDn: staffDn })).join('')

function many(count: number): string {
  const person = (n: number) =>
    adPersonLdif({ login: `user${n}`, attributes: { mail: `user${n}@nh.test` }, parentDn: staffDn })
  return Array.from({ length: count }, (_, n) => person(n)).join('')
}

type Over = Partial<ProviderSettings>

function providerFor(
  dc: SambaDc,
  over: Over = {},
  resolveSrv?: (name: string) => Promise<SrvRecord[]>,
): AccountProvider {
  const settings = providerSettings({
    provider: 'ad',
    uri: dc.ldapsUri,
    baseDn,
    userDn: baseDn,
    bindDn: dc.reader.upn,
    bindPassword: dc.reader.password,
    caFile: dc.caFile,
    pageSize: 500,
    activeDirectory: { realm: dc.realm, discover: 'ldapuri' },
    ...over,
  })
  return createProvider(settings, {
    below: path => path,
    readSecret: async () => undefined,
    now: () => now,
    timeoutMs: 10_000,
    ...(resolveSrv === undefined ? {} : { resolveSrv }),
  })
}

async function withDomain(t: Test, ldif: string, body: (dc: SambaDc, host: Host) => Promise<void>) {
  const host = await startHost(t, { systemd: false, network: 'shared', packages: sambaPackages })
  await body(await startSambaDc(t, host, { ldif }), host)
}

t.test('a real domain', skipWithoutHost(), async t => {
  await withDomain(t, staffLdif + many(1201 - staff.length), async (dc, host) => {
    await t.test('everybody over several pages, on each transport and with each kind of bind', async t => {
      const over: Record<string, Over> = {
        'ldaps, UPN': {},
        'ldaps, DOMAIN\\user': { bindDn: dc.reader.downLevel },
        'ldaps, DN': { bindDn: dc.reader.dn },
        'StartTLS, UPN': { uri: dc.uri, startTls: true },
        'StartTLS, DOMAIN\\user': { uri: dc.uri, startTls: true, bindDn: dc.reader.downLevel },
        'small pages': { pageSize: 100 },
        'more than Windows gives': { pageSize: 5000 },
        'the OU alone': { userDn: staffDn },
      }
      const reads = new Set<string>()
      for (const [name, settings] of Object.entries(over)) {
        const { accounts, locksKnown } = await providerFor(dc, settings).readAll()
        const inStaff = accounts.filter(account => account.dn.endsWith(`,${staffDn}`))
        t.equal(inStaff.length, 1201, name)
        t.equal(new Set(inStaff.map(account => account.id)).size, 1201, name)
        t.equal(locksKnown, true, name)
        reads.add(JSON.stringify(inStaff))
      }
      t.equal(reads.size, 1, 'always the same')
    })

    await t.test('what becomes of the entries', async t => {
      const { accounts } = await providerFor(dc).readAll()
      const expected: Record<string, object> = {
        pluto: {
          dn: `CN=Pluto Dog,${staffDn}`,
          mails: ['pluto@nh.test', 'B@nh.test', 'a@nh.test'],
          givenName: 'Pluto',
          surname: 'Dog',
          displayName: 'Pluto the Dog',
          title: 'Dog',
          locked: false,
          expired: false,
          system: false,
        },
        alias: { mails: ['z@alias.test', 'a@alias.test'], displayName: 'alias' },
        'Jörg Müller': { surname: 'Müller', title: 'Hausmeister 🧹' },
        日本: { displayName: '日本 太郎, Jr.', mails: [] },
        disabled: { locked: true, expired: false },
        ended: { locked: false, expired: true },
        'ends-soon': { expired: false },
        never: { expired: false },
        'old-password': { locked: false, expired: false, passwordExpired: true },
        'it-s (all)': { system: false },
        'pc-7$': { system: true },
        Administrator: { system: true },
        Guest: { system: true, locked: true },
        krbtgt: { system: true, locked: true },
        'dns-dc1': { system: true },
        reader: { system: false },
      }
      for (const [login, account] of Object.entries(expected)) {
        const found = accounts.find(candidate => candidate.login === login)
        t.match(found, { id: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, ...account }, login)
      }
      const shown = (await dc.tool(['user', 'show', 'pluto', '--attributes=objectGUID'])).stdout
      t.match(
        shown,
        accounts.find(account => account.login === 'pluto')?.id,
        'as the tools of the domain show it',
      )
    })

    await t.test("the domain's own tools: disabled, expired, renamed administrator", async t => {
      const state = async (login: string) =>
        (await providerFor(dc).readNamed({ logins: [login], ids: [] })).accounts[0]
      await dc.tool(['user', 'disable', 'user1'])
      t.match(await state('user1'), { locked: true })
      await dc.tool(['user', 'enable', 'user1'])
      t.match(await state('user1'), { locked: false })
      await dc.tool(['user', 'setexpiry', 'user1', '--days=1'])
      const tomorrow = providerFor(dc)
      t.match((await tomorrow.readNamed({ logins: ['user1'], ids: [] })).accounts[0], { locked: false })
      await dc.tool(['user', 'setexpiry', 'user1', '--noexpiry'])
      t.match(await state('user1'), { expired: false })
      await dc.modify(
        `dn: CN=Administrator,CN=Users,${baseDn}\nchangetype: modify\nreplace: sAMAccountName\nsAMAccountName: chef\n`,
      )
      t.match(await state('chef'), { system: true }, 'whatever it is called')
    })

    await t.test('named people', async t => {
      const provider = providerFor(dc)
      const [pluto] = (await provider.readNamed({ logins: ['PLUTO'], ids: [] })).accounts
      const id = pluto?.id ?? ''
      const cases: { name: string; logins: string[]; ids: string[]; found: string[]; base?: string }[] = [
        { name: 'by name', logins: ['pluto'], ids: [], found: ['pluto'] },
        { name: 'UTF-8 in another case', logins: ['jörg müller'], ids: [], found: ['Jörg Müller'] },
        { name: 'without its accents', logins: ['jorg muller'], ids: [], found: [] },
        { name: 'by id', logins: [], ids: [id.toUpperCase()], found: ['pluto'] },
        { name: 'both, the same', logins: ['pluto'], ids: [id], found: ['pluto'] },
        { name: 'nobody', logins: ['daisy'], ids: ['00000000-0000-0000-0000-000000000000'], found: [] },
        {
          name: 'characters of filters',
          logins: ['it-s (all)', '*', '*)(objectClass=*'],
          ids: ['*'],
          found: ['it-s (all)'],
        },
        { name: 'nothing asked', logins: [], ids: [], found: [] },
      ]
      for (const { name, logins, ids, found } of cases) {
        const read = await provider.readNamed({ logins, ids })
        t.strictSame(
          read.accounts.map(({ login }) => login),
          found,
          name,
        )
        t.match(read, { othersSeen: true, locksKnown: true }, name)
      }
      const usersDn = `CN=Users,${baseDn}`
      const alone = await providerFor(dc, { userDn: usersDn }).readNamed({ logins: ['reader'], ids: [] })
      t.match(alone, { accounts: [{ login: 'reader' }], othersSeen: false }, 'system accounts prove nothing')

      const rename = ['changetype: modify', 'replace: sAMAccountName', 'sAMAccountName: pluto2']
      await dc.modify(`dn: CN=Pluto Dog,${staffDn}\n${rename.join('\n')}\n`)
      t.match((await provider.readNamed({ logins: ['pluto'], ids: [id] })).accounts, [
        { id, login: 'pluto2' },
      ])
      await dc.modify(`dn: CN=Pluto Dog,${staffDn}\n${rename.join('\n').replace('pluto2', 'pluto')}\n`)
    })

    await t.test('groups: within groups, primary ones, in their order', async t => {
      const group = (name: string, members: string[]) =>
        entryLdif(`CN=${name},CN=Users,${baseDn}`, {
          objectClass: 'group',
          sAMAccountName: `${name} of ours`,
          member: members,
        })
      const pluto = `CN=Pluto Dog,${staffDn}`
      await dc.add(
        group('Inner', [pluto]) +
          group('Outer', [`CN=Inner,CN=Users,${baseDn}`, `CN=alias,${staffDn}`]) +
          group('Everybody', [`CN=Domain Users,CN=Users,${baseDn}`]),
      )
      // A circle.
      await dc.modify(
        `dn: CN=Inner,CN=Users,${baseDn}\nchangetype: modify\nadd: member\nmember: CN=Outer,CN=Users,${baseDn}\n`,
      )
      const inGroups = async (groups: string[]) => {
        const selection = { filter: undefined, filterText: '', groups, exclude: [] }
        const provider = providerFor(dc, { selection })
        const { accounts } = await provider.readAll()
        const named = await provider.readNamed({ logins: ['pluto'], ids: [] })
        t.equal(named.accounts[0]?.login, 'pluto')
        return accounts.map(({ login, groupOrder }) => `${login} ${groupOrder}`)
      }
      t.strictSame(await inGroups(['Inner']), ['alias 0', 'pluto 0'])
      t.strictSame(await inGroups(['Outer of ours']), ['alias 0', 'pluto 0'])
      const ordered = await inGroups(['outer', `CN=Everybody,CN=Users,${baseDn}`])
      t.ok(['pluto 0', 'alias 0', 'user1 1'].every(line => ordered.includes(line)))
      const { accounts } = await providerFor(dc).readAll()
      t.ok(ordered.length > 200 && ordered.length <= accounts.length, 'primary group of everybody')
      await t.rejects(inGroups(['No such group']), {
        code: 'directory.invalid',
        message: /cannot find the group "No such group" below DC=ad,DC=nh,DC=test/i,
      })
    })

    await t.test('what goes wrong, in words', async t => {
      await dc.add(
        ['off', 'over', 'change'].map(login => adPersonLdif({ login, password: 'Pass,12345' })).join('') +
          entryLdif(`OU=Empty,${baseDn}`, { objectClass: 'organizationalUnit', ou: 'Empty' }),
      )
      await dc.tool(['user', 'disable', 'off'])
      const past = ['changetype: modify', 'replace: accountExpires', `accountExpires: ${filetime(now)}`]
      await dc.modify(`dn: CN=over,CN=Users,${baseDn}\n${past.join('\n').replace(filetime(now), '1')}\n`)
      await dc.modify(
        `dn: CN=change,CN=Users,${baseDn}\nchangetype: modify\nreplace: pwdLastSet\npwdLastSet: 0\n`,
      )
      const otherCa = await createAuthority(hostOpenssl(host), `${host.shared}/other-ca`, 'other')
      const as = (login: string): Over => ({ bindDn: `${login}@ad.nh.test`, bindPassword: 'Pass,12345' })
      const cases: { name: string; over: Over; code: string; says: RegExp; hint: RegExp }[] = [
        {
          name: 'a plain bind',
          over: { uri: dc.uri },
          code: 'directory.bind',
          says: /as reader@ad\.nh\.test: the server wants an encrypted connection/,
          hint: /set sssd StartTls enabled, or use ldaps:\/\/ in sssd LdapURI/,
        },
        {
          name: 'a wrong password',
          over: { bindPassword: 'wrong-one' },
          code: 'directory.bind',
          says: /as reader@ad\.nh\.test: wrong password, or no such account/,
          hint: /teamchat config setprop sssd BindPassword -/,
        },
        {
          name: 'an account that does not exist',
          over: { bindDn: `${dc.workgroup}\\nobody` },
          code: 'directory.bind',
          says: /as ADNH\\nobody: wrong password, or no such account/,
          hint: /BindDN/,
        },
        {
          name: 'a disabled account',
          over: as('off'),
          code: 'directory.bind',
          says: /as off@ad\.nh\.test: the account is disabled/,
          hint: /mend the account/,
        },
        {
          name: 'an expired account',
          over: as('over'),
          code: 'directory.bind',
          says: /as over@ad\.nh\.test: the account has expired/,
          hint: /mend the account/,
        },
        {
          name: 'a password that must be changed',
          over: as('change'),
          code: 'directory.bind',
          says: /as change@ad\.nh\.test: the password of the account must be changed/,
          hint: /BindPassword/,
        },
        {
          name: 'no password',
          over: { bindPassword: '' },
          code: 'directory.bind',
          says: /no password is set/,
          hint: /BindPassword/,
        },
        {
          name: 'a CA that is not known',
          over: { caFile: '' },
          code: 'directory.unreachable',
          says: /its certificate is signed by an unknown CA/,
          hint: /CaFile/,
        },
        {
          name: 'another CA, with StartTLS',
          over: { caFile: otherCa.certFile, uri: dc.uri, startTls: true },
          code: 'directory.unreachable',
          says: /its certificate is signed by an unknown CA/,
          hint: /CaFile/,
        },
        {
          name: 'a base that does not exist',
          over: { userDn: `OU=Nobody,${baseDn}` },
          code: 'directory.empty',
          says: /OU=Nobody,DC=ad.* no such entry/,
          hint: /UserDN and BaseDN/,
        },
        {
          name: 'a base without people',
          over: { userDn: `OU=Empty,${baseDn}` },
          code: 'directory.empty',
          says: /sees nobody below OU=Empty/,
          hint: /let the bind account read the people/,
        },
        {
          name: 'a base that is in no domain here',
          over: { userDn: 'DC=other,DC=test' },
          code: 'directory.empty',
          says: /DC=other,DC=test .* no such entry/,
          hint: /UserDN and BaseDN/,
        },
      ]
      for (const { name, over, code, says, hint } of cases) {
        await t.rejects(providerFor(dc, over).readAll(), { code, message: says, hint }, name)
      }
      const wrong = await providerFor(dc, { bindPassword: 'wrong-one' })
        .readAll()
        .catch((error: Error) => `${error.message} ${error.stack} ${JSON.stringify(error)}`)
      t.notMatch(wrong, /wrong-one/, 'the password is in no error')
    })

    await t.test('controllers by DNS: a dead one, one that is stopped, one that answers', async t => {
      const dead = `127.${randomInt(16, 250)}.${randomInt(1, 250)}.251`
      let second: SambaDc | undefined
      const asked: string[] = []
      const resolveSrv = async (name: string): Promise<SrvRecord[]> => {
        asked.push(name)
        const addresses = [dead, dc.address, ...(second === undefined ? [] : [second.address])]
        return addresses.map((address, n) => ({ name: address, port: 389, priority: n, weight: 100 }))
      }
      const over: Over = {
        uri: 'ldaps://ad.nh.test.invalid',
        activeDirectory: { realm: dc.realm, discover: 'dns' },
      }
      const provider = providerFor(dc, over, resolveSrv)
      const before = await provider.readAll()
      t.same(asked, ['_ldap._tcp.dc._msdcs.ad.nh.test'])
      await dc.stop()
      const dead1 = `ldaps://${dead}:636: nothing listens there .*`
      const dead2 = `ldaps://${dc.address}:636: nothing listens there .*`
      await t.rejects(provider.readAll(), {
        code: 'directory.unreachable',
        message: new RegExp(
          `any domain controller of AD.NH.TEST: ${dead1}; ${dead2}; ldaps://ad.nh.test.invalid:636: the name`,
        ),
      })
      second = await startSambaDc(t, host, { copyOf: dc })
      t.same(await provider.readAll(), before, 'the same people with the same ids')
      t.strictSame(provider.identity, providerFor(dc).identity, 'and the same identity')
      await dc.start()
      await dc.tool(['user', 'disable', 'reader'])
      await t.rejects(
        provider.readNamed({ logins: ['pluto'], ids: [] }),
        { code: 'directory.bind', message: new RegExp(`ldaps://${dc.address}:636 .* disabled`) },
        'a refused bind is not tried elsewhere',
      )
    })
  })
})

t.test('the whole way into Mattermost', skipWithoutHost(), async t => {
  await withDomain(t, staffLdif, async dc => {
    const hostState = new World(t, await startMattermost(t))
    hostState.directory = providerFor(dc, { userDn: baseDn })
    const { lines, passwords, report } = await hostState.import()
    t.match(report, { created: 8, adopted: 0, skipped: 2, refused: 1, failed: 0 }, lines.join('\n'))
    t.notMatch(lines.join('\n'), /krbtgt|Guest|Administrator|dns-dc1|pc-7/)
    t.match(lines, /Skipping locked user: 'disabled'/)
    t.match(lines, /Creating user: 'Jörg Müller' with password/)
    t.equal((await hostState.client().userByUsername('jorg.muller'))?.email, 'mueller@nh.test')
    t.match(lines.join('\n'), /Skipping expired user: 'ended'/)
    t.match(await hostState.client().userByUsername('pluto'), {
      email: 'pluto@nh.test',
      first_name: 'Pluto',
      last_name: 'Dog',
      position: 'Dog',
    })
    t.ok(await hostState.canLogIn('pluto', passwords.get('pluto') ?? ''))
    t.match((await hostState.import()).report, { created: 0, adopted: 0, refused: 1, failed: 0 })
    t.match(await hostState.delete('pluto'), /^(?!done)/, 'somebody who is still there stays')
    await dc.tool(['user', 'delete', 'pluto'])
    t.match(await hostState.delete('pluto'), /^done/)
    t.match(await hostState.client().userByUsername('pluto'), { delete_at: /^[1-9]/ })
  })
})
