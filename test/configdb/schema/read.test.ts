import t from 'tap'
import { domainOf, readSettings } from '../../../src/configdb/schema/read.js'
import type { ProviderSettings, Settings } from '../../../src/configdb/settings.js'
import { createSnapshot } from '../../../src/configdb/snapshot.js'

function read(text: string, facts: { hostname?: string; isEsmith?: boolean } = {}) {
  return readSettings(createSnapshot('/db', Buffer.from(text)), {
    hostname: facts.hostname,
    isEsmith: facts.isEsmith ?? false,
  })
}

t.test('an empty DB is all defaults, and unmanaged', async t => {
  const { settings, problems } = read('')
  t.strictSame(problems, [])
  t.equal(settings.mattermost.status, undefined)
  t.match(settings.mattermost, {
    virtualHost: '',
    siteUrl: '',
    home: '/opt/mattermost',
    unit: 'mattermost.service',
    webServer: 'apache',
    listenPort: 8065,
    listenAddress: '127.0.0.1:8065',
    databasePort: 5432,
    dataDirectory: '/opt/mattermost/data/',
    localSocket: '/var/tmp/mattermost_local.socket',
    sendEmail: true,
    smtpServer: 'localhost',
    smtpPort: 25,
    feedbackEmail: '',
    pushContents: 'full',
    maxUsersPerTeam: 1000,
    team: '',
    userSync: 'events',
    syncInterval: 60,
    firstAdmin: 'wizard',
    emailFrom: 'mail',
    goneAfterMs: 86_400_000,
    maxDeactivate: undefined,
    maxCreate: 100,
    releaseNames: false,
    onPasswordModify: 'ignore',
  })
  t.strictSame(settings.teamchatd, {
    debounceMs: 100,
    maxWaitMs: 1000,
    startTimeout: 60,
    hookTimeout: 60,
    historyKeep: 30,
  })
  t.equal(settings.provider.provider, 'none')
  t.equal(settings.explicit.size, 0)
  t.ok(Object.isFrozen(settings) && Object.isFrozen(settings.mattermost))
})

const cases: { name: string; db: string; facts?: { hostname?: string; isEsmith?: boolean }; want: object }[] =
  [
    {
      name: 'the record as the former module ships it',
      db: 'mattermost=service|TCPPort|5432|VirtualHost||access|none|status|disabled\nDomainName=example.org\n',
      want: { mattermost: { status: 'disabled', virtualHost: 'mattermost.example.org', listenPort: 8065 } },
    },
    {
      name: 'VirtualHost gives the address',
      db: 'mattermost=service|VirtualHost|chat.example.org|status|enabled\n',
      want: { mattermost: { status: 'enabled', siteUrl: 'https://chat.example.org' } },
    },
    {
      name: 'SiteURL wins over VirtualHost',
      db: 'mattermost=service|SiteURL|https://c.example.org:8443|VirtualHost|c.example.org\n',
      want: { mattermost: { siteUrl: 'https://c.example.org:8443' } },
    },
    {
      name: 'SiteURL alone gives the name of the virtual host, whatever the domain is',
      db: 'mattermost=service|SiteURL|https://c.example.org:8443/x\nDomainName=example.org\n',
      want: { mattermost: { siteUrl: 'https://c.example.org:8443/x', virtualHost: 'c.example.org' } },
    },
    {
      name: 'ListenAddress wins over ListenPort',
      db: 'mattermost=service|ListenAddress|:9000|ListenPort|9100\n',
      want: { mattermost: { listenAddress: ':9000', listenPort: 9000 } },
    },
    {
      name: 'ListenPort',
      db: 'mattermost=s|ListenPort|9100\n',
      want: { mattermost: { listenAddress: '127.0.0.1:9100' } },
    },
    {
      name: 'paths lose the slash at their end, the data folder has one',
      db: 'mattermost=service|Home|/srv/mm//|DataDirectory|/data\n',
      want: { mattermost: { home: '/srv/mm', dataDirectory: '/data/' } },
    },
    {
      name: 'data below Home',
      db: 'mattermost=s|Home|/srv/mm\n',
      want: { mattermost: { dataDirectory: '/srv/mm/data/' } },
    },
    {
      name: 'data on an e-smith host',
      db: '',
      facts: { isEsmith: true },
      want: { mattermost: { dataDirectory: '/var/lib/nethserver/mattermost/data/' } },
    },
    {
      name: 'switches',
      db: 'mattermost=s|SendEmail|no|SendPush|disabled\n',
      want: { mattermost: { sendEmail: false, sendPush: false } },
    },
    {
      name: 'an empty value is not set',
      db: 'mattermost=s|SmtpPort|\n',
      want: { mattermost: { smtpPort: 25 } },
    },
    {
      name: 'mail comes from the domain',
      db: 'DomainName=example.org\n',
      want: { mattermost: { feedbackEmail: 'no-reply@example.org' } },
    },
    {
      name: 'Overrides: the host name behind its first dot wins',
      db: 'DomainName=example.org\n',
      facts: { hostname: 'srv.office.example.net' },
      want: { domainName: 'office.example.net' },
    },
    {
      name: 'Overrides: a short host name does not',
      db: 'DomainName=example.org\n',
      facts: { hostname: 'srv' },
      want: { domainName: 'example.org' },
    },
    {
      name: 'company',
      db: 'OrganizationContact=configuration|Company|Example Org\n',
      want: { company: 'Example Org' },
    },
    {
      name: 'the record httpd',
      db: 'httpd=service|status|enabled\napache2=service|status|disabled\n',
      want: { httpd: { enabled: true } },
    },
    {
      name: 'the record apache2',
      db: 'apache2=service|Platform|debian|status|enabled\n',
      want: { httpd: { enabled: true, platform: 'debian' } },
    },
    {
      name: 'pki',
      db: 'pki=configuration|CrtFile|/a|KeyFile|/b\n',
      want: { pki: { certificateFile: '/a', keyFile: '/b', chainFile: '' } },
    },
  ]

