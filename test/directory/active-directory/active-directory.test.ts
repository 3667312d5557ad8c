import t from 'tap'
import type { ProviderSettings } from '../../../src/configdb/settings.js'
import type { AccountProvider, ProviderDependencies } from '../../../src/directory/account-provider.js'
import { guidBytes } from '../../../src/directory/active-directory/account.js'
import { createProvider } from '../../../src/directory/provider.js'
import { providerSettings } from '../../support/provider-settings.js'
import { type Answer, entry, reference, result, startScriptedServer } from '../ldap/scripted-ldap-server.js'

/** What Windows does and Samba does not, and faults; the rest is tried with a real domain in test/integration. */

const settings = providerSettings({
  provider: 'ad',
  uri: 'ldap://127.0.0.1',
  baseDn: 'DC=ad,DC=nh,DC=test',
  userDn: 'DC=ad,DC=nh,DC=test',
  bindDn: 'reader@ad.nh.test',
  bindPassword: 'very-secret',
  pageSize: 2,
  activeDirectory: { realm: 'ad.nh.test', discover: 'ldapuri' },
})

function providerFor(
  over: Partial<ProviderSettings>,
  deps: Partial<ProviderDependencies> = {},
): AccountProvider {
  return createProvider(
    { ...settings, ...over },
    { below: path => path, readSecret: async () => undefined, now: () => 0, timeoutMs: 300, ...deps },
  )
}

function script(...pages: ((id: number) => Buffer)[]): Answer {
  let next = 0
  return (request, socket) => {
    if (request.operation === 'bind') socket.write(result(request.id, 0x61))
    if (request.operation !== 'search') return
    const page = pages[next++]
    if (page === undefined) throw new Error('a page was asked for that the script does not have')
    socket.write(page(request.id))
  }
}

const guidOf = (n: number) => `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`

function user(id: number, n: number, attributes: Record<string, (string | Buffer)[]> = {}): Buffer {
  return entry(id, `CN=user${n},OU=Staff,DC=ad,DC=nh,DC=test`, {
    objectGUID: [guidBytes(guidOf(n)) ?? ''],
    sAMAccountName: [`user${n}`],
    userAccountControl: ['512'],
    ...attributes,
  })
}

const references = (id: number) =>
  Buffer.concat(
    ['DC=DomainDnsZones,', 'DC=ForestDnsZones,', 'CN=Configuration,', 'DC=child,'].map(part =>
      reference(id, `ldap://ad.nh.test/${part}DC=ad,DC=nh,DC=test`),
    ),
  )

t.test('references to other partitions and domains are no part of this one', async t => {
  const server = await startScriptedServer(
    t,
    script(
      id => Buffer.concat([user(id, 2), user(id, 1), references(id), result(id, 0x65, 0, 'a')]),
      // A page of references alone is no end.
      id => Buffer.concat([references(id), result(id, 0x65, 0, 'b')]),
      id => Buffer.concat([user(id, 3), result(id, 0x65, 0, '')]),
    ),
  )
  const { accounts, locksKnown } = await providerFor({ uri: server.uri }).readAll()
  t.match(accounts, [
    { login: 'user1', id: guidOf(1) },
    { login: 'user2', id: guidOf(2) },
    { login: 'user3', id: guidOf(3) },
  ])
  t.equal(locksKnown, true)
})

t.test('never a part, and nobody is nobody', async t => {
  const administrator = { sAMAccountName: ['Administrator'] }
  const cases: { name: string; pages: Parameters<typeof script>; code: string; says: RegExp }[] = [
    {
      name: 'a base in another domain',
      pages: [id => result(id, 0x65, 10)],
      code: 'directory.invalid',
      says: /kept on another server/,
    },
    {
      name: 'system accounts alone',
      pages: [id => Buffer.concat([user(id, 1, administrator), references(id), result(id, 0x65)])],
      code: 'directory.empty',
      says: /reader@ad\.nh\.test sees nobody but system accounts below DC=ad,DC=nh,DC=test/,
    },
    {
      name: 'no objectGUID',
      pages: [id => Buffer.concat([user(id, 1, { objectGUID: [] }), result(id, 0x65)])],
      code: 'directory.invalid',
      says: /no objectGUID of "CN=user1,/,
    },
    {
      name: 'no sAMAccountName',
      pages: [id => Buffer.concat([user(id, 1, { sAMAccountName: [] }), result(id, 0x65)])],
      code: 'directory.invalid',
      says: /no sAMAccountName of "CN=user1,/,
    },
  ]
  for (const { name, pages, code, says } of cases) {
    const server = await startScriptedServer(t, script(...pages))
    await t.rejects(providerFor({ uri: server.uri }).readAll(), { code, message: says, hint: /./ }, name)
  }
})

t.test('locks are unknown where nobody shows userAccountControl', async t => {
  const hidden = { userAccountControl: [] }
  const server = await startScriptedServer(
    t,
    script(id => Buffer.concat([user(id, 1, hidden), user(id, 2, hidden), result(id, 0x65)])),
  )
  const read = await providerFor({ uri: server.uri }).readAll()
  t.equal(read.locksKnown, false)
  t.match(read.accounts, [{ locked: undefined }, { locked: undefined }])
})

