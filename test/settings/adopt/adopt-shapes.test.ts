import { readFileSync } from 'node:fs'
import t from 'tap'
import { everything, handMade, property, SECRET, SOURCE, siteConfig } from '../../support/adopted-site.js'
import { CONFIG, type Site, VHOST } from '../../support/settings-site.js'

const LOCAL_MODE = 'ServiceSettings.EnableLocalMode'
const RUNS = { active: 'active', enabled: 'enabled' }
const ENABLED = '/etc/apache2/sites-enabled'
const PROXY = 'ProxyPass / http://127.0.0.1:8065/'

function service(values: Record<string, unknown>) {
  return siteConfig({ ServiceSettings: values })
}

interface Shape {
  name: string
  config?: ReturnType<typeof siteConfig>
  make?: (site: Site) => void
  /** What the DB says afterwards; `SAME`: the path below the root of the test. */
  takes?: Record<string, string | undefined>
  says?: RegExp
  /** The leaves that the first plan changes. */
  leaves?: string[]
}

const shapes: Shape[] = [
  {
    name: 'what Mattermost ships, with an address',
    takes: { ListenAddress: ':8065', DataDirectory: undefined },
  },
  {
    name: 'local mode is on already',
    config: service({ EnableLocalMode: true }),
    leaves: [],
  },
  { name: 'a slash at the end of SiteURL', config: service({ SiteURL: 'https://chat.example.org/' }) },
  {
    name: 'a SiteURL in capitals',
    config: service({ SiteURL: 'https://Chat.Example.org' }),
    takes: { VirtualHost: 'chat.example.org' },
    says: /SiteURL.*is left out: it is kept as the adoption found it/,
  },
  {
    name: 'a SiteURL of http',
    config: service({ SiteURL: 'http://chat.example.org' }),
    takes: { SiteURL: 'http://chat.example.org', WebServer: 'none' },
  },
  {
    name: 'a SiteURL with a port',
    config: service({ SiteURL: 'https://chat.example.org:8443' }),
    takes: { SiteURL: 'https://chat.example.org:8443' },
  },
  {
    name: 'a SiteURL with a path',
    config: service({ SiteURL: 'https://example.org/chat/' }),
    takes: { SiteURL: 'https://example.org/chat/', VirtualHost: 'example.org' },
  },
  {
    name: 'a SiteURL of an address of IPv6',
    config: service({ SiteURL: 'http://[2001:db8::1]:8065' }),
    takes: { SiteURL: 'http://[2001:db8::1]:8065' },
  },
  { name: 'no SiteURL', config: service({ SiteURL: '' }), says: /SiteURL.*is left out/ },
  { name: 'the SiteURL of a first try', config: service({ SiteURL: 'http://localhost:8065' }) },
  {
    name: 'no SiteURL and no domain: nobody has said a name',
    config: service({ SiteURL: '' }),
    make: site => site.write('/var/lib/nethserver/db/configuration', ''),
  },
  {
    name: 'no SiteURL, and a virtual host that leads to it',
    config: service({ SiteURL: '' }),
    make: site =>
      site.write(
        `${ENABLED}/team.conf`,
        `<VirtualHost *:443>\nServerName team.example.com\n${PROXY}\n</VirtualHost>`,
      ),
    takes: { VirtualHost: 'team.example.com' },
    says: /team\.conf serves the site and stays/,
  },
  {
    name: 'a virtual host of another name, and without one',
    make: site => site.write(`${ENABLED}/000-all.conf`, `<VirtualHost *:443>\n${PROXY}\n</VirtualHost>`),
    takes: { VirtualHost: 'chat.example.org', WebServer: 'none' },
    says: /000-all\.conf serves the site and stays/,
  },
  {
    name: "certbot's pair",
    make: site => {
      const name = 'ServerName chat.example.org'
      site.write(
        `${ENABLED}/chat.conf`,
        `<VirtualHost *:80>\n${name}\nRewriteEngine on\nRewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]\n</VirtualHost>`,
      )
      site.write(
        `${ENABLED}/chat-le-ssl.conf`,
        `<IfModule mod_ssl.c>\n<VirtualHost *:443>\n${name}\n${PROXY}\nInclude /etc/letsencrypt/options-ssl-apache.conf\nSSLCertificateFile /etc/letsencrypt/live/chat.example.org/fullchain.pem\nSSLCertificateKeyFile /etc/letsencrypt/live/chat.example.org/privkey.pem\n</VirtualHost>\n</IfModule>`,
      )
    },
    takes: {
      WebServer: 'none',
      CertificateFile: '/etc/letsencrypt/live/chat.example.org/fullchain.pem',
      KeyFile: '/etc/letsencrypt/live/chat.example.org/privkey.pem',
    },
    says: /chat-le-ssl\.conf, .*chat\.conf serves the site and stays/,
  },
  {
    name: 'a certificate below ServerRoot, and one that the DB cannot hold',
    make: site =>
      site.write(
        `${ENABLED}/chat.conf`,
        '<VirtualHost *:443>\nServerName chat.example.org\nSSLCertificateFile ssl/chat.pem\nSSLCertificateKeyFile "$' +
          '{SSL}/chat.key"\n</VirtualHost>',
      ),
    takes: { CertificateFile: undefined },
    says: /its certificate is left to it/,
  },
  {
    name: 'a virtual host at our own path',
    make: site => {
      site.write(VHOST, `<VirtualHost *:443>\nServerName chat.example.org\n${PROXY}\n</VirtualHost>`)
      site.write(`${ENABLED}/mattermost.conf`, site.file(VHOST))
    },
    takes: { WebServer: 'none' },
  },
  {
    name: 'an address of IPv6',
    config: service({ ListenAddress: '[::1]:8065' }),
    takes: { ListenAddress: '[::1]:8065' },
  },
  {
    name: 'loopback by name',
    config: service({ ListenAddress: 'localhost:8065' }),
    takes: { ListenAddress: 'localhost:8065' },
  },
  {
    name: 'another port',
    config: service({ ListenAddress: '127.0.0.1:9000' }),
    takes: { ListenPort: '9000' },
  },
  { name: 'no address', config: service({ ListenAddress: '' }), takes: { ListenAddress: undefined } },
  {
    name: 'a DataSource with odd characters',
    config: siteConfig({
      SqlSettings: {
        DataSource: `postgres://u%7c:${SECRET}'"|\\ü\${x}@h:1/d?a=b&c=%25`,
      },
    }),
  },
  {
    name: 'a DataSource in keywords',
    config: siteConfig({ SqlSettings: { DataSource: `host=h password=${SECRET}` } }),
  },
  { name: 'no DataSource', config: siteConfig({ SqlSettings: { DataSource: '' } }) },
  { name: 'no DriverName', config: siteConfig({ SqlSettings: { DriverName: '' } }) },
  {
    name: 'files elsewhere',
    config: siteConfig({ FileSettings: { Directory: '/srv/chat/files' } }),
    takes: { DataDirectory: '/srv/chat/files' },
  },
  {
    name: 'files in a relative folder',
    config: siteConfig({ FileSettings: { Directory: 'files' } }),
    takes: { DataDirectory: '/opt/mattermost/files' },
  },
  { name: 'an old file with few leaves', config: { SqlSettings: { DataSource: SOURCE } } as never },
  {
    name: 'another socket',
    config: service({ LocalModeSocketLocation: '/run/chat/local.socket' }),
    takes: { LocalSocket: '/run/chat/local.socket' },
  },
  {
    name: 'running, and not at boot',
    make: site => site.setUnit('mattermost.service', { active: 'active', enabled: 'disabled' }),
    says: /is not enabled at boot, as it was adopted/,
  },
  {
    name: 'stopped and disabled',
    make: site => site.setUnit('mattermost.service', { active: 'inactive', enabled: 'disabled' }),
    takes: { status: 'disabled' },
    leaves: [],
  },
  {
    name: 'another unit, user and Home',
    make: site => {
      site.setUnit('mattermost.service', { load: 'not-found', active: 'inactive', enabled: '' })
      site.write('/etc/systemd/system/chat.service', '[Service]\nExecStart=/srv/chat/bin/mattermost\n')
      site.setUnit('chat.service', {
        ...RUNS,
        user: 'chat',
        command: `${site.root}/srv/chat/bin/mattermost server`,
      })
      site.write('/srv/chat/config/config.json', site.file(CONFIG))
    },
    takes: { Unit: 'chat.service', Home: '/srv/chat', DataDirectory: '/srv/chat/data/' },
  },
  {
    name: 'a configuration that the command line names, below another Home',
    make: site => {
      site.write('/srv/mm/config/config.json', site.file(CONFIG))
      const command = `${site.root}/usr/lib/mm/bin/mattermost -c ${site.root}/srv/mm/config/config.json`
      site.setUnit('mattermost.service', { ...RUNS, command })
    },
    takes: { Home: '/srv/mm' },
  },
  {
    name: 'variables of the unit and of its file',
    config: service({ SiteURL: '', ListenAddress: ':8065' }),
    make: site => {
      site.write(
        '/etc/mattermost.env',
        `MM_SQLSETTINGS_DATASOURCE="${SOURCE}"\nMM_SERVICESETTINGS_SITEURL=https://env.example.org\n`,
      )
      const environment = 'MM_SERVICESETTINGS_LISTENADDRESS=:8099 MM_SERVICESETTINGS_ENABLELOCALMODE=true'
      site.setUnit('mattermost.service', { ...RUNS, environment, environmentFiles: ['/etc/mattermost.env'] })
    },
    takes: { ListenAddress: ':8099', VirtualHost: 'env.example.org' },
    says: /MM_SQLSETTINGS_DATASOURCE in the unit: .*the unit sets MM_SERVICESETTINGS_SITEURL, which wins/s,
    leaves: [],
  },
  {
    name: 'the old module',
    make: site => {
      for (const action of [
        'nethserver-mattermost-save/S20conf',
        'nethserver-mattermost-update/templates2expand/x',
      ]) {
        site.write(`/etc/e-smith/events/${action}`, '')
      }
      site.write('/var/lib/nethserver/secrets/mattermost', 'old-password\n')
      site.write(
        '/var/lib/nethserver/db/configuration',
        'DomainName=example.org\nhttpd=service|status|enabled\nmattermost=service|TCPPort|5432|VirtualHost|chat.example.org|access|none|status|enabled\n',
      )
    },
    takes: { VirtualHost: 'chat.example.org', TCPPort: '5432', WebServer: 'none' },
    says: /S20conf is masked/,
  },
]

