import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { SettingsSource, writeRecords } from '../../../src/app/settings-source.js'
import { errorOf } from '../../support/error-of.js'
import {
  CONFIG,
  createSite,
  LINK,
  type Site,
  STATE,
  sampleSettings,
  VHOST,
} from '../../support/settings-site.js'

const SOURCE = 'postgres://chat:p%40ss@db.example.org/chat?sslmode=require'
const SITE = {
  ServiceSettings: {
    SiteURL: 'https://team.example.com',
    ListenAddress: ':8066',
    EnableLocalMode: false,
    Own: 12345678901234567890n,
  },
  SqlSettings: { DriverName: 'postgres', DataSource: SOURCE },
  FileSettings: { Directory: '/srv/chat/files/' },
  EmailSettings: { SMTPServer: 'mail.example.com', FeedbackName: 'Our chat' },
}
const SITE_TEXT = JSON.stringify(
  SITE,
  (_name, value) => (typeof value === 'bigint' ? `${value}n` : value),
  2,
).replace(/"(\d+)n"/, '$1')
const SITE_VHOST = `<VirtualHost *:443>
  ServerName team.example.com
  SSLCertificateFile /etc/ssl/team.pem
  SSLCertificateKeyFile /etc/ssl/team.key
</VirtualHost>
`

function unmanaged() {
  const settings = sampleSettings({ status: undefined, virtualHost: '' })
  return { ...settings, explicit: new Set<string>() }
}

t.test('beside a hand-configured Mattermost: not a byte moves until adopt, nor with it', async t => {
  const site = createSite(t, { settings: unmanaged() })
  site.write(CONFIG, SITE_TEXT, 0o640)
  site.write('/etc/apache2/sites-enabled/team.conf', SITE_VHOST)
  site.write('/var/lib/nethserver/db/configuration', 'mattermost=service\n')
  site.setUnit('mattermost.service', { active: 'active', enabled: 'enabled' })
  const untouched = () => {
    t.equal(site.file(CONFIG), SITE_TEXT)
    t.equal(statSync(site.root + CONFIG).mode & 0o777, 0o640)
    t.equal(site.file('/etc/apache2/sites-enabled/team.conf'), SITE_VHOST)
    t.notOk(site.has(VHOST))
    t.same(site.actions(), [])
  }
  t.test('unmanaged: nothing, and that is fine', async t => {
    const outcome = await site.service.run({ cause: 'start' })
    t.equal(outcome.state, 'unchanged')
    t.match(outcome.plan.management, { state: 'unmanaged', hint: /status enabled/ })
    t.notOk(site.has(STATE))
    untouched()
  })
  t.test('with a status: not adopted, named line by line without the password', async t => {
    site.set({ status: 'enabled', virtualHost: 'team.example.com' })
    const error = await errorOf(site.service.run({ cause: 'db-changed' }))
    t.equal(error.code, 'settings.notAdopted')
    t.match(error.hint, /teamchat adopt/)
    const { management } = await site.service.plan()
    t.match(management, { state: 'not-adopted' })
    const lines = management.state === 'not-adopted' ? management.differences.join('\n') : ''
    for (const part of [
      'DataSource',
      'ListenAddress is ":8066"',
      'Directory',
      'team.conf serves team.example.com',
    ]) {
      t.match(lines, part)
    }
    t.notMatch(lines + error.message, /p%40ss/)
    t.notMatch(lines, /EnableLocalMode|SiteURL/, 'shipped or equal values are no difference')
    t.notOk(site.has(STATE))
    untouched()
  })
  t.test('adopt: taken into DB and secret file, originals kept, held', async t => {
    const { taken, plan } = await site.service.adopt({ dryRun: false, vhost: false })
    t.notMatch(taken.join('\n'), /p%40ss/)
    t.same(site.written, [
      {
        key: 'mattermost',
        type: 'service',
        props: {
          DataDirectory: '/srv/chat/files/',
          ListenAddress: ':8066',
          CertificateFile: '/etc/ssl/team.pem',
          KeyFile: '/etc/ssl/team.key',
          WebServer: 'none',
        },
      },
    ])
    t.equal(site.file('/etc/teamchatd/secrets/mattermost-datasource'), `${SOURCE}\n`)
    t.equal(statSync(`${site.root}/etc/teamchatd/secrets/mattermost-datasource`).mode & 0o777, 0o600)
    t.equal(plan.management.state, 'held')
    const kept = `${site.paths.generationsFolder}/0`
    t.equal(readFileSync(`${kept}/config.json`, 'utf8'), SITE_TEXT)
    t.equal(readFileSync(`${kept}/configuration`, 'utf8'), 'mattermost=service\n')
    untouched()
  })
  t.test('held: what remains is shown and waits for apply', async t => {
    t.equal((await site.service.run({ cause: 'db-changed' })).state, 'held')
    const plan = await site.service.plan()
    t.same(
      plan.files.map(file => file.changes.map(line => line.split(':')[0])),
      [['ServiceSettings.EnableLocalMode']],
      'what was adopted is what is wanted',
    )
    untouched()
  })
  t.test('adopt again: the first originals stay', async t => {
    await site.restarted().adopt({ dryRun: false, vhost: false })
    t.same(readdirSync(`${site.paths.generationsFolder}/0`).sort(), [
      'config.json',
      'configuration',
      'manifest.json',
    ])
    untouched()
  })
  t.test('apply: only what was shown; initial leaves and big numbers stay', async t => {
    t.equal((await site.service.run({ cause: 'apply' })).state, 'applied')
    t.match(site.file(CONFIG), /"Own": 12345678901234567890/)
    const config = site.config()
    t.equal(config.SqlSettings?.DataSource, SOURCE)
    t.equal(config.EmailSettings?.SMTPServer, 'mail.example.com')
    t.equal(config.EmailSettings?.FeedbackName, 'Our chat')
    t.equal(config.ServiceSettings?.EnableLocalMode, true)
    t.equal(statSync(site.root + CONFIG).mode & 0o777, 0o640)
    t.same(site.actions(), ['restart mattermost.service'])
    t.notOk(site.has(VHOST))
    t.same(
      (await site.service.adopt({ dryRun: false, vhost: false })).taken,
      [],
      'what is managed is not adopted',
    )
  })
})

