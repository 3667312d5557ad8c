import t from 'tap'
import { createAuthority, createCertificate, hostOpenssl } from '../support/certificates.js'
import { type ChatHost, HOME, mattermostRecord, startChatHost } from '../support/chat-host.js'
import { type Host, skipWithoutHost } from '../support/host/host.js'
import { personLdif, type Slapd, startSlapd } from '../support/slapd.js'

const SITE = 'chat.example.org'
const CERTIFICATES = '/etc/ssl/chat'
const SOCKET = '/var/tmp/mattermost_local.socket'

interface Finding {
  check: string
  verdict: string
  subject: string
  message: string
  remedy: string
}

interface Report {
  status: number
  worst: string
  findings: Finding[]
}

async function doctor(chat: ChatHost, ...more: string[]): Promise<Report> {
  const { status, stdout, stderr } = await chat.run(['teamchat', ...more, 'doctor', '--json'])
  if (stdout === '') throw new Error(stderr)
  return { status, ...JSON.parse(stdout) }
}

/** The lines of a check, as `verdict message`. */
function lines(report: Report, check: string): string[] {
  return report.findings
    .filter(finding => finding.check === check)
    .map(({ verdict, subject, message, remedy }) => `${verdict} ${subject}: ${message} → ${remedy}`)
}

/** What is neither pass nor skip. */
function bad(report: Report): string[] {
  return report.findings
    .filter(({ verdict }) => verdict === 'fail' || verdict === 'warn')
    .map(({ check }) => check)
}

async function site(chat: ChatHost, slapd: Slapd): Promise<void> {
  const { host, must, until, ask, database } = chat
  const config = (...args: string[]) => must(['teamchat', 'config', ...args])
  await certificates(host)
  await host.write(`${HOME}/config/config.json`, '{}', { mode: 0o600, owner: 'mattermost:mattermost' })
  await host.run(['mkdir', '-p', '-m', '700', '/etc/teamchatd/secrets'])
  await host.write('/etc/teamchatd/secrets/mattermost', `${database.password}\n`, { mode: 0o600 })
  await config('set', 'DomainName', 'example.org')
  await config('set', 'OrganizationContact', 'configuration', 'Company', 'Example Org')
  await config('set', 'apache2', 'service', 'status', 'enabled')
  await config('set', 'sssd', 'service', 'Provider', 'ldap', 'LdapURI', slapd.uri)
  await config('setprop', 'sssd', 'StartTls', 'enabled', 'CaFile', slapd.caFile)
  await must(['teamchat', 'config', 'setprop', 'sssd', 'BindPassword', '-'], slapd.bindPassword)
  const certificate = { CertificateFile: `${CERTIFICATES}/site.crt`, KeyFile: `${CERTIFICATES}/site.key` }
  await config('set', ...mattermostRecord(chat, { VirtualHost: SITE, ...certificate }))
  await must(['systemctl', 'enable', '--now', 'teamchatd.service'])
  await until(
    'Mattermost answers through Apache',
    async () => (await ask(`https://${SITE}/api/v4/system/ping`)).status === 200,
  )
}

/** One for the site, one that ends soon, and a key of somebody else's. */
async function certificates(host: Host): Promise<void> {
  const openssl = hostOpenssl(host)
  const folder = `${host.shared}/site`
  const authority = await createAuthority(openssl, folder)
  const soon = new Date(Date.now() + 5 * 86_400_000)
  await createCertificate(openssl, folder, { name: 'site', dnsNames: [SITE], authority })
  await createCertificate(openssl, folder, { name: 'soon', dnsNames: [SITE], authority, validTo: soon })
  await createCertificate(openssl, folder, { name: 'other', dnsNames: ['other.example.org'] })
  await host.run(['mkdir', '-p', CERTIFICATES])
  await host.run(['sh', '-c', `cp ${folder}/*.crt ${folder}/*.key ${CERTIFICATES}`])
}

