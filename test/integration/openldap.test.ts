import { connect, createServer } from 'node:net'
import t, { type Test } from 'tap'
import type { ProviderSettings } from '../../src/configdb/settings.js'
import type { AccountProvider } from '../../src/directory/account-provider.js'
import { createProvider } from '../../src/directory/provider.js'
import { createAuthority, hostOpenssl } from '../support/certificates.js'
import { type Host, skipWithoutHost, startHost } from '../support/host/host.js'
import { providerSettings } from '../support/provider-settings.js'
import {
  debianAcl,
  type Person,
  personLdif,
  type Slapd,
  serviceOnlyAcl,
  startSlapd,
} from '../support/slapd.js'

const userDn = 'ou=People,dc=directory,dc=nh'
const bindDn = 'cn=ldapservice,dc=directory,dc=nh'
/** The day that the provider takes for today, in days since 1970. */
const today = 20_000

/** Odd, but somebody has them. */
const people: Person[] = [
  {
    uid: 'pluto',
    cn: 'Pluto Dog',
    sn: 'Dog',
    givenName: 'Pluto',
    mails: ['z@x.test', 'a@x.test'],
    password: 'x',
  },
  { uid: 'minnie', cn: 'Minnie', sn: 'M', mails: ['a@x.test', 'z@x.test'] },
  { uid: 'goofy', cn: 'Goofy', sn: 'G', locked: true },
  { uid: 'ended', cn: 'E', sn: 'E', password: 'x', shadowExpire: today - 1 },
  { uid: 'last-day', cn: 'E', sn: 'E', password: 'x', shadowExpire: today },
  {
    uid: 'old-password',
    cn: 'O',
    sn: 'O',
    password: 'x',
    attributes: { shadowLastChange: '100', shadowMax: '90', shadowInactive: '1' },
  },
  { uid: 'Jörg Müller', cn: 'Jörg Müller', sn: 'Müller', attributes: { title: 'Hausmeister 🧹' } },
  { uid: '*)(uid=*', cn: 'Star', sn: 'S' },
  { uid: 'administrator', cn: 'A', sn: 'A' },
  { uid: 'pc-7$', cn: 'PC', sn: 'PC' },
  { uid: 'admin', cn: 'Admin', sn: 'A' },
]

interface TestProvider {
  over?: Partial<ProviderSettings>
  secret?: string
  timeoutMs?: number
}

function providerFor(slapd: Slapd, options: TestProvider = {}): AccountProvider {
  const settings = providerSettings({
    uri: slapd.uri,
    baseDn: slapd.baseDn,
    userDn: slapd.userDn,
    bindDn: slapd.bindDn,
    bindPassword: slapd.bindPassword,
    pageSize: 500,
    ...options.over,
  })
  return createProvider(settings, {
    below: path => path,
    readSecret: async name => (name === 'ldapservice' ? options.secret : undefined),
    now: () => today * 86_400_000,
    timeoutMs: options.timeoutMs ?? 5_000,
  })
}

async function withSlapd(
  t: Test,
  options: { users: string; acl?: string },
  body: (slapd: Slapd, host: Host) => Promise<void>,
): Promise<void> {
  const host = await startHost(t, { systemd: false, network: 'shared' })
  await body(await startSlapd(t, host, options), host)
}

function many(count: number): string {
  return Array.from({ length: count }, (_, n) =>
    personLdif({ uid: `user${n}`, cn: `User ${n}`, sn: 'U', password: 'x' }, userDn),
  ).join('')
}

const all = people.map(person => personLdif(person, userDn)).join('')