t.test('adopt --vhost: a vhost at our own path is taken over on apply, its link stays the one', async t => {
  const site = createSite(t, { settings: unmanaged() })
  site.write(CONFIG, SITE_TEXT)
  site.write(VHOST, SITE_VHOST.replaceAll('/etc/ssl/', `${site.root}/etc/ssl/`))
  symlinkSync('../sites-available/mattermost.conf', `${site.root}/etc/apache2/sites-enabled/mattermost.conf`)
  const { execFileSync } = await import('node:child_process')
  site.write('/etc/ssl/team.key', '')
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=team.example.com',
      '-keyout',
      `${site.root}/etc/ssl/team.key`,
      '-out',
      `${site.root}/etc/ssl/team.pem`,
    ],
    { stdio: 'ignore' },
  )
  const vhost = site.file(VHOST)
  site.setUnit('mattermost.service', { active: 'inactive', enabled: 'enabled' })
  await site.service.adopt({ dryRun: false, vhost: true })
  t.match(site.written[0]?.props, {
    status: 'enabled',
    CertificateFile: '/etc/ssl/team.pem',
    KeyFile: '/etc/ssl/team.key',
  })
  t.notOk(site.written[0]?.props.WebServer)
  t.equal(site.file(VHOST), vhost)
  await t.test('edited between adopt and apply: refused', async t => {
    site.write(VHOST, `${vhost}# mine\n`)
    const error = await errorOf(site.service.run({ cause: 'apply' }))
    t.match(error.message, /somebody else wrote what is there now/)
    site.write(VHOST, vhost)
  })
  await site.service.run({ cause: 'apply' })
  t.match(site.file(VHOST), /^# teamchatd renders/)
  t.match(site.file(VHOST), `SSLCertificateFile "${site.root}/etc/ssl/team.pem"`)
  t.match(site.file(VHOST), 'ProxyPass "/" "http://127.0.0.1:8066/" nocanon upgrade=websocket')
  t.notOk(site.has(LINK), 'Apache would read the file twice')
  t.equal(readFileSync(`${site.paths.generationsFolder}/0/mattermost.conf`, 'utf8'), vhost)
})

t.test('what cannot be adopted is refused in words, and nothing is written', async t => {
  const cases: { name: string; make: (site: Site) => void; says: RegExp }[] = [
    {
      name: 'a configuration in the database',
      make: site =>
        site.setUnit('mattermost.service', {
          active: 'active',
          enabled: 'enabled',
          environment: 'A=b "MM_CONFIG=postgres://u:s3cret@h/d"',
        }),
      says: /in the database, which is not supported/,
    },
    { name: 'nothing there', make: site => site.write(CONFIG, ''), says: /it is empty/ },
    {
      name: 'MySQL',
      make: site =>
        site.write(CONFIG, '{"SqlSettings": {"DriverName": "mysql", "DataSource": "u:s3cret@tcp(h)/d"}}'),
      says: /MySQL/,
    },
  ]
  for (const { name, make, says } of cases) {
    t.test(name, async t => {
      const site = createSite(t, { settings: unmanaged() })
      site.write(CONFIG, SITE_TEXT)
      make(site)
      const error = await errorOf(site.service.adopt({ dryRun: false, vhost: false }))
      t.match(error.message, says)
      t.notMatch(error.message + error.hint, /s3cret/)
      t.notOk(site.has(STATE))
      t.same(site.written, [])
      site.set({ status: 'enabled' })
      await errorOf(site.service.run({ cause: 'start' }))
      t.same(site.actions(), [])
      t.notOk(site.has(VHOST))
    })
  }
})

