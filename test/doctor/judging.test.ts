import t from 'tap'
import { judgeAccounts } from '../../src/doctor/account.js'
import { judgeNoProbe, judgeProbe } from '../../src/doctor/acme.js'
import { judgeApache } from '../../src/doctor/apache.js'
import { judgeCertificate } from '../../src/doctor/certificate.js'
import { type Disk, judgeDisks } from '../../src/doctor/disk.js'
import { isPrivate, judgeName } from '../../src/doctor/dns.js'
import { judgeVariables } from '../../src/doctor/environment.js'
import { type FileRule, judgeFiles } from '../../src/doctor/files.js'
import { type Said, shellWord, worstOf } from '../../src/doctor/finding.js'
import { judgeConfirmed, judgeCounter, judgeUncounted } from '../../src/doctor/following.js'
import { judgeDatabase, judgeHealth } from '../../src/doctor/health.js'
import { judgeNode } from '../../src/doctor/node.js'
import { judgeNoProvider, judgeRead } from '../../src/doctor/provider.js'
import { judgeSeats } from '../../src/doctor/seats.js'
import { judgeSelinux } from '../../src/doctor/selinux.js'
import { judgeSettings } from '../../src/doctor/settings.js'
import { judgeSite } from '../../src/doctor/site.js'
import { judgeLocalMode, judgeSilence } from '../../src/doctor/socket.js'
import { judgeUnit } from '../../src/doctor/units.js'
import { TeamchatError } from '../../src/errors.js'
import type { CertificateFacts } from '../../src/services/certificate.js'
import type { UnitFacts } from '../../src/services/systemd.js'

/** What was judged, and what each line must look like: `verdict subject: message → remedy`. */
type Case = [name: string, said: Said[], lines: RegExp[]]

function table(name: string, cases: Case[]): void {
  t.test(name, async t => {
    for (const [what, said, lines] of cases) {
      t.equal(said.length, lines.length, `${what}: ${said.length} lines`)
      for (const [index, one] of said.entries()) {
        t.match(
          `${one.verdict} ${one.subject}: ${one.message} → ${one.remedy}`,
          lines[index] ?? /never/,
          what,
        )
        if (one.verdict === 'fail' || one.verdict === 'warn') t.not(one.remedy, '', `${what}: has a remedy`)
      }
    }
  })
}

table('seats', [
  ['room', judgeSeats({ active: 12, limit: 250, version: '11.2.0' }), [/^pass .*12 of the 250 active users/]],
  ['no seat left', judgeSeats({ active: 250, limit: 250, version: '11.2.0' }), [/^warn .*no seat is left/]],
  [
    'above the limit',
    judgeSeats({ active: 810, limit: 250, version: '11.2.0' }),
    [/^fail .*810 active users.*admits 250: nobody can be created or reactivated.*→ deactivate users/],
  ],
  [
    'no limit',
    judgeSeats({ active: 9, limit: undefined, version: '9.1.0' }),
    [/^pass .*no limit that is known/],
  ],
])

const HOST = 'chat.example.org'
const own = ['198.51.100.7', '2001:db8::7']
const name = (dns: string[], hosts: string[] = [], silent = '') => ({ dns, hosts, silent })

table('dns', [
  [
    'both families lead here',
    judgeName(HOST, name(own), own),
    [/^pass .*198\.51\.100\.7, 2001:db8::7, which is this host/],
  ],
  ['no network', judgeName(HOST, name([], [], 'ECONNREFUSED'), own), [/^warn .*no DNS server answers.*dig/]],
  [
    'nobody knows it',
    judgeName(HOST, name([]), own),
    [/^fail .*does not know.*chat\.example\.org\. A 198\.51\.100\.7/],
  ],
  ['only this host knows it', judgeName(HOST, name([], ['127.0.1.1']), own), [/^fail .*only \/etc\/hosts/]],
  [
    'another host',
    judgeName(HOST, name(['203.0.113.9']), own),
    [/^fail .*leads to 203\.0\.113\.9; this host is/],
  ],
  [
    'an old AAAA',
    judgeName(HOST, name([own[0] ?? '', '2001:db8::bad']), own),
    [/^warn .*2001:db8::bad is not an address/],
  ],
  ['loopback', judgeName(HOST, name(['127.0.0.1']), own), [/^fail .*machine of their own/]],
  [
    'behind NAT',
    judgeName(HOST, name(['203.0.113.9']), ['192.168.1.4']),
    [/^warn .*private addresses only.*forward ports 80 and 443 to 192\.168\.1\.4/],
  ],
  ['an intranet', judgeName(HOST, name(['192.168.1.4']), ['192.168.1.4']), [/^pass/]],
  ['no interface at all', judgeName(HOST, name(['203.0.113.9']), []), [/^warn .*private addresses only/]],
])