t.test('a refused bind in words, as Windows puts it', async t => {
  const message = (code: string) =>
    `80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data ${code}, v2580`
  const cases: [result: number, message: string, says: RegExp, hint: RegExp][] = [
    [49, message('775'), /as reader@ad\.nh\.test: the account is locked out/, /unlock/],
    [49, message('532'), /the password of the account has expired/, /BindPassword/],
    [49, message('999'), /wrong DN or password/, /BindDN/],
    [
      8,
      '00002028: LdapErr: DSID-0C090259',
      /wants an encrypted connection/,
      /StartTls enabled, or use ldaps:/,
    ],
  ]
  for (const [code, text, says, hint] of cases) {
    const server = await startScriptedServer(t, ({ id, operation }, socket) => {
      if (operation === 'bind') socket.write(result(id, 0x61, code, undefined, text))
    })
    await t.rejects(providerFor({ uri: server.uri }).readAll(), {
      code: 'directory.bind',
      message: says,
      hint,
    })
    t.equal(server.requests.filter(({ operation }) => operation === 'bind').length, 1, 'tried once')
  }
})

t.test('hundreds of names in one full read; system accounts prove nothing', async t => {
  const pages = (id: number) =>
    Buffer.concat([user(id, 1), user(id, 2, { sAMAccountName: ['krbtgt'] }), result(id, 0x65)])
  const server = await startScriptedServer(t, script(pages, pages))
  const provider = providerFor({ uri: server.uri })
  const names = (from: number) => Array.from({ length: 201 }, (_, n) => `USER${n + from}`)
  t.match(await provider.readNamed({ logins: names(1), ids: [] }), {
    accounts: [{ login: 'user1' }],
    othersSeen: false,
  })
  t.match(await provider.readNamed({ logins: names(2), ids: [] }), { accounts: [], othersSeen: true })
})

t.test('the next controller, when one falls silent or breaks off in mid-paging', async t => {
  const [silent, broken, good] = await Promise.all([
    startScriptedServer(t, () => undefined),
    startScriptedServer(t, ({ id, operation }, socket) => {
      if (operation === 'bind') socket.write(result(id, 0x61))
      if (operation !== 'search') return
      if (id < 3) socket.write(Buffer.concat([user(id, 7), user(id, 8), result(id, 0x65, 0, 'a')]))
      else socket.destroy()
    }),
    startScriptedServer(
      t,
      script(id => Buffer.concat([user(id, 1), result(id, 0x65)])),
    ),
  ])
  const portOf = (server: { uri: string }) => Number(new URL(server.uri).port)
  const resolveSrv = async () =>
    [silent, broken, good].map((server, priority) => ({
      name: 'localhost',
      port: portOf(server),
      priority,
      weight: 0,
    }))
  const over = {
    uri: 'ldap://localhost:1',
    activeDirectory: { realm: 'LOCALHOST', discover: 'dns' },
  } as const
  const { accounts } = await providerFor(over, { resolveSrv }).readAll()
  t.match(accounts, [{ login: 'user1' }])
  t.equal(accounts.length, 1, 'nothing of the broken answer is kept')
  t.ok(broken.connections() > 0 && silent.connections() > 0)
})

t.test('settings that cannot be used', async t => {
  const cases: [over: Partial<ProviderSettings>, says: RegExp, hint: RegExp][] = [
    [{ bindDn: '' }, /no bind account is set/, /setprop sssd BindDN user@REALM BindPassword -/],
    [{ userDn: '' }, /no Active Directory is named/, /Realm/],
    [{ uri: '' }, /no Active Directory is named/, /Realm/],
    [{ uri: 'ldapi://x' }, /ldapi:\/\/x/, /LdapURI/],
    [{ uri: 'ldaps://dc1:3269' }, /global catalog/, /without a port/],
    [{ uri: 'ldap://dc1:3268' }, /global catalog/, /without a port/],
  ]
  for (const [over, message, hint] of cases) {
    t.throws(() => providerFor(over), { code: 'directory.invalid', message, hint }, JSON.stringify(over))
  }
})

t.test('what it is called stays the same wherever it is read', async t => {
  const identity = {
    provider: 'ad:AD.NH.TEST',
    base: 'DC=ad,DC=nh,DC=test',
    filter: '(&(objectClass=user)(objectCategory=person))',
  }
  const cases: Partial<ProviderSettings>[] = [
    {},
    { uri: 'ldaps://dc2.ad.nh.test' },
    { activeDirectory: { realm: 'AD.NH.TEST', discover: 'dns' } },
    { activeDirectory: { realm: '', discover: 'ldapuri' } },
  ]
  for (const over of cases) t.strictSame(providerFor(over).identity, identity, JSON.stringify(over))
  const other = providerFor({ baseDn: 'O=x', userDn: 'O=x', activeDirectory: { realm: '', discover: 'dns' } })
  t.equal(other.identity.provider, 'ad:o=x')
  t.equal(providerFor({}).description, 'ldap://127.0.0.1:389, DC=ad,DC=nh,DC=test')
})