for (const shape of shapes) {
  t.test(`the first plan is empty but for local mode: ${shape.name}`, async t => {
    const site = handMade(t, shape.config)
    shape.make?.(site)
    const before = everything(site.root)
    const config = Object.keys(before).filter(name => name.endsWith('config.json'))

    const dry = await site.service.adopt({ dryRun: true, vhost: false })
    t.same(everything(site.root), before, 'a dry run writes nothing at all')
    t.same(site.actions(), [])
    const done = await site.service.adopt({ dryRun: false, vhost: false })
    t.same(done.taken, dry.taken, 'the dry run told what was done')
    t.same({ ...done.plan, revision: '' }, { ...dry.plan, revision: '' }, 'and what remains')
    const after = everything(site.root)
    for (const name of [...config, ...Object.keys(before).filter(one => one.startsWith('etc/apache2'))]) {
      t.equal(after[name], before[name], name)
    }

    const { plan, taken } = done
    const leaves = shape.leaves ?? [LOCAL_MODE]
    t.equal(plan.management.state, 'held')
    t.same(
      plan.files.flatMap(file => file.changes.map(line => line.split(':')[0])),
      leaves,
      plan.notes.join('\n'),
    )
    t.same(
      plan.actions.map(action => action.verb),
      leaves.length === 0 ? [] : ['restart'],
    )
    for (const [name, value] of Object.entries(shape.takes ?? {})) t.equal(property(site, name), value, name)
    const said = [...taken, ...plan.notes].join('\n')
    if (shape.says !== undefined) t.match(said, shape.says)
    t.notMatch(JSON.stringify(done), SECRET)
    t.same(
      await site
        .restarted()
        .adopt({ dryRun: true, vhost: false })
        .then(({ plan }) => plan.files),
      plan.files,
      'said twice',
    )

    await site.restarted().run({ cause: 'apply' })
    const next = await site.restarted().plan()
    t.equal(next.management.state, 'managed')
    t.same([next.files, next.actions], [[], []], 'and the second plan is empty')
  })
}