t.test('private addresses', async t => {
  for (const address of [
    '10.1.2.3',
    '172.16.0.1',
    '172.31.9.9',
    '192.168.0.1',
    '100.64.0.1',
    '100.127.1.1',
    'fd00::1',
    'FC00::1',
  ])
    t.ok(isPrivate(address), address)
  for (const address of [
    '11.1.2.3',
    '172.15.0.1',
    '172.32.0.1',
    '192.169.0.1',
    '100.63.0.1',
    '100.128.0.1',
    '2001:db8::1',
  ])
    t.notOk(isPrivate(address), address)
})

const DAY = 86_400_000
const now = Date.parse('2026-06-01T12:00:00Z')
const certificate = (over: Partial<CertificateFacts> = {}): CertificateFacts => ({
  source: 'in-use',
  certificateFile: '/etc/ssl/site.crt',
  keyFile: '/etc/ssl/site.key',
  chainFile: '',
  unusable: undefined,
  missing: false,
  selfSigned: false,
  names: [HOST],
  validFrom: now - DAY,
  validTo: now + 60 * DAY,
  fingerprint: 'f',
  ...over,
})
const face = { host: HOST, webroot: '/var/www/html', apache: 'apache2.service', now }
const assessment = (over: Partial<CertificateFacts>) => judgeCertificate(certificate(over), face)

table('certificate', [
  ['well', assessment({}), [/^pass .*until 2026-07-31/]],
  ['a wildcard', assessment({ names: ['*.example.org'] }), [/^pass/]],
  [
    'none',
    judgeCertificate(undefined, face),
    [/^fail .*no certificate.*certbot certonly --webroot -w \/var\/www\/html -d chat\.example\.org/],
  ],
  [
    'key of another',
    assessment({ unusable: 'the key does not belong to it' }),
    [/^fail .*does not belong.*setprop mattermost CertificateFile/],
  ],
  ['ends today', assessment({ validTo: now + 3600_000 }), [/^warn .*in 0 days/]],
  ['ends tomorrow', assessment({ validTo: now + 1.5 * DAY }), [/^warn .*in 1 day,/]],
  ['13 days', assessment({ validTo: now + 13.9 * DAY }), [/^warn .*in 13 days/]],
  ['14 days', assessment({ validTo: now + 14 * DAY }), [/^pass/]],
  [
    'expired',
    assessment({ validTo: now - DAY }),
    [/^fail .*expired on 2026-05-31.*systemctl reload apache2/],
  ],
  [
    'of Let’s Encrypt, expired',
    assessment({
      certificateFile: '/etc/letsencrypt/live/chat.example.org/fullchain.pem',
      validTo: now - DAY,
    }),
    [/certbot renew --cert-name chat\.example\.org && systemctl reload/],
  ],
  ['not yet', assessment({ validFrom: now + DAY }), [/^fail .*from 2026-06-02 only.*timedatectl/]],
  [
    'other name, self-signed',
    assessment({ names: ['localhost'], selfSigned: true }),
    [/^fail .*for localhost, not for chat/, /^warn .*mobile apps refuse/],
  ],
])

const probe = { path: '/.well-known/acme-challenge/x', content: 'abc' }
const proof = { host: HOST, webroot: '/var/www/html', unit: 'apache2.service', program: 'apache2ctl' }
const answered = (status: number, body = '', location = '') => ({ status, body, location, fingerprint: 'AA' })