t.test('an adoption that ends in the middle applies nothing until it is repeated', async t => {
  const site = createSite(t, { settings: unmanaged() })
  site.write(CONFIG, SITE_TEXT)
  site.write('/etc/teamchatd/secrets', 'a file in the place of the folder')
  await errorOf(site.service.adopt({ dryRun: false, vhost: false }))
  site.set({ status: 'enabled' })
  const { rmSync } = await import('node:fs')
  rmSync(`${site.root}/etc/teamchatd/secrets`)
  t.match(await site.service.management(), { state: 'not-adopted', reason: /interrupted/ })
  t.equal((await errorOf(site.service.run({ cause: 'start' }))).code, 'settings.notAdopted')
  await site.service.adopt({ dryRun: false, vhost: false })
  t.equal((await site.service.management()).state, 'held')
})

t.test('with the real DB: what is adopted reads back, and what was derived is pinned', async t => {
  const site = createSite(t)
  const db = '/var/lib/nethserver/db/configuration'
  site.write(
    db,
    'DomainName=example.com\nOrganizationContact=configuration|Company|Example Org\nhttpd=service|status|enabled\n',
  )
  site.write(CONFIG, '{}')
  // The unit knows another folder than the default.
  const files = { Directory: './data/' }
  const service = { SiteURL: 'https://mattermost.example.com/', ListenAddress: '127.0.0.1:8077' }
  const live = {
    ServiceSettings: service,
    SqlSettings: { DriverName: 'postgres', DataSource: SOURCE },
    FileSettings: files,
  }
  site.write('/srv/mm/config/config.json', JSON.stringify(live))
  const workingDirectory = `${site.root}/srv/mm`
  site.setUnit('mattermost.service', { active: 'active', enabled: 'disabled', workingDirectory })
  site.setUnit('httpd.service', { active: 'active', enabled: 'enabled' })
  const source = new SettingsSource(site.paths)
  site.readDb = () => source.read()
  site.writeDb = changes => writeRecords(site.paths, changes)

  t.equal((await site.service.management()).state, 'unmanaged')
  const { plan, taken } = await site.service.adopt({ dryRun: false, vhost: false })
  t.match(taken.join('\n'), /Home "\/srv\/mm"/)
  t.equal(
    site
      .file(db)
      .split('\n')
      .find(line => line.startsWith('mattermost=')),
    'mattermost=service|DataDirectory|/srv/mm/data/|Home|/srv/mm|ListenPort|8077|VirtualHost|mattermost.example.com|WebServer|none|status|enabled',
  )
  t.equal(plan.management.state, 'held')
  t.notMatch(
    JSON.stringify(plan.files),
    /SiteURL|ListenAddress|DataSource|Feedback/,
    'what is live is what is wanted',
  )
  await site.service.run({ cause: 'apply' })
  const config = JSON.parse(site.file('/srv/mm/config/config.json'))
  t.match(config, {
    ServiceSettings: { ...service, EnableLocalMode: true },
    SqlSettings: { DataSource: SOURCE },
  })
  t.notOk(config.EmailSettings, 'initial leaves count as done')
  t.equal((await site.restarted().run({ cause: 'start' })).state, 'unchanged')
  t.test('a broken line, and a DB that is gone', async t => {
    const before = site.file(db)
    site.write(db, before.replace('mattermost=service', 'mattermost service'))
    t.equal((await errorOf(site.service.run({ cause: 'db-changed' }))).code, 'settings.invalid')
    site.write(db, '')
    t.equal((await errorOf(site.service.run({ cause: 'db-changed' }))).code, 'db.lost')
    site.write(db, before)
    t.equal((await site.service.run({ cause: 'db-changed' })).state, 'unchanged')
  })
})

t.test('a live value that the DB may not hold: refused before anything is written', async t => {
  const site = createSite(t, { settings: unmanaged() })
  site.write(CONFIG, SITE_TEXT.replace('/srv/chat/files/', '/srv/<chat>/'))
  const error = await errorOf(site.service.adopt({ dryRun: false, vhost: false }))
  t.match(error, {
    code: 'check.failed',
    message: /DataDirectory.*"<"/,
    hint: /nothing was changed/,
  })
  t.same(site.written, [])
  t.notOk(site.has(STATE))
})

t.test('a site with a short name keeps it', async t => {
  const site = createSite(t, { settings: unmanaged() })
  site.write(
    CONFIG,
    JSON.stringify({
      ...SITE,
      ServiceSettings: { ...SITE.ServiceSettings, Own: 1, SiteURL: 'https://chat' },
    }),
  )
  await site.service.adopt({ dryRun: false, vhost: false })
  t.match(site.written, [{ props: { SiteURL: 'https://chat', VirtualHost: undefined } }])
})

t.test('the originals are kept byte for byte, whatever their encoding', async t => {
  const site = createSite(t, { settings: unmanaged() })
  site.write(CONFIG, SITE_TEXT)
  const vhost = Buffer.from(`# f\u00fcr uns\n${SITE_VHOST}`, 'latin1')
  writeFileSync(site.root + VHOST, vhost)
  await site.service.adopt({ dryRun: false, vhost: false })
  t.same(readFileSync(`${site.paths.generationsFolder}/0/mattermost.conf`), vhost)
})
