import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { openApp } from '../../src/app/process.js'
import { command as usersTest } from '../../src/cli/commands/users/test.js'
import { createPaths } from '../../src/paths.js'
import { commandContext } from '../support/command-operations.js'
import { skipWithoutHost, startHost } from '../support/host/host.js'
import { adPersonLdif, sambaPackages, startSambaDc } from '../support/samba.js'
import { debianAcl, entryLdif, personLdif, startSlapd } from '../support/slapd.js'

interface Expected {
  exit: number
  /** `verdict step`, in order. */
  steps: string[]
  /** In one of the messages, and the remedy below it. */
  says?: [RegExp, RegExp]
}

/** Runs `teamchat users test --json` below a folder whose DB has these properties of sssd and mattermost. */
async function tryOut(
  t: Test,
  sssd: Record<string, string>,
  mattermost: Record<string, string> = {},
  json = true,
): Promise<{ exit: number; output: string }> {
  const root = mkdtempSync(join(tmpdir(), 'users-test-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const paths = createPaths({ root, env: {} })
  const record = (type: string, properties: Record<string, string>) =>
    [type, ...Object.entries(properties).flat()].join('|')
  await mkdir(dirname(paths.configurationDb), { recursive: true })
  await writeFile(
    paths.configurationDb,
    `mattermost=${record('service', mattermost)}\nsssd=${record('service', sssd)}\n`,
  )
  const stdout = new PassThrough()
  const io = { stdin: new PassThrough(), stdout, stderr: new PassThrough(), env: {} }
  const output = text(stdout)
  const exit = await usersTest.run(
    commandContext({ io, paths, openApp: (at, options) => openApp(at, options, '0') }),
    { options: { json }, operands: {} },
  )
  stdout.end()
  return { exit, output: await output }
}

async function expectTrial(
  t: Test,
  name: string,
  result: { exit: number; output: string },
  { exit, steps, says }: Expected,
): Promise<void> {
  const { findings } = JSON.parse(result.output) as {
    findings: { check: string; verdict: string; message: string; remedy: string }[]
  }
  const said = findings.map(({ verdict, check }) => `${verdict} ${check}`)
  t.same([result.exit, said], [exit, steps], `${name}: ${result.output}`)
  if (says === undefined) return
  const worst = findings.find(({ verdict }) => verdict === 'fail' || verdict === 'warn')
  t.match(worst?.message, says[0], name)
  t.match(worst?.remedy, says[1], name)
}

const connected = ['pass settings', 'pass connect']
const loggedIn = [...connected, 'skip tls', 'pass login']

t.test('OpenLDAP', skipWithoutHost(), async t => {
  const host = await startHost(t, { systemd: false, network: 'shared' })
  const people = 'ou=People,dc=directory,dc=nh'
  const users = [
    { uid: 'ann', cn: 'Ann', sn: 'A', mails: ['ann@example.org'], password: 'x' },
    { uid: 'bob', cn: 'Bob', sn: 'B', locked: true },
    { uid: 'carl', cn: 'Carl', sn: 'C', shadowExpire: 1 },
    ...['d', 'e', 'f', 'g'].map(uid => ({ uid, cn: uid, sn: uid })),
    { uid: 'nobody', cn: 'nobody', sn: 'n' },
  ]
  const group = entryLdif('cn=chat,ou=Groups,dc=directory,dc=nh', {
    objectClass: 'posixGroup',
    cn: 'chat',
    gidNumber: '7',
    memberUid: ['ann', 'bob'],
  })
  const slapd = await startSlapd(t, host, {
    users: users.map(one => personLdif(one, people)).join('') + group,
  })
  const sssd = {
    Provider: 'ldap',
    LdapURI: slapd.uri,
    BindPassword: slapd.bindPassword,
    StartTls: 'disabled',
  }
  const well = [...loggedIn, 'pass base', 'skip groups', 'pass people', 'pass locks', 'pass changes']
  // --root puts the CA file below the folder: the system's CAs do not know this one.
  const cases: [string, Record<string, string>, Record<string, string>, Expected][] = [
    ['all is well', sssd, {}, { exit: 0, steps: well }],
    [
      'a group',
      sssd,
      { UserGroup: 'chat' },
      { exit: 0, steps: well.map(step => (step === 'skip groups' ? 'pass groups' : step)) },
    ],
    [
      'any certificate',
      { ...sssd, LdapURI: slapd.ldapsUri, TlsVerify: 'no' },
      {},
      {
        exit: 0,
        steps: [...connected, 'warn tls', ...well.slice(3)],
        says: [/any certificate is taken/, /TlsVerify yes/],
      },
    ],
    [
      'nothing listens',
      { ...sssd, LdapURI: 'ldap://127.0.0.1:1' },
      {},
      {
        exit: 69,
        steps: ['pass settings', 'fail connect', 'skip tls', 'skip login'],
        says: [/connection refused/, /LdapURI/],
      },
    ],
    [
      'an unknown CA',
      { ...sssd, LdapURI: slapd.ldapsUri },
      {},
      {
        exit: 69,
        steps: [...connected, 'fail tls', 'skip login'],
        says: [/certificate is signed by an unknown CA/, /CaFile/],
      },
    ],
    [
      'an unknown CA with StartTLS',
      { ...sssd, StartTls: 'enabled' },
      {},
      { exit: 69, steps: [...connected, 'fail tls', 'skip login'], says: [/unknown CA/, /CaFile/] },
    ],
    [
      'no such CA file',
      { ...sssd, LdapURI: slapd.ldapsUri, CaFile: '/not-there.pem' },
      {},
      {
        exit: 78,
        steps: ['pass settings', 'skip connect', 'fail tls', 'skip login'],
        says: [/cannot read the CA file/, /CaFile/],
      },
    ],
    [
      'a wrong password',
      { ...sssd, BindPassword: 'wrong' },
      {},
      {
        exit: 78,
        steps: [...connected, 'skip tls', 'fail login'],
        says: [/wrong DN or password/, /setprop sssd BindPassword -/],
      },
    ],
    [
      'no password at all',
      { ...sssd, BindPassword: '' },
      {},
      {
        exit: 78,
        steps: ['pass settings', 'skip connect', 'skip tls', 'fail login'],
        says: [/the secret file .*ldapservice is missing/, /BindPassword -/],
      },
    ],
    [
      'no such base',
      { ...sssd, UserDN: 'ou=Nowhere,dc=directory,dc=nh' },
      {},
      { exit: 78, steps: [...loggedIn, 'fail base'], says: [/there is no such entry/, /UserDN/] },
    ],
    [
      'nobody below the base',
      { ...sssd, UserDN: 'ou=Groups,dc=directory,dc=nh' },
      {},
      {
        exit: 78,
        steps: [...loggedIn, 'pass base', 'skip groups', 'fail people'],
        says: [/sees nobody below ou=Groups/, /UserDN/],
      },
    ],
    [
      'a filter that leaves nobody',
      sssd,
      { UserFilter: '(title=Boss)' },
      {
        exit: 78,
        steps: [...loggedIn, 'pass base', 'skip groups', 'fail people'],
        says: [/people are there .* none is left by .*title=Boss/, /UserFilter/],
      },
    ],
    [
      'a filter that is none',
      sssd,
      { UserFilter: '(title=Boss' },
      { exit: 78, steps: ['fail settings'], says: [/UserFilter/, /./] },
    ],
    [
      'no such group',
      sssd,
      { UserGroup: 'nope' },
      {
        exit: 78,
        steps: [...loggedIn, 'pass base', 'fail groups'],
        says: [/cannot find the group "nope"/, /UserGroup/],
      },
    ],
    [
      'no provider',
      {},
      {},
      { exit: 78, steps: ['fail settings'], says: [/names no account provider/, /Provider ldap/] },
    ],
    [
      'Active Directory without a bind account',
      { Provider: 'ad', Realm: 'AD.EXAMPLE.ORG' },
      {},
      { exit: 78, steps: ['fail settings'], says: [/shows nobody to an anonymous client/, /BindDN/] },
    ],
  ]
  for (const [name, props, mattermost, expected] of cases) {
    const used = Object.fromEntries(Object.entries(props).filter(([, value]) => value !== ''))
    const result = await tryOut(t, used, mattermost)
    await expectTrial(t, name, result, expected)
    t.notMatch(result.output, slapd.bindPassword, `${name}: no password`)
  }

  await t.test('as people read it', async t => {
    const { exit, output } = await tryOut(t, sssd, {}, false)
    t.equal(exit, 0)
    t.match(
      output,
      `pass  people    (objectClass=posixAccount): 7 accounts, of them 1 locked, 1 ended, 6 without mail; left out: 1 system
pass  locks     userPassword can be read: locked people are known
pass  changes   followed by contextCSN

7 pass, 2 skip

the first accounts:
  ann  Ann <ann@example.org>
  bob  Bob  (locked)
  carl  Carl  (ended)
  d  d
  e  e
  … and 2 more
`,
    )
  })
})

t.test('OpenLDAP that shows nobody’s password, and counts no changes', skipWithoutHost(), async t => {
  const host = await startHost(t, { systemd: false, network: 'shared' })
  const slapd = await startSlapd(t, host, { users: 3, acl: debianAcl, syncprov: false, tls: false })
  const sssd = { Provider: 'ldap', LdapURI: slapd.uri, BindPassword: slapd.bindPassword }
  await expectTrial(t, 'warnings', await tryOut(t, sssd), {
    exit: 0,
    steps: [...loggedIn, 'pass base', 'skip groups', 'pass people', 'warn locks', 'warn changes'],
    says: [/nobody’s userPassword can be read/, /let the bind account read userPassword/],
  })
})

t.test('Active Directory', skipWithoutHost(), async t => {
  const host = await startHost(t, { systemd: false, network: 'shared', packages: sambaPackages })
  const dc = await startSambaDc(t, host, { ldif: adPersonLdif({ login: 'ann' }) })
  const sssd = {
    Provider: 'ad',
    Realm: dc.realm,
    LdapURI: dc.ldapsUri,
    BindDN: dc.reader.upn,
    BindPassword: dc.reader.password,
    TlsVerify: 'no',
  }
  const through = ['pass settings', 'pass connect']
  await expectTrial(t, 'all is well', await tryOut(t, sssd), {
    exit: 0,
    steps: [
      ...through,
      'warn tls',
      'pass login',
      'pass base',
      'skip groups',
      'pass people',
      'pass locks',
      'pass changes',
    ],
  })
  await expectTrial(t, 'a wrong password', await tryOut(t, { ...sssd, BindPassword: 'wrong' }), {
    exit: 78,
    steps: [...through, 'pass tls', 'fail login'],
    says: [/wrong password, or no such account/, /BindPassword -/],
  })
  await expectTrial(t, 'plaintext', await tryOut(t, { ...sssd, LdapURI: dc.uri, StartTls: 'disabled' }), {
    exit: 78,
    steps: [...through, 'skip tls', 'fail login'],
    says: [/wants an encrypted connection/, /StartTls enabled/],
  })
  await dc.tool(['user', 'disable', 'reader'])
  await expectTrial(t, 'a disabled account', await tryOut(t, sssd), {
    exit: 78,
    steps: [...through, 'pass tls', 'fail login'],
    says: [/the account is disabled/, /in the domain/],
  })
})

t.test('an LDIF file', async t => {
  await expectTrial(t, 'missing', await tryOut(t, { Provider: 'file', File: '/people.ldif' }), {
    exit: 78,
    steps: ['pass settings', 'fail people'],
    says: [/no such file/i, /File/],
  })
})