t.test('what an adoption left alone is ours once the DB says a word about it', async t => {
  const site = handMade(t, service({ SiteURL: '' }))
  await site.service.adopt({ dryRun: false, vhost: false })
  await site.service.run({ cause: 'apply' })
  t.notOk(site.config().ServiceSettings?.SiteURL)
  await site.writeDb([{ key: 'mattermost', props: { SiteURL: 'https://mattermost.example.org' } }])
  await site.service.run({ cause: 'db-changed' })
  t.equal(site.config().ServiceSettings?.SiteURL, 'https://mattermost.example.org')
})

t.test('what a variable of the unit overrode is written once the variable is gone', async t => {
  const site = handMade(t, siteConfig({ SqlSettings: { DataSource: '' } }))
  site.setUnit('mattermost.service', { ...RUNS, environment: `"MM_SQLSETTINGS_DATASOURCE=${SOURCE}"` })
  await site.service.adopt({ dryRun: false, vhost: false })
  t.equal(readFileSync(site.paths.secretFile('mattermost-datasource'), 'utf8'), `${SOURCE}\n`)
  await site.service.run({ cause: 'apply' })
  t.equal(site.config().SqlSettings?.DataSource, '')
  site.setUnit('mattermost.service', RUNS)
  const plan = await site.service.plan()
  t.match(JSON.stringify(plan.files), /SqlSettings\.DataSource/)
  t.notMatch(JSON.stringify(plan), SECRET)
  await site.service.run({ cause: 'apply' })
  t.equal(site.config().SqlSettings?.DataSource, SOURCE)
})