t.test('the doctor finds what is wrong on a real host, and says what to type', skipWithoutHost(), async t => {
  const chat = await startChatHost(t)
  const { host, run, must, until, show, ask } = chat
  const slapd = await startSlapd(t, host, {
    users: personLdif(
      { uid: 'minnie', cn: 'Minnie Mouse', sn: 'Mouse', mails: ['minnie@example.org'], password: 'x' },
      'ou=People,dc=directory,dc=nh',
    ),
  })

  await t.test('a host that nobody has configured: nothing fails but our stopped unit is told', async t => {
    const report = await doctor(chat)
    t.equal(report.status, 0, JSON.stringify(report, undefined, 1))
    t.match(lines(report, 'settings').join(), /^warn .*no explicit status.*status enabled/)
    t.match(
      lines(report, 'teamchatd unit').join(),
      /^warn .*inactive and not enabled → systemctl enable --now teamchatd/,
    )
    for (const check of ['dns', 'certificate', 'acme', 'apache', 'site', 'environment'])
      t.match(lines(report, check).join(), /^skip : not managed/, check)
    t.match(lines(report, 'socket').join(), /^skip : not managed/)
  })

  await site(chat, slapd)

  await t.test('no account: the first visitor would be administrator', async t => {
    const report = await doctor(chat)
    t.equal(report.status, 1)
    t.match(
      lines(report, 'account').join(),
      /^fail .*becomes its administrator → mattermost-bulk-user-create/,
    )
    await must(['mattermost-bulk-user-create'])
  })

  // The state folder is the daemon's, which lives; the folder of the probe keeps all but its time.
  const fingerprint = () =>
    must([
      'sh',
      '-c',
      "find /etc /srv/chat/config -printf '%p %m %u %g %i %l %T@\\n' | sort; find /var/www -printf '%p %m %u %g %i\\n' | sort",
    ])

  await t.test('all is well: only the DNS cannot be asked here; nothing has changed', async t => {
    const before = await fingerprint()
    const report = await doctor(chat)
    t.same(
      [report.status, report.worst, bad(report)],
      [0, 'warn', ['dns']],
      JSON.stringify(report, undefined, 1),
    )
    t.match(lines(report, 'dns').join(), /no DNS server answers/)
    t.match(lines(report, 'selinux').join(), /^skip/)
    t.equal((await doctor(chat)).status, 0)
    t.equal(
      (await must(['sh', '-c', 'find /var/www -name "*teamchat*" -o -name .well-known'])).trim(),
      '',
      'no probe is left',
    )
    t.equal(await fingerprint(), before, 'nothing has changed')
    const shown = await run(['teamchat', 'doctor'])
    t.equal(shown.status, 0)
    t.match(shown.stdout, /^pass {2}settings /)
    t.match(shown.stdout, /\n1 warn, \d+ pass, \d+ skip\n$/)
    t.notMatch(shown.stdout, '\u001b', 'no colours where there is no terminal')
    for (const secret of [slapd.bindPassword, chat.database.password])
      t.notMatch(shown.stdout + JSON.stringify(report), secret, 'no secret')
  })

  /** Each is broken, looked at, and mended again. */
  const troubles: {
    name: string
    breaks: string
    mends: string
    says: Record<string, RegExp>
    also?: string[]
  }[] = [
    {
      name: 'a certificate whose key does not match',
      breaks: `cp ${CERTIFICATES}/site.key /tmp/site.key; cp ${CERTIFICATES}/other.key ${CERTIFICATES}/site.key`,
      mends: `cp /tmp/site.key ${CERTIFICATES}/site.key`,
      says: { certificate: /^fail .*does not belong to it/, settings: /^(pass|fail)/ },
    },
    {
      name: 'a certificate that ends soon and was not taken up by a reload',
      breaks: `cd ${CERTIFICATES}; mkdir old; mv site.* old; cp soon.crt site.crt; cp soon.key site.key`,
      mends: `cd ${CERTIFICATES}; mv old/site.* .; rmdir old`,
      says: {
        certificate: /^warn .*in [45] days.*systemctl reload apache2/,
        site: /^warn .*another certificate.*→ systemctl reload apache2/,
      },
    },
    {
      name: 'a certificate of another name, signed by itself',
      breaks: `cd ${CERTIFICATES}; mkdir old; mv site.* old; cp other.crt site.crt; cp other.key site.key`,
      mends: `cd ${CERTIFICATES}; mv old/site.* .; rmdir old`,
      says: {
        certificate:
          /^fail .*other\.example\.org, not for chat\.example\.org.*,warn .*self-signed.*mobile apps.*certbot certonly --webroot -w \/var\/www\/html -d chat\.example\.org/,
      },
    },
    {
      name: 'a module that is not enabled',
      breaks: 'a2dismod --quiet --force proxy_http && systemctl restart apache2',
      mends: 'a2enmod --quiet proxy_http && systemctl restart apache2',
      says: {
        apache: /^fail modules: not enabled: proxy_http → a2enmod proxy_http && systemctl restart apache2/,
        site: /^fail/,
      },
    },
    {
      name: 'a module without which Apache refuses its configuration',
      breaks: 'a2dismod --quiet --force headers',
      mends: 'a2enmod --quiet headers',
      says: { apache: /fail modules: not enabled: headers → a2enmod headers.*RequestHeader/ },
    },
    {
      name: 'Apache is stopped',
      breaks: 'systemctl stop apache2',
      mends: 'systemctl start apache2',
      says: {
        'apache unit': /^fail .*inactive → systemctl start apache2/,
        acme: /^fail .*port 80.*ECONNREFUSED.* → systemctl start apache2/,
        site: /^fail .*port 443/,
      },
    },
    {
      name: 'another virtual host swallows the proof',
      breaks: `echo 'RedirectMatch 301 ^/.well-known https://elsewhere.example.org/' >/etc/apache2/conf-enabled/swallow.conf; sed -i '/Alias/d' /etc/apache2/sites-available/mattermost.conf; systemctl reload apache2`,
      mends: 'rm /etc/apache2/conf-enabled/swallow.conf; teamchat apply >/dev/null; systemctl reload apache2',
      says: { acme: /^fail .*redirect to https:\/\/elsewhere/ },
    },
    {
      name: 'a socket of somebody else',
      breaks: `chown nobody ${SOCKET}`,
      mends: `chown mattermost ${SOCKET}`,
      says: {
        socket: /^fail .*belongs to uid \d+.*ls -l \/var\/tmp/,
        mattermost: /^(skip .*see socket|fail database: nothing answers)/,
        account: /^skip .*see socket/,
      },
    },
    {
      name: 'a wrong bind password',
      breaks: 'echo nonsense | teamchat config setprop sssd BindPassword -',
      mends: `echo ${slapd.bindPassword} | teamchat config setprop sssd BindPassword -`,
      says: { provider: /^fail .*wrong DN or password.*BindPassword -/ },
    },
    {
      name: 'a directory that shall be followed, and nobody has confirmed it',
      breaks: 'teamchat config setprop mattermost UserSync full',
      mends: 'teamchat config setprop mattermost UserSync events',
      says: {
        following:
          /^warn .*nobody has confirmed.* → teamchat users sync --confirm,pass .*contextCSN counts its changes: asked every 5 s/,
      },
    },
    {
      name: 'a secret that others can read',
      breaks: 'chmod 644 /etc/teamchatd/secrets/mattermost; chown mattermost /var/lib/teamchatd/links.json',
      mends: 'chmod 600 /etc/teamchatd/secrets/mattermost; chown root /var/lib/teamchatd/links.json',
      says: {
        files:
          /chown root:root \/var\/lib\/teamchatd\/links\.json.*mode is 0644.*chmod 600 \/etc\/teamchatd\/secrets\/mattermost/,
      },
    },
    {
      name: 'a variable of the unit that wins',
      breaks:
        'mkdir -p /etc/systemd/system/mattermost.service.d; printf "[Service]\\nEnvironment=MM_SERVICESETTINGS_SITEURL=hidden\\n" >/etc/systemd/system/mattermost.service.d/site.conf; systemctl daemon-reload',
      mends: 'rm -r /etc/systemd/system/mattermost.service.d; systemctl daemon-reload',
      says: { environment: /^fail .*MM_SERVICESETTINGS_SITEURL.*SiteURL/ },
    },
    {
      name: 'the daemon is stopped and disabled',
      breaks: 'systemctl disable --now --quiet teamchatd',
      mends: 'systemctl enable --now --quiet teamchatd',
      says: {
        'teamchatd unit': /^fail .*systemctl enable --now teamchatd/,
      },
    },
    {
      name: 'Mattermost is stopped',
      breaks: 'systemctl stop mattermost',
      mends: 'systemctl start mattermost',
      says: {
        'mattermost unit': /^fail .*inactive → systemctl start mattermost/,
        socket: /^fail .*systemctl status mattermost/,
        site: /^fail .*does not reach Mattermost \(HTTP 503\)/,
        account: /^skip/,
      },
    },
  ]

  for (const { name, breaks, mends, says } of troubles) {
    await t.test(name, async t => {
      await must(['sh', '-c', breaks])
      const report = await doctor(chat)
      const all = JSON.stringify(report)
      for (const [check, pattern] of Object.entries(says))
        t.match(lines(report, check).join(), pattern, check)
      t.equal(report.status, report.worst === 'fail' ? 1 : 0)
      t.notMatch(all, slapd.bindPassword)
      t.notMatch(all, 'hidden')
      await must(['sh', '-c', mends])
    })
  }

  await t.test('mended: all is well again', async t => {
    await until(
      'Mattermost answers through Apache',
      async () => (await ask(`https://${SITE}/api/v4/system/ping`)).status === 200,
    )
    await until('nothing is left', async () => bad(await doctor(chat)).join() === 'dns')
    t.equal(await show('teamchatd.service', 'ActiveState'), 'active')
  })

  await t.test('a stopped database is Mattermost’s own word', async t => {
    await host.write(`${HOME}/stand-in-faults.json`, '{"databaseDown":true}')
    const report = await doctor(chat)
    t.match(lines(report, 'mattermost').join(), /^fail database/)
    await must(['rm', `${HOME}/stand-in-faults.json`])
  })

  await t.test('disabled, and WebServer=none: what is not wanted is not looked for', async t => {
    await must(['teamchat', 'config', 'setprop', 'mattermost', 'WebServer', 'none'])
    for (const check of ['dns', 'certificate', 'acme', 'apache', 'apache unit', 'site'])
      t.match(lines(await doctor(chat), check).join(), /^skip : WebServer=none/, check)
    await must(['teamchat', 'config', 'setprop', 'mattermost', 'status', 'disabled'])
    await until(
      'Mattermost has stopped',
      async () => (await show('mattermost.service', 'ActiveState')) === 'inactive',
    )
    await until(
      'it is disabled',
      async () => (await show('mattermost.service', 'UnitFileState')) === 'disabled',
    )
    const report = await doctor(chat)
    t.same([report.status, bad(report)], [0, []], JSON.stringify(report, undefined, 1))
  })

  await t.test('below --root no service and nothing outside is looked at', async t => {
    await must(['mkdir', '-p', '/tmp/try/var/lib/nethserver/db'])
    await must([
      'sh',
      '-c',
      'teamchat --root /tmp/try config set mattermost service status enabled VirtualHost chat.example.org',
    ])
    const report = await doctor(chat, '--root', '/tmp/try')
    for (const check of ['teamchatd unit', 'mattermost unit', 'apache unit', 'apache', 'acme', 'site', 'dns'])
      t.match(lines(report, check).join(), /^skip : --root/, check)
    t.match(lines(report, 'socket').join(), /^fail \/tmp\/try\/var\/tmp/)
  })

  await t.test('a DB that cannot be read: said, and nothing else is guessed', async t => {
    await must(['mkdir', '-p', '/tmp/broken/var/lib/nethserver/db/configuration'])
    const report = await doctor(chat, '--root', '/tmp/broken')
    t.equal(report.status, 1)
    t.match(lines(report, 'settings').join(), /^fail .*cannot read/)
    t.match(lines(report, 'socket').join(), /^skip : the DB cannot be read/)
  })
})