t.test('reading everybody', skipWithoutHost(), async t => {
  await withSlapd(t, { users: all + many(1201 - people.length) }, async (slapd, host) => {
    const anonymous = { bindDn: '', bindPassword: '' }

    await t.test('over several pages, on each transport', async t => {
      const over: Record<string, Partial<ProviderSettings>> = {
        plain: {},
        ldaps: { uri: slapd.ldapsUri, caFile: slapd.caFile },
        'ldaps, unverified': { uri: slapd.ldapsUri, tlsVerify: false },
        StartTLS: { startTls: true, caFile: slapd.caFile },
        'small pages': { pageSize: 7 },
        'the largest pages': { pageSize: 1000 },
      }
      const reads = new Set<string>()
      for (const [name, settings] of Object.entries(over)) {
        const read = await providerFor(slapd, { over: settings }).readAll()
        t.equal(read.accounts.length, 1201, name)
        t.equal(new Set(read.accounts.map(account => account.id)).size, 1201, name)
        reads.add(JSON.stringify(read))
      }
      t.equal(reads.size, 1, 'always the same')
      t.notMatch([...reads][0], /CRYPT/, 'no password is kept')
    })

    await t.test('what becomes of the entries', async t => {
      const { accounts, locksKnown } = await providerFor(slapd).readAll()
      const logins = accounts.map(({ login }) => login)
      t.strictSame(
        logins,
        logins.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
      )
      t.equal(locksKnown, true)
      const expected: Record<string, object> = {
        pluto: {
          dn: `uid=pluto,${userDn}`,
          mails: ['a@x.test', 'z@x.test'],
          givenName: 'Pluto',
          surname: 'Dog',
          displayName: 'Pluto Dog',
          locked: false,
          expired: false,
          system: false,
        },
        minnie: { mails: ['a@x.test', 'z@x.test'], locked: false },
        goofy: { locked: true, expired: false },
        ended: { locked: false, expired: true },
        'last-day': { expired: false },
        'old-password': { locked: false, expired: false, passwordExpired: true },
        'Jörg Müller': { surname: 'Müller', title: 'Hausmeister 🧹' },
        '*)(uid=*': { displayName: 'Star' },
        administrator: { system: true },
        'pc-7$': { system: true },
        admin: { system: false },
      }
      for (const [login, account] of Object.entries(expected)) {
        t.match(
          accounts.find(candidate => candidate.login === login),
          { id: /^[0-9a-f]{8}-[0-9a-f-]{27}$/, ...account },
          login,
        )
      }
    })

    await t.test('what goes wrong, in words', async t => {
      const otherCa = await createAuthority(hostOpenssl(host), `${host.shared}/other-ca`, 'other')
      const cases: {
        name: string
        over: Partial<ProviderSettings>
        code: string
        says: RegExp
        hint: RegExp
      }[] = [
        {
          name: 'a CA that is not known',
          over: { uri: slapd.ldapsUri },
          code: 'directory.unreachable',
          says: /ldaps:\/\/127\.0\.0\.1:\d+: its certificate is signed by an unknown CA/,
          hint: /CaFile/,
        },
        {
          name: 'another CA',
          over: { uri: slapd.ldapsUri, caFile: otherCa.certFile },
          code: 'directory.unreachable',
          says: /its certificate is signed by an unknown CA/,
          hint: /CaFile/,
        },
        {
          name: 'a CA that is not known, with StartTLS',
          over: { startTls: true },
          code: 'directory.unreachable',
          says: /its certificate is signed by an unknown CA/,
          hint: /CaFile/,
        },
        {
          name: 'a name that is not in the certificate',
          over: { uri: slapd.ldapsUri.replace('127.0.0.1', 'localhost'), caFile: slapd.caFile },
          code: 'directory.unreachable',
          says: /its certificate is made out to another name/,
          hint: /name the server in LdapURI as its certificate does/,
        },
        {
          name: 'TLS on the port without',
          over: { uri: slapd.uri.replace('ldap:', 'ldaps:'), caFile: slapd.caFile },
          code: 'directory.unreachable',
          says: /cannot reach the directory ldaps:/,
          hint: /LdapURI/,
        },
        {
          name: 'no TLS on the port with',
          over: { uri: slapd.ldapsUri.replace('ldaps:', 'ldap:') },
          code: 'directory.unreachable',
          says: /the server closed the connection/,
          hint: /LdapURI/,
        },
        {
          name: 'a wrong password',
          over: { bindPassword: 'wrong-one' },
          code: 'directory.bind',
          says: new RegExp(`${slapd.uri} as ${bindDn}: wrong DN or password`),
          hint: /teamchat config setprop sssd BindPassword -/,
        },
        {
          name: 'a bind account that does not exist',
          over: { bindDn: `cn=nobody,${slapd.baseDn}` },
          code: 'directory.bind',
          says: /wrong DN or password/,
          hint: /BindDN/,
        },
        {
          name: 'anonymous, who sees nobody',
          over: anonymous,
          code: 'directory.empty',
          says: new RegExp(`${userDn} .* as anonymous: `),
          hint: /set sssd BindDN and BindPassword/,
        },
        {
          name: 'a base that does not exist',
          over: { userDn: `ou=Nobody,${slapd.baseDn}` },
          code: 'directory.empty',
          says: /ou=Nobody,dc=directory,dc=nh .* no such entry/,
          hint: /UserDN and BaseDN/,
        },
        {
          name: 'a base without people',
          over: { userDn: slapd.groupDn },
          code: 'directory.empty',
          says: new RegExp(`${bindDn} sees nobody below ou=Groups,`),
          hint: /UserDN and BaseDN/,
        },
        {
          name: 'a base that is no DN',
          over: { userDn: 'People' },
          code: 'directory.invalid',
          says: /cannot read People .* not a valid DN/,
          hint: /UserDN/,
        },
        {
          name: 'pages that the server does not give',
          over: { pageSize: 1001 },
          code: 'directory.invalid',
          says: /does not give pages of 1001 entries/,
          hint: /LdapPageSize/,
        },
      ]
      for (const { name, over, code, says, hint } of cases) {
        await t.rejects(providerFor(slapd, { over }).readAll(), { code, message: says, hint }, name)
      }
      const wrong = await providerFor(slapd, { over: { bindPassword: 'wrong-one' } })
        .readAll()
        .catch((error: Error) => `${error.message} ${error.stack} ${JSON.stringify(error)}`)
      t.notMatch(wrong, /wrong-one/, 'the password is in no error')
    })

    await t.test('the password in the secret file', async t => {
      const over = { bindPassword: '', passwordInSecretFile: true }
      const read = await providerFor(slapd, { over, secret: slapd.bindPassword }).readAll()
      t.equal(read.accounts.length, 1201)
      await t.rejects(providerFor(slapd, { over }).readAll(), {
        code: 'directory.bind',
        message: /the secret file ldapservice is missing/,
      })
    })

    await t.test('a server that is down, and up again', async t => {
      await slapd.stop()
      await t.rejects(providerFor(slapd).readAll(), {
        code: 'directory.unreachable',
        message: new RegExp(`${slapd.uri}: nothing listens there \\(connection refused\\)`),
      })
      await slapd.start()
      t.equal((await providerFor(slapd).readAll()).accounts.length, 1201)
    })

    await t.test('a connection that is cut in mid-paging gives nobody', async t => {
      const relay = await cuttingRelay(t, slapd.port, 60_000)
      await t.rejects(providerFor(slapd, { over: { uri: relay } }).readAll(), {
        code: 'directory.unreachable',
        message: /the server closed the connection; what had come is not used/,
      })
    })
  })
})