t.test('no unit is known: nobody can tell whether it runs, and nothing is taken over', async t => {
  const site = handMade(t)
  site.setUnit('mattermost.service', { load: 'not-found', active: 'inactive', enabled: '' })
  site.write(
    '/etc/systemd/system/chat.service',
    "[Service]\nExecStart=/bin/sh -c '/opt/mattermost/bin/mattermost'\n",
  )
  const before = everything(site.root)
  for (const vhost of [false, true]) {
    await t.rejects(site.service.adopt({ dryRun: false, vhost }), {
      code: 'settings.invalid',
      message: /there is no unit mattermost\.service/,
      hint: /setprop mattermost Unit/,
    })
  }
  t.same(everything(site.root), before)
})

t.test('more than one unit starts a Mattermost: it must be said which', async t => {
  const site = handMade(t)
  site.setUnit('mattermost.service', { load: 'not-found', active: 'inactive', enabled: '' })
  for (const name of ['a', 'b']) {
    site.write(`/etc/systemd/system/${name}.service`, '[Service]\nExecStart=/opt/mattermost/bin/mattermost\n')
  }
  await t.rejects(site.service.adopt({ dryRun: false, vhost: false }), {
    code: 'settings.invalid',
    message: /more than one unit starts a Mattermost: a\.service, b\.service/,
    hint: 'name it: teamchat config setprop mattermost Unit a.service',
  })
})

t.test(
  'a property of the database that the adopted DataSource overrules is told, without a word of the password',
  async t => {
    const site = handMade(t)
    await site.service.adopt({ dryRun: false, vhost: false })
    await site.service.run({ cause: 'apply' })
    t.notMatch((await site.service.plan()).notes.join('\n'), /Database/)
    await site.writeDb([{ key: 'mattermost', props: { DatabasePort: '5433' } }])
    const { files, notes } = await site.service.plan()
    t.same(files, [])
    t.match(notes.join('\n'), /mattermost\.DatabasePort changes nothing while .*mattermost-datasource says/)
    t.notMatch(notes.join('\n'), SECRET)
  },
)