t.test('settings', async t => {
  for (const { name, db, facts, want } of cases) {
    const { settings, problems } = read(db, facts)
    t.match(settings, want, name)
    t.strictSame(problems, [], name)
  }
})

const providers: { name: string; db: string; want: Partial<ProviderSettings> }[] = [
  {
    name: 'local LDAP',
    db: 'sssd=service|Provider|ldap\n',
    want: {
      uri: 'ldap://127.0.0.1',
      baseDn: 'dc=directory,dc=nh',
      userDn: 'ou=People,dc=directory,dc=nh',
      bindDn: 'cn=ldapservice,dc=directory,dc=nh',
      bindPassword: '',
      passwordInSecretFile: true,
      startTls: false,
      tlsVerify: true,
      pageSize: 1000,
    },
  },
  {
    name: 'local LDAP with a base and a password of its own',
    db: 'sssd=service|BaseDN|dc=x|BindPassword|pw|LdapURI|ldap://localhost:389|Provider|ldap\n',
    want: { bindDn: 'cn=ldapservice,dc=x', bindPassword: 'pw', passwordInSecretFile: false },
  },
  {
    name: 'remote plain LDAP with a bind is encrypted',
    db: 'sssd=service|BaseDN|dc=x|BindDN|cn=r|BindPassword|pw|LdapURI|ldap://ldap.example.org|Provider|ldap\n',
    want: { userDn: 'dc=x', startTls: true, passwordInSecretFile: false },
  },
  {
    name: 'unless that is switched off',
    db: 'sssd=service|BindDN|cn=r|LdapURI|ldap://ldap.example.org|Provider|ldap|StartTls|disabled\n',
    want: { startTls: false },
  },
  {
    name: 'or nobody binds',
    db: 'sssd=s|LdapURI|ldap://ldap.example.org|Provider|ldap\n',
    want: { startTls: false, bindDn: '' },
  },
  {
    name: 'nothing to encrypt inside ldaps',
    db: 'sssd=service|BindDN|cn=r|LdapURI|ldaps://ldap.example.org|Provider|ldap|StartTls|enabled\n',
    want: { startTls: false },
  },
  {
    name: '127.0.0.1.example.org is not local',
    db: 'sssd=service|BindDN|cn=r|LdapURI|ldap://127.0.0.1.example.org|Provider|ldap\n',
    want: { startTls: true, passwordInSecretFile: false, baseDn: '' },
  },
  {
    name: 'Active Directory',
    db: 'sssd=service|Provider|ad|Realm|AD.NH.TEST\n',
    want: {
      uri: 'ldaps://ad.nh.test',
      baseDn: 'dc=ad,dc=nh,dc=test',
      userDn: 'dc=ad,dc=nh,dc=test',
      bindDn: '',
      passwordInSecretFile: false,
      startTls: false,
      activeDirectory: { realm: 'AD.NH.TEST', discover: 'dns' },
    },
  },
  {
    name: 'Active Directory at a server that is named',
    db: 'sssd=service|BindDN|AD\\\\r|LdapURI|ldap://dc1.ad.nh.test|Provider|ad|Realm|AD.NH.TEST|UserDN|OU=Staff\n',
    want: {
      uri: 'ldap://dc1.ad.nh.test',
      baseDn: 'dc=ad,dc=nh,dc=test',
      userDn: 'OU=Staff',
      startTls: true,
      activeDirectory: { realm: 'AD.NH.TEST', discover: 'ldapuri' },
    },
  },
  {
    name: 'Active Directory in the container of this host',
    db: 'nsdc=service|status|enabled\nsssd=service|BindDN|r|LdapURI|ldap://nsdc.ad.nh.test|Provider|ad|Realm|AD.NH.TEST\n',
    want: { startTls: false, baseDn: 'dc=ad,dc=nh,dc=test' },
  },
  {
    name: 'both, in the order that is asked for',
    db: 'sssd=service|DiscoverDcType|dns|LdapURI|ldaps://dc1.ad.nh.test|Provider|ad|Realm|AD.NH.TEST\n',
    want: { uri: 'ldaps://dc1.ad.nh.test', activeDirectory: { realm: 'AD.NH.TEST', discover: 'dns' } },
  },
  {
    name: 'LDAP has nothing to discover',
    db: 'sssd=service|Provider|ldap\n',
    want: { activeDirectory: { realm: '', discover: 'ldapuri' } },
  },
  {
    name: 'a Unix socket needs no password',
    db: 'sssd=service|LdapURI|ldapi:///|Provider|ldap\n',
    want: {
      uri: 'ldapi:///',
      bindDn: '',
      passwordInSecretFile: false,
      userDn: 'ou=People,dc=directory,dc=nh',
    },
  },
  {
    name: 'a Unix socket with a login all the same',
    db: 'sssd=service|BindDN|cn=r|LdapURI|ldapi:///|Provider|ldap\n',
    want: { bindDn: 'cn=r', passwordInSecretFile: true },
  },
  {
    name: 'groups of a local LDAP',
    db: 'sssd=service|Provider|ldap\n',
    want: {
      groupDn: 'ou=Groups,dc=directory,dc=nh',
      selection: { filter: undefined, filterText: '', groups: [], exclude: [] },
    },
  },
  {
    name: 'who is chosen',
    db: 'mattermost=service|ExcludeUsers|svc-*, robot;cron|UserFilter|(\\|(ou=IT)(ou=HR))|UserGroup|staff, ops;cn=x,dc=y;all of us\nsssd=service|GroupDN|ou=G|Provider|ldap\n',
    want: {
      groupDn: 'ou=G',
      selection: {
        filter: {
          kind: 'or',
          parts: [
            { kind: 'equal', attribute: 'ou', value: 'IT', binary: false },
            { kind: 'equal', attribute: 'ou', value: 'HR', binary: false },
          ],
        },
        filterText: '(|(ou=IT)(ou=HR))',
        groups: ['staff', 'ops', 'cn=x,dc=y', 'all of us'],
        exclude: ['svc-*', 'robot', 'cron'],
      },
    },
  },
  {
    name: 'an LDIF file',
    db: 'sssd=service|File|/var/lib/people.ldif|Provider|file\n',
    want: { provider: 'file', file: '/var/lib/people.ldif', passwordInSecretFile: false },
  },
]