t.test('a server that hangs', async t => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const sockets: { destroy(): void }[] = []
  server.on('connection', socket => sockets.push(socket))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const slapd = { baseDn: '', userDn, bindDn, bindPassword: 'x' } as Slapd
  for (const uri of [`ldap://127.0.0.1:${port}`, `ldaps://127.0.0.1:${port}`]) {
    await t.rejects(providerFor({ ...slapd, uri }, { timeoutMs: 100 }).readAll(), {
      code: 'directory.unreachable',
      message: /no answer in time/,
    })
  }
  const startTls = providerFor(
    { ...slapd, uri: `ldap://127.0.0.1:${port}` },
    { timeoutMs: 100, over: { startTls: true } },
  )
  await t.rejects(startTls.readAll(), { code: 'directory.unreachable', message: /no answer in time/ })
})

t.test('reading named people', skipWithoutHost(), async t => {
  await withSlapd(t, { users: all }, async slapd => {
    const provider = providerFor(slapd)
    const everybody = (await provider.readAll()).accounts
    const idOf = (login: string) => everybody.find(account => account.login === login)?.id ?? ''
    const everyLogin = everybody.map(({ login }) => login)
    const cases: { name: string; logins: string[]; ids: string[]; found: string[]; othersSeen: boolean }[] = [
      { name: 'by name', logins: ['pluto'], ids: [], found: ['pluto'], othersSeen: true },
      {
        name: 'in another case',
        logins: ['PLUTO', 'jörg müller'],
        ids: [],
        found: ['Jörg Müller', 'pluto'],
        othersSeen: true,
      },
      { name: 'by id', logins: [], ids: [idOf('goofy').toUpperCase()], found: ['goofy'], othersSeen: true },
      { name: 'both, the same', logins: ['goofy'], ids: [idOf('goofy')], found: ['goofy'], othersSeen: true },
      { name: 'nobody', logins: ['daisy'], ids: [], found: [], othersSeen: true },
      { name: 'a part of a name', logins: ['plut', 'pluto2', 'pl*'], ids: [], found: [], othersSeen: true },
      { name: 'a filter as a name', logins: ['*)(uid=*'], ids: [], found: ['*)(uid=*'], othersSeen: true },
      {
        name: 'filters that nobody has for a name',
        logins: ['*', 'x)(|(uid=*))', '\\2a', ''],
        ids: [],
        found: [],
        othersSeen: true,
      },
      { name: 'ids that are none', logins: [], ids: ['*', 'dn-00', '../..'], found: [], othersSeen: true },
      { name: 'nothing asked', logins: [], ids: [], found: [], othersSeen: true },
      { name: 'everybody', logins: everyLogin, ids: [], found: everyLogin, othersSeen: false },
    ]
    for (const { name, logins, ids, found, othersSeen } of cases) {
      const read = await provider.readNamed({ logins, ids })
      t.strictSame(
        read.accounts.map(({ login }) => login),
        found,
        name,
      )
      t.equal(read.othersSeen, othersSeen, `${name}: others`)
      t.equal(read.locksKnown, true, `${name}: locks`)
    }
    const [minnie] = (await provider.readNamed({ logins: ['minnie'], ids: [] })).accounts
    t.equal(minnie?.locked, false, 'without a password, where others show theirs')

    await t.test('after a change', async t => {
      const rename = ['changetype: modrdn', 'newrdn: uid=pluto2', 'deleteoldrdn: 1']
      await slapd.modify(`dn: uid=pluto,${userDn}\n${rename.join('\n')}\n`)
      const read = await provider.readNamed({ logins: ['pluto'], ids: [idOf('pluto')] })
      t.match(read.accounts, [{ id: idOf('pluto'), login: 'pluto2' }])
      await slapd.modify(`dn: uid=pluto2,${userDn}\nchangetype: modify\nadd: uid\nuid: a-second-name\n`)
      t.match((await provider.readNamed({ logins: [], ids: [idOf('pluto')] })).accounts, [
        { login: 'pluto2' },
      ])
      await slapd.delete(`uid=goofy,${userDn}`)
      t.strictSame((await provider.readNamed({ logins: ['goofy'], ids: [] })).accounts, [])
    })

    await t.test('what cannot be read is an error, never "nobody"', async t => {
      const failing: [over: Partial<ProviderSettings>, code: string][] = [
        [{ bindPassword: 'wrong' }, 'directory.bind'],
        [{ bindDn: '', bindPassword: '' }, 'directory.empty'],
        [{ userDn: `ou=Nobody,${slapd.baseDn}` }, 'directory.empty'],
        [{ uri: 'ldap://127.0.0.1:1' }, 'directory.unreachable'],
      ]
      for (const [over, code] of failing) {
        await t.rejects(providerFor(slapd, { over }).readNamed({ logins: ['pluto'], ids: [] }), { code })
      }
    })
  })
})