table('acme', [
  ['comes back', judgeProbe(answered(200, 'abc'), probe, proof), [/^pass/]],
  [
    'nobody listens',
    judgeProbe('connect ECONNREFUSED 127.0.0.1:80', probe, proof),
    [/^fail .*ECONNREFUSED.*systemctl start apache2/],
  ],
  ['another page', judgeProbe(answered(200, 'hello'), probe, proof), [/^fail .*HTTP 200.*apache2ctl -S/]],
  ['not found', judgeProbe(answered(404), probe, proof), [/^fail .*HTTP 404/]],
  ['forbidden', judgeProbe(answered(403), probe, proof), [/^fail .*may not read.*chmod/]],
  [
    'AcmeWebroot is missing',
    judgeNoProbe(
      new TeamchatError('files.write', 'cannot use /srv/acme: ENOENT', {
        cause: Object.assign(new Error('ENOENT'), { code: 'ENOENT' }),
      }),
      '/srv/acme',
    ),
    [/^fail \/srv\/acme: there is no such folder → mkdir -p \/srv\/acme$/],
  ],
  [
    'AcmeWebroot is read-only',
    judgeNoProbe(Object.assign(new Error('EROFS: read-only'), { code: 'EROFS' }), '/srv/acme'),
    [/^fail \/srv\/acme: EROFS.* → namei -l \/srv\/acme$/],
  ],
  ['moved', judgeProbe(answered(301, '', 'https://x/'), probe, proof), [/^fail .*redirect to https:\/\/x/]],
])

const all = ['ssl', 'proxy', 'proxy_http', 'headers', 'alias'].map(module => `${module}_module`)

table('apache', [
  [
    'well',
    judgeApache({ modules: all, complaint: undefined }, 'debian', [2, 4, 57]),
    [/^pass apache2ctl -t/],
  ],
  [
    'one missing',
    judgeApache({ modules: all.slice(0, 3), complaint: undefined }, 'debian', [2, 4, 57]),
    [/^fail modules: not enabled: headers, alias → a2enmod headers alias && systemctl restart apache2/],
  ],
  [
    'an old httpd needs more',
    judgeApache({ modules: all, complaint: undefined }, 'rhel', [2, 4, 37]),
    [
      /^fail modules: not enabled: rewrite, proxy_wstunnel → .*LoadModule rewrite_module.*systemctl restart httpd/,
    ],
  ],
  [
    'mod_ssl is a package on RHEL',
    judgeApache({ modules: all.slice(1), complaint: undefined }, 'rhel', [2, 4, 57]),
    [/dnf install mod_ssl; systemctl restart httpd/],
  ],
  [
    'Apache refuses for want of a module',
    judgeApache(
      { modules: undefined, complaint: "Invalid command 'RequestHeader', perhaps" },
      'debian',
      undefined,
    ),
    [/^fail modules: not enabled: headers/, /^fail apache2ctl -t: Invalid command/],
  ],
  [
    'broken by somebody',
    judgeApache({ modules: undefined, complaint: "Invalid command 'Foo'" }, 'debian', undefined),
    [/^fail apache2ctl -t: .*→ mend that line/],
  ],
])

const siteFacts = {
  url: 'https://chat.example.org/api/v4/system/ping',
  unit: 'apache2.service',
  program: 'apache2ctl',
  mattermost: 'mattermost.service',
  fingerprint: 'AA',
}
const ping = '{"status":"OK"}'

table('site', [
  ['well', judgeSite(answered(200, ping), siteFacts), [/^pass/]],
  [
    'Mattermost is there and unwell',
    judgeSite(answered(500, '{"status":"UNHEALTHY"}'), siteFacts),
    [/^pass/],
  ],
  ['no TLS', judgeSite('socket hang up', siteFacts), [/^fail .*port 443.*journalctl -u apache2/]],
  ['no Mattermost', judgeSite(answered(503), siteFacts), [/^fail .*HTTP 503.*systemctl status mattermost/]],
  ['another site', judgeSite(answered(200, '<html>'), siteFacts), [/^fail .*something else/]],
  [
    'not reloaded',
    judgeSite({ ...answered(200, ping), fingerprint: 'BB' }, siteFacts),
    [/^warn .*another certificate.*systemctl reload apache2/],
  ],
  [
    'the file is unknown',
    judgeSite({ ...answered(200, ping), fingerprint: 'BB' }, { ...siteFacts, fingerprint: '' }),
    [/^pass/],
  ],
])

table('selinux', [
  ['well', judgeSelinux({ enforcing: true, canConnect: true, relabel: [] }), [/^pass SELinux enforcing/]],
  [
    'may not connect',
    judgeSelinux({ enforcing: true, canConnect: false, relabel: [] }),
    [/^fail .*setsebool -P httpd_can_network_connect on/],
  ],
  [
    'permissive only warns',
    judgeSelinux({ enforcing: false, canConnect: false, relabel: ['/a b'] }),
    [/^warn/, /^warn .*restorecon -Rv '\/a b'/],
  ],
  [
    'no tools',
    judgeSelinux({ enforcing: true, canConnect: true, relabel: undefined }),
    [/^pass .*no restorecon/],
  ],
  [
    'a policy without it',
    judgeSelinux({ enforcing: true, canConnect: undefined, relabel: [] }),
    [/^pass .*the policy has no/],
  ],
])

