import { execFileSync } from 'node:child_process'
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { ProviderSettings } from '../../../src/configdb/settings.js'
import type { AccountProvider } from '../../../src/directory/account-provider.js'
import { largestLdifFile } from '../../../src/directory/ldif/ldif-file.js'
import { createProvider } from '../../../src/directory/provider.js'
import { providerSettings } from '../../support/provider-settings.js'

const settings = providerSettings({
  provider: 'file',
  file: '/people.ldif',
})

const people = `
dn: dc=x
objectClass: domain
dc: x

dn: uid=pluto,ou=People,dc=x
objectClass: inetOrgPerson
objectClass: posixAccount
entryUUID: A28A18F6-7B7A-1041-9739-0520A3389BA1
uid: pluto
cn: Pluto Dog
sn: Dog
mail: z@x.org
mail: a@x.org
userPassword:: e1NTSEF9YWJj

dn: uid=goofy,ou=People,dc=x
objectClass: inetOrgPerson
uid: goofy
userPassword: {CRYPT}!abc
shadowExpire: 100

dn: cn=Contact without a login,dc=x
objectClass: inetOrgPerson
cn: Contact

dn: uid=service,dc=x
objectClass: account
uid: service
`

function providerOf(
  t: Test,
  content: string | Buffer | undefined,
  over: Partial<ProviderSettings> = {},
): {
  provider: AccountProvider
  path: string
} {
  const root = t.testdir()
  const path = join(root, 'people.ldif')
  if (content !== undefined) writeFileSync(path, content)
  const provider = createProvider(
    { ...settings, ...over },
    { below: name => root + name, readSecret: async () => undefined, now: () => 200 * 86_400_000 },
  )
  return { provider, path }
}

t.test('the people of a file', async t => {
  const { provider, path } = providerOf(t, people)
  const read = await provider.readAll()
  t.equal(read.locksKnown, true)
  t.match(read.accounts, [
    { login: 'goofy', id: /^dn-[0-9a-f]{64}$/, locked: true, expired: true },
    {
      login: 'pluto',
      id: 'a28a18f6-7b7a-1041-9739-0520a3389ba1',
      mails: ['a@x.org', 'z@x.org'],
      displayName: 'Pluto Dog',
      locked: false,
      expired: false,
    },
  ])
  t.equal(read.accounts.length, 2)
  t.equal(provider.watchedFile, path)
  t.match(provider.identity, { provider: 'file:/people.ldif' })
  t.notMatch(JSON.stringify(read), /SSHA|CRYPT/, 'no password is kept')
})

t.test('by name or id', async t => {
  const { provider } = providerOf(t, people)
  const all = await provider.readAll()
  const id = all.accounts[0]?.id ?? ''
  const cases: [logins: string[], ids: string[], found: string[], othersSeen: boolean][] = [
    [['PLUTO'], [], ['pluto'], true],
    [[], [id], ['goofy'], true],
    [['pluto'], [id], ['goofy', 'pluto'], false],
    [['nobody'], [], [], true],
  ]
  for (const [logins, ids, found, othersSeen] of cases) {
    const read = await provider.readNamed({ logins, ids })
    t.strictSame(
      read.accounts.map(({ login }) => login),
      found,
    )
    t.equal(read.othersSeen, othersSeen)
    t.equal(read.locksKnown, true)
  }
})

t.test('the id made of a DN does not depend on its spelling', async t => {
  const ids = new Set<string | undefined>()
  for (const dn of ['uid=a,dc=x', 'UID=A, DC=x', 'uid=\\61,dc=x']) {
    const { provider } = providerOf(t, `dn: ${dn}\nobjectClass: person\nuid: a\n`)
    ids.add((await provider.readAll()).accounts[0]?.id)
  }
  t.equal(ids.size, 1)
})

t.test('an export without any userPassword says nothing of locks', async t => {
  const { provider } = providerOf(t, 'dn: uid=a\nobjectClass: person\nuid: a\n')
  t.match(await provider.readAll(), { locksKnown: false, accounts: [{ locked: undefined }] })
})

const person = 'dn: uid=a,dc=x\nobjectClass: person\nuid: a\n'
const refused: { name: string; content: string | Buffer | undefined; code: string; says: RegExp }[] = [
  {
    name: 'missing',
    content: undefined,
    code: 'directory.invalid',
    says: /cannot read .*people\.ldif: ENOENT/,
  },
  { name: 'empty', content: '', code: 'directory.empty', says: /people\.ldif .*nobody is in it/ },
  { name: 'nobody', content: 'dn: dc=x\ndc: x\n', code: 'directory.empty', says: /nobody is in it/ },
  { name: 'broken', content: `${person}oops\n`, code: 'directory.invalid', says: /people\.ldif: line 4: / },
  {
    name: 'twice',
    content: `${person}\n${person}`,
    code: 'directory.invalid',
    says: /line 5: .*line 1 once more/,
  },
  {
    name: 'an account without uid',
    content: 'dn: cn=a\nobjectClass: posixAccount\n',
    code: 'directory.invalid',
    says: /line 1: the account "cn=a" has no uid/,
  },
  {
    name: 'an entryUUID that is none',
    content: `${person}entryUUID: ../x\n`,
    code: 'directory.invalid',
    says: /line 1: .*entryUUID is not a UUID/,
  },
]

for (const { name, content, code, says } of refused) {
  t.test(`refused: ${name}`, async t => {
    const { provider } = providerOf(t, content)
    await t.rejects(provider.readAll(), { code, message: says })
    await t.rejects(provider.readNamed({ logins: ['a'], ids: [] }), { code, message: says })
  })
}

t.test('refused: what is not a regular file, or has no end', async t => {
  const makers: [make: (path: string) => void, says: RegExp][] = [
    [path => mkdirSync(path), /not a regular file/],
    [path => execFileSync('mkfifo', [path]), /not a regular file/],
    [
      path => {
        writeFileSync(path, '')
        truncateSync(path, largestLdifFile + 1)
      },
      /larger than 256 MiB/,
    ],
  ]
  for (const [make, message] of makers) {
    const { provider, path } = providerOf(t, undefined)
    make(path)
    await t.rejects(provider.readAll(), { code: 'directory.invalid', message })
  }
})

t.test('a read that is given up', async t => {
  const { provider } = providerOf(t, people)
  await t.rejects(provider.readAll(AbortSignal.abort()), {
    code: 'directory.unreachable',
    message: /cancelled/,
  })
})

t.test('a file whose length changes while it is read is not taken for the whole', async t => {
  // A file of /proc says that it is empty and then gives bytes, as one does that somebody appends to.
  const provider = createProvider(
    { ...settings, file: '/proc/self/status' },
    { below: path => path, readSecret: async () => undefined },
  )
  await t.rejects(provider.readAll(), { code: 'directory.unreachable', message: /it is being written/ })
})

t.test('settings that cannot be used', async t => {
  for (const file of ['', 'people.ldif']) {
    t.throws(() => providerOf(t, people, { file }), {
      code: 'directory.invalid',
      message: /LDIF file|absolute/,
    })
  }
})
