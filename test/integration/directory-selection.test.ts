import t from 'tap'
import { parseLdapFilter } from '../../src/configdb/schema/ldap-filter.js'
import type { AccountSelection, ProviderSettings } from '../../src/configdb/settings.js'
import type { AccountProvider } from '../../src/directory/account-provider.js'
import { createProvider } from '../../src/directory/provider.js'
import { skipWithoutHost, startHost } from '../support/host/host.js'
import { providerSettings } from '../support/provider-settings.js'
import { entryLdif, personLdif, type Slapd, startSlapd } from '../support/slapd.js'

const base = 'dc=directory,dc=nh'
const people = `ou=People,${base}`
const groups = `ou=Groups,${base}`

const users = ['alice', 'bob', 'Carol Ünal', 'dave', 'eve', 'svc-backup']
  .map(uid =>
    personLdif(
      {
        uid,
        cn: uid,
        sn: uid,
        attributes: { title: uid < 'c' ? 'IT' : 'HR', gidNumber: uid === 'eve' ? '7' : '1' },
      },
      people,
    ),
  )
  .join('')

const groupLdif =
  entryLdif(`cn=staff,${groups}`, {
    objectClass: 'posixGroup',
    cn: 'staff',
    gidNumber: '7',
    memberUid: ['Bob', 'nobody'],
  }) +
  entryLdif(`cn=all,${groups}`, {
    objectClass: 'groupOfNames',
    cn: 'all',
    member: [`uid=alice,${people}`, `cn=inner,${groups}`],
  }) +
  entryLdif(`cn=inner,${groups}`, {
    objectClass: 'groupOfUniqueNames',
    cn: 'inner',
    // As another tool spells them; and a circle.
    uniqueMember: [`UID=carol  ünal , OU=People,${base}`, `cn=all,${groups}`, `cn=gone,${groups}`],
  }) +
  entryLdif(`ou=Other,${base}`, { objectClass: 'organizationalUnit', ou: 'Other' }) +
  entryLdif(`cn=staff,ou=Other,${base}`, {
    objectClass: 'posixGroup',
    cn: 'staff',
    gidNumber: '9',
    memberUid: 'dave',
  })

function providerFor(
  slapd: Slapd,
  selection: Partial<AccountSelection>,
  over: Partial<ProviderSettings> = {},
) {
  const parsed = selection.filterText === undefined ? undefined : parseLdapFilter(selection.filterText)
  const settings = providerSettings({
    uri: slapd.uri,
    baseDn: slapd.baseDn,
    userDn: slapd.userDn,
    groupDn: groups,
    bindDn: slapd.bindDn,
    bindPassword: slapd.bindPassword,
    pageSize: 3,
    selection: {
      filterText: '',
      groups: [],
      exclude: [],
      ...selection,
      filter: parsed !== undefined && 'filter' in parsed ? parsed.filter : undefined,
    },
    ...over,
  })
  return createProvider(settings, { below: path => path, readSecret: async () => undefined })
}

async function inputs(provider: AccountProvider): Promise<string[]> {
  const { accounts } = await provider.readAll()
  return accounts.map(({ login, groupOrder, excluded }) => `${login} ${excluded ? 'excluded' : groupOrder}`)
}