const unit = (over: Partial<UnitFacts> = {}): UnitFacts => ({
  unit: 'mattermost.service',
  loadState: 'loaded',
  activeState: 'active',
  subState: 'running',
  unitFileState: 'enabled',
  job: '',
  result: 'success',
  reloadResult: '',
  user: 'mattermost',
  workingDirectory: '',
  environment: '',
  groups: [],
  environmentFiles: [],
  command: [],
  ...over,
})
const up = { running: true, enabled: true }
const down = { running: false, enabled: false }
const units = (over: Partial<UnitFacts>, setting = up) => judgeUnit(unit(over), setting, 'install it')

table('units', [
  ['well', units({}), [/^pass .*active and enabled/]],
  [
    'missing',
    units({ loadState: 'not-found', activeState: 'inactive' }),
    [/^fail .*no such unit → install it/],
  ],
  ['missing and not wanted', units({ loadState: 'not-found' }, down), [/^pass/]],
  ['masked', units({ loadState: 'masked', unitFileState: 'masked' }), [/^fail .*systemctl unmask/]],
  ['broken', units({ loadState: 'bad-setting' }), [/^fail .*bad-setting.*systemd-analyze verify/]],
  ['stopped', units({ activeState: 'inactive' }), [/^fail .*→ systemctl start mattermost/]],
  [
    'stopped and disabled',
    units({ activeState: 'inactive', unitFileState: 'disabled' }),
    [/^fail .*systemctl enable --now/],
  ],
  ['failed', units({ activeState: 'failed', result: 'exit-code' }), [/^fail .*exit-code.*journalctl/]],
  [
    'fails again and again',
    units({ activeState: 'activating', subState: 'auto-restart', result: 'signal' }),
    [/^fail .*signal/],
  ],
  ['starting', units({ activeState: 'activating', subState: 'start' }), [/^warn .*activating/]],
  [
    'running, not enabled',
    units({ unitFileState: 'disabled' }),
    [/^warn .*will not start with the machine.*systemctl enable/],
  ],
  ['static', units({ unitFileState: 'static' }), [/^pass/]],
  [
    'running against the DB',
    units({}, down),
    [/^fail .*status=disabled → teamchat apply/, /^warn .*systemctl disable/],
  ],
  ['as little as wanted', units({ activeState: 'inactive', unitFileState: 'disabled' }, down), [/^pass/]],
])

const socket = { socket: '/var/tmp/mattermost_local.socket', unit: 'mattermost.service', managed: true }
const gone = new TeamchatError('mattermost.unreachable', 'cannot reach Mattermost: it is missing')

table('socket', [
  ['well', judgeLocalMode(true, socket), [/^pass/]],
  ['local mode off', judgeLocalMode(false, socket), [/^fail .*local mode is off.*teamchat apply/]],
  ['off, unmanaged', judgeLocalMode(false, { ...socket, managed: false }), [/^fail .*EnableLocalMode/]],
  ['gone', judgeSilence(gone, socket), [/^fail .*systemctl status mattermost/]],
  [
    'gone, unmanaged',
    judgeSilence(gone, { ...socket, managed: false }),
    [/^skip : not managed, and it is missing/],
  ],
  [
    'of somebody else, even unmanaged',
    judgeSilence(new TeamchatError('mattermost.untrusted', 'cannot trust it'), { ...socket, managed: false }),
    [/^fail .*ls -l/],
  ],
  ['behind a link', judgeSilence(new TeamchatError('files.unsafe', 'cannot go into /x'), socket), [/^fail/]],
])

const store = { home: '/opt/mattermost', unit: 'mattermost.service' }