t.test('rights of the bind account', skipWithoutHost(), async t => {
  const host = await startHost(t, { systemd: false, network: 'shared' })
  const users = all + many(600 - people.length)

  await t.test('userPassword is shown to nobody: locks are unknown', async t => {
    const slapd = await startSlapd(t, host, { users: all, acl: debianAcl })
    for (const over of [{}, { bindDn: '', bindPassword: '' }]) {
      const provider = providerFor(slapd, { over })
      for (const read of [
        await provider.readAll(),
        await provider.readNamed({ logins: ['goofy', 'pluto'], ids: [] }),
      ]) {
        t.equal(read.locksKnown, false)
        t.ok(read.accounts.length >= 2)
        t.ok(read.accounts.every(account => account.locked === undefined))
      }
    }
  })

  await t.test('entryUUID is hidden: it says what to grant', async t => {
    const acl = `access to attrs=entryUUID by * none\n${serviceOnlyAcl}`
    const slapd = await startSlapd(t, host, { users: all, acl })
    await t.rejects(providerFor(slapd).readAll(), {
      code: 'directory.invalid',
      message: new RegExp(`it shows ${bindDn} no entryUUID of "uid=`),
      hint: new RegExp(`access to attrs=entry,entryUUID by dn\\.exact="${bindDn}" read`),
    })
  })

  await t.test('a size limit in mid-paging gives nobody', async t => {
    const acl = `limits dn.exact="${bindDn}" size.pr=1000 size.prtotal=550\n${serviceOnlyAcl}`
    const slapd = await startSlapd(t, host, { users, acl })
    await t.rejects(providerFor(slapd, { over: { pageSize: 100 } }).readAll(), {
      code: 'directory.invalid',
      message: /only a part of the entries \(size limit\)/,
      hint: /size\.prtotal=unlimited/,
    })
    const named = await providerFor(slapd).readNamed({ logins: ['pluto'], ids: [] })
    t.match(named, { othersSeen: true, accounts: [{ login: 'pluto' }] })
  })
})

/** Forwards to `port` and cuts the connection after so many bytes of answers. */
async function cuttingRelay(t: Test, port: number, bytes: number): Promise<string> {
  const server = createServer(client => {
    const upstream = connect(port, '127.0.0.1')
    let left = bytes
    client.pipe(upstream)
    upstream.on('data', chunk => {
      client.write(chunk.subarray(0, left))
      left -= chunk.length
      if (left <= 0) client.destroy()
    })
    for (const socket of [client, upstream]) {
      socket.on('error', () => socket.destroy())
      socket.on('close', () => (socket === client ? upstream : client).destroy())
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise(resolve => server.close(resolve)))
  const address = server.address()
  return `ldap://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}