t.test('who of an OpenLDAP counts', skipWithoutHost(), async t => {
  const host = await startHost(t, { systemd: false, network: 'shared' })
  const slapd = await startSlapd(t, host, { users: users + groupLdif })
  const cases: [name: string, selection: Partial<AccountSelection>, accounts: string[]][] = [
    ['everybody', {}, ['Carol Ünal 0', 'alice 0', 'bob 0', 'dave 0', 'eve 0', 'svc-backup 0']],
    ['a filter', { filterText: '(title=IT)' }, ['Carol Ünal 0', 'alice 0', 'bob 0']],
    [
      'a filter with escapes',
      { filterText: '(&(uid=*)(|(cn=*\\c3\\9cnal)(cn=dave)))' },
      ['Carol Ünal 0', 'dave 0'],
    ],
    ['memberUid in any case, and the primary group', { groups: ['staff'] }, ['bob 0', 'eve 0']],
    ['members by DN, in groups within groups', { groups: ['all'] }, ['Carol Ünal 0', 'alice 0']],
    [
      'groups in their order',
      { groups: ['inner', 'staff', `CN=all,ou=Groups, ${base}`] },
      ['Carol Ünal 0', 'alice 0', 'bob 1', 'eve 1'],
    ],
    ['a group of a name that is there twice, by DN', { groups: [`cn=staff,ou=Other,${base}`] }, ['dave 0']],
    ['a filter and a group', { filterText: '(title=HR)', groups: ['staff'] }, ['eve 0']],
    [
      'left out',
      { exclude: ['svc-*', 'EVE'], groups: [] },
      ['Carol Ünal 0', 'alice 0', 'bob 0', 'dave 0', 'eve excluded', 'svc-backup excluded'],
    ],
  ]
  for (const [name, selection, accounts] of cases) {
    t.strictSame(await inputs(providerFor(slapd, selection)), accounts, name)
  }

  await t.test('named people', async t => {
    const provider = providerFor(slapd, { groups: ['staff'], filterText: '(title=HR)', exclude: ['dave'] })
    for (const [login, found] of [
      ['eve', ['eve']],
      ['bob', []],
      ['dave', []],
    ] as const) {
      const read = await provider.readNamed({ logins: [login], ids: [] })
      t.strictSame(
        read.accounts.map(account => account.login),
        found,
        login,
      )
      t.equal(read.othersSeen, true)
    }
  })

  await t.test('what goes wrong, in words', async t => {
    const failing: [
      selection: Partial<AccountSelection>,
      over: Partial<ProviderSettings>,
      code: string,
      says: RegExp,
    ][] = [
      [
        { groups: ['stuff'] },
        {},
        'directory.invalid',
        /cannot find the group "stuff" below ou=Groups,dc=directory,dc=nh/,
      ],
      [{ groups: [`cn=stuff,${groups}`] }, {}, 'directory.invalid', /cannot find the group "cn=stuff,/],
      [
        { groups: ['staff'] },
        { groupDn: base },
        'directory.invalid',
        /cannot tell which group is meant by "staff": cn=staff,ou=(Groups|Other),.*; cn=staff,ou=/,
      ],
      [
        { filterText: '(title=Nobody)' },
        {},
        'directory.empty',
        /sees nobody below .*\(&\(objectClass=posixAccount\)\(title=Nobody\)\)/,
      ],
      [{ filterText: '(title=Nobody)', groups: ['all'] }, {}, 'directory.empty', /in all\)/],
    ]
    for (const [selection, over, code, message] of failing) {
      await t.rejects(providerFor(slapd, selection, over).readAll(), { code, message })
    }
  })

  await t.test('what an administrator confirms', async t => {
    const filters = [{}, { filterText: '(title=IT)' }, { groups: ['all'] }, { groups: ['all', 'staff'] }].map(
      selection => providerFor(slapd, selection).identity.filter,
    )
    t.strictSame(filters, [
      '(objectClass=posixAccount)',
      '(&(objectClass=posixAccount)(title=IT))',
      '(objectClass=posixAccount) in all',
      '(objectClass=posixAccount) in all; staff',
    ])
    t.equal(
      providerFor(slapd, { exclude: ['x'] }).identity.filter,
      filters[0],
      'leaving somebody out asks nobody',
    )
  })

  await t.test('ldapi', async t => {
    const over = { bindDn: '', bindPassword: '' }
    for (const uri of [`ldapi://${encodeURIComponent(slapd.ldapiPath)}`, `ldapi://${slapd.ldapiPath}`]) {
      const provider = providerFor(slapd, {}, { ...over, uri })
      // The test's slapd takes root for its administrator.
      if (process.getuid?.() === 0) t.equal((await inputs(provider)).length, 6, uri)
      t.equal(provider.identity.provider, `ldapi://${encodeURIComponent(slapd.ldapiPath)}`)
    }
    const withLogin = providerFor(slapd, {}, { uri: `ldapi://${slapd.ldapiPath}` })
    t.equal((await inputs(withLogin)).length, 6, 'with a password')
    await t.rejects(providerFor(slapd, {}, { ...over, uri: 'ldapi:///nowhere/ldapi' }).readAll(), {
      code: 'directory.unreachable',
      message: 'cannot reach the directory ldapi://%2Fnowhere%2Fldapi: there is no such socket',
    })
  })
})