table('mattermost, account, provider', [
  ['well', judgeHealth({ databaseOk: true, fileStoreOk: true }, store), [/^pass/]],
  [
    'neither',
    judgeHealth({ databaseOk: false, fileStoreOk: false }, store),
    [/^fail database.*postgresql/, /^fail file store.*\/opt\/mattermost\/data/],
  ],
  [
    'the database is down',
    judgeDatabase('ECONNREFUSED', { address: '127.0.0.1:5432', reason: 'silent' }),
    [/^fail .*127\.0\.0\.1:5432 \(ECONNREFUSED\).*systemctl start postgresql/],
  ],
  ['the database is up', judgeDatabase(undefined, { address: '', reason: 'silent' }), [/^skip : silent/]],
  ['accounts', judgeAccounts(false, HOST), [/^pass/]],
  [
    'no account',
    judgeAccounts(true, HOST),
    [/^fail .*open the site becomes its administrator → mattermost-bulk-user-create/],
  ],
  [
    'no provider',
    judgeNoProvider({ managed: true, recorded: false }),
    [/^warn .*config set sssd service Provider/],
  ],
  [
    'none in the record',
    judgeNoProvider({ managed: true, recorded: true }),
    [/^warn .*setprop sssd Provider/],
  ],
  ['none, unmanaged', judgeNoProvider({ managed: false, recorded: false }), [/^skip/]],
  ['people', judgeRead({ othersSeen: true, locksKnown: true }, 'ldap://x'), [/^pass/]],
  ['nobody', judgeRead({ othersSeen: false, locksKnown: true }, 'ldap://x'), [/^fail .*UserDN/]],
  ['no locks', judgeRead({ othersSeen: true, locksKnown: false }, 'ldap://x'), [/^warn .*userPassword/]],
])

const pace = { pollInterval: 7, syncInterval: 90 }
const usn = { kind: 'usn', server: 's', url: 'ldaps://dc1', usn: 5n } as const

table('following', [
  ['confirmed', judgeConfirmed(true, 'ldap://x'), []],
  [
    'not confirmed',
    judgeConfirmed(false, 'ldap://x'),
    [/^warn ldap:\/\/x: .*teamchat users sync --confirm$/],
  ],
  [
    'OpenLDAP',
    [judgeCounter({ kind: 'csn', values: ['1'] }, 'ldap://x', 'r', pace)],
    [/^pass .*contextCSN.*every 7 s.*every 90 s/],
  ],
  ['a domain', [judgeCounter(usn, 'ldaps://dc1', 'r', pace)], [/^pass ldaps:\/\/dc1: highestCommittedUSN/]],
  [
    'no counter',
    [judgeCounter({ kind: 'none', reason: 'no syncprov' }, 'ldap://x', 'load syncprov', pace)],
    [/^warn .*no syncprov; everybody is read every 90 s.* → load syncprov$/],
  ],
  [
    'a file',
    [judgeUncounted({ watchedFile: '/p.ldif' }, pace)],
    [/^pass \/p\.ldif: read as soon.*every 90 s/],
  ],
])

const rule = (over: Partial<FileRule> = {}): FileRule => ({
  path: '/s',
  forbidden: 0o077,
  mode: '600',
  owner: 'root',
  ...over,
})