t.test('the account provider', async t => {
  for (const { name, db, want } of providers) {
    const { settings, problems } = read(db)
    t.match(settings.provider, want, name)
    t.strictSame(problems, [], name)
  }
})

t.test('what is wrong is told, and reads as its default', async t => {
  const { settings, problems } = read(
    'mattermost=service|SmtpPort|x|VirtualHost|a b|status|on\nbroken\nsssd=s|BindPassword|s3|Provider|x\n',
  )
  t.strictSame(problems.map(problem => problem.property).sort(), [
    'line 2',
    'mattermost.SmtpPort',
    'mattermost.VirtualHost',
    'mattermost.status',
    'sssd.Provider',
  ])
  t.equal(settings.mattermost.smtpPort, 25)
  t.equal(settings.mattermost.status, undefined)
  t.notMatch(JSON.stringify(problems), /s3/)
})

t.test('explicit properties', async t => {
  const { settings }: { settings: Settings } = read(
    'mattermost=service|Other|1|SmtpPort|25|SmtpServer|\nDomainName=example.org\n',
  )
  t.strictSame([...settings.explicit].sort(), ['DomainName', 'mattermost.SmtpPort'])
})

t.test('domains of host names', async t => {
  for (const [name, want] of [
    ['a.b.c', 'b.c'],
    ['a', ''],
    ['a.', ''],
    ['.a', ''],
    ['', ''],
  ] as const)
    t.equal(domainOf(name), want, name)
  t.equal(domainOf(undefined), '')
})