table('files', [
  ['closed', judgeFiles([[rule(), { mode: 0o100600, uid: 0 }]], 0), [/^pass/]],
  ['nothing there', judgeFiles([[rule(), undefined]], 0), [/^skip/]],
  [
    'open',
    judgeFiles([[rule(), { mode: 0o100640, uid: 0 }]], 0),
    [/^fail \/s: its mode is 0640.*chmod 600 \/s/],
  ],
  [
    'of somebody else',
    judgeFiles([[rule({ path: "/it's" }), { mode: 0o100600, uid: 33 }]], 0),
    [/^fail .*uid 33.*chown root:root '\/it'\\''s'/],
  ],
  [
    'anybody’s may be',
    judgeFiles([[rule({ owner: 'anybody', forbidden: 0o007 }), { mode: 0o100640, uid: 33 }]], 0),
    [/^pass/],
  ],
  ['below --root', judgeFiles([[rule(), { mode: 0o100600, uid: 1000 }]], 1000), [/^pass/]],
])

const GB = 1e9
const disk = (over: Partial<Disk>): Disk => ({
  folders: ['/var/lib/teamchatd'],
  free: 50 * GB,
  size: 100 * GB,
  freeInodes: 1e6,
  inodes: 1e7,
  ...over,
})

table('disk', [
  ['room', judgeDisks([disk({})]), [/^pass .*50 GB of 100 GB free/]],
  ['full', judgeDisks([disk({ free: 0 })]), [/^fail .*0 MB of 100 GB free → du/]],
  ['nearly', judgeDisks([disk({ free: 0.5 * GB })]), [/^warn .*500 MB/]],
  ['four per cent of 100 GB', judgeDisks([disk({ free: 4 * GB })]), [/^warn .*4\.0 GB/]],
  ['one per cent of 2 TB', judgeDisks([disk({ free: 20 * GB, size: 2000 * GB })]), [/^pass/]],
  ['no inodes', judgeDisks([disk({ freeInodes: 3 })]), [/^fail .*3 files more.*df -i/]],
  ['no such limit (btrfs)', judgeDisks([disk({ freeInodes: 0, inodes: 0 })]), [/^pass/]],
])

table('node', [
  ['exact', judgeNode('20.19.0', '>=20.19'), [/^pass/]],
  ['newer', judgeNode('22.3.0', '>=20.19'), [/^pass/]],
  ['older minor', judgeNode('20.18.9', '>=20.19'), [/^fail .*20\.19 or newer/]],
  ['older major', judgeNode('18.20.4', '>=20.19'), [/^fail/]],
])

table('environment', [
  ['none of ours', judgeVariables(['PATH', 'MM_FEATUREFLAGS_X'], 'm.service'), [/^pass/]],
  [
    'enforced and initial',
    judgeVariables(['MM_SERVICESETTINGS_SITEURL', 'MM_TEAMSETTINGS_MAXUSERSPERTEAM'], 'm.service'),
    [/^fail .*SITEURL.*systemctl edit --full m\.service/, /^warn .*MAXUSERSPERTEAM/],
  ],
])

const db = { configurationDb: '/db' }
const problem = { property: 'mattermost.ListenPort', message: 'cannot use it', hint: 'correct it' }

table('settings', [
  [
    'managed',
    judgeSettings({ problems: [], mattermostRecord: true }, { state: 'managed' }, undefined, db),
    [/^pass \/db/],
  ],
  [
    'what cannot be applied',
    judgeSettings(
      { problems: [], mattermostRecord: true },
      { state: 'managed' },
      { lastError: { at: '', message: 'cannot render it', hint: 'correct it' }, owed: ['restart x'] },
      db,
    ),
    [/^fail \/db: it is not applied: cannot render it → correct it/],
  ],
  [
    'what is owed',
    judgeSettings(
      { problems: [], mattermostRecord: true },
      { state: 'managed' },
      { lastError: undefined, owed: ['restart x', 'reload y'] },
      db,
    ),
    [/^warn \/db: still to be done: restart x; reload y → teamchat apply/],
  ],
  [
    'unmanaged',
    judgeSettings(
      { problems: [], mattermostRecord: true },
      { state: 'unmanaged', reason: 'r', hint: 'type: do it' },
      undefined,
      db,
    ),
    [/^warn \/db: r → teamchat config setprop mattermost status enabled/],
  ],
  [
    'held',
    judgeSettings(
      { problems: [], mattermostRecord: true },
      { state: 'held', reason: 'r', hint: 'h' },
      undefined,
      db,
    ),
    [/^warn .*→ teamchat apply/],
  ],
  [
    'not adopted',
    judgeSettings(
      { problems: [], mattermostRecord: true },
      { state: 'not-adopted', reason: 'r', hint: 'h', differences: [] },
      undefined,
      db,
    ),
    [/^fail .*→ teamchat adopt/],
  ],
  [
    'refused',
    judgeSettings(
      { problems: [], mattermostRecord: true },
      { state: 'refused', reason: 'r', hint: 'type: h' },
      undefined,
      db,
    ),
    [/^fail .*→ h/],
  ],
  [
    'bad values',
    judgeSettings(
      { problems: [problem, problem], mattermostRecord: true },
      { state: 'managed' },
      undefined,
      db,
    ),
    [/^fail .*cannot use it → correct it/, /^fail/],
  ],
])

t.test('the worst line counts; a skipped one does not', async t => {
  const of = (...verdicts: Said['verdict'][]) =>
    worstOf(verdicts.map(verdict => ({ verdict, subject: '', message: '', remedy: '' })))
  t.same([of(), of('skip'), of('pass', 'skip')], ['pass', 'pass', 'pass'])
  t.same([of('warn', 'pass'), of('pass', 'fail', 'warn')], ['warn', 'fail'])
})

t.test('words as a shell takes them', async t => {
  t.same(['/a/b-c.d', 'a b', "it's", '$(x)', ''].map(shellWord), [
    '/a/b-c.d',
    "'a b'",
    "'it'\\''s'",
    "'$(x)'",
    "''",
  ])
})
