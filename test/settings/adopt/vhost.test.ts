import { lstatSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { certificateFor, everything, handMade, property, siteConfig } from '../../support/adopted-site.js'
import { LINK, type Site, VHOST } from '../../support/settings-site.js'

const ENABLED = '/etc/apache2/sites-enabled'
const AVAILABLE = '/etc/apache2/sites-available'
const LIVE = '/etc/letsencrypt/live/chat.example.org'
const PROXY = 'ProxyPass / http://127.0.0.1:8065/'
const HTTP =
  '<VirtualHost *:80>\nServerName chat.example.org\nRedirect / https://chat.example.org/\n</VirtualHost>\n'

function https(site: Site, more = ''): string {
  const folder = `${site.root}${LIVE}`
  return `<VirtualHost *:443>\nServerName chat.example.org\n${PROXY}\nSSLCertificateFile ${folder}/fullchain.pem\nSSLCertificateKeyFile ${folder}/privkey.pem\n${more}</VirtualHost>\n`
}

/** certbot's pair, enabled by links as a2ensite makes them. */
function certbotSite(test: Parameters<typeof handMade>[0], renewal = 'authenticator = apache\n'): Site {
  const site = handMade(test)
  certificateFor(site, 'chat.example.org', `${LIVE}/fullchain.pem`, `${LIVE}/privkey.pem`)
  site.write('/etc/letsencrypt/renewal/chat.example.org.conf', renewal)
  site.write(`${AVAILABLE}/chat.conf`, HTTP)
  site.write(`${AVAILABLE}/chat-le-ssl.conf`, `<IfModule mod_ssl.c>\n${https(site)}</IfModule>\n`)
  for (const name of ['chat.conf', 'chat-le-ssl.conf']) {
    symlinkSync(`../sites-available/${name}`, `${site.root}${ENABLED}/${name}`)
  }
  return site
}

const enabled = (site: Site) => readdirSync(`${site.root}${ENABLED}`).sort()

t.test("certbot's pair gives way to ours in one change", async t => {
  const site = certbotSite(t)
  const before = everything(site.root)
  const dry = await site.service.adopt({ dryRun: true, vhost: true })
  t.same(everything(site.root), before, 'a dry run writes nothing at all')
  const { plan, taken } = await site.service.adopt({ dryRun: false, vhost: true })
  t.same(taken, dry.taken)
  t.same({ ...plan, revision: '' }, { ...dry.plan, revision: '' })
  t.match(
    taken.join('\n'),
    /certbot reconfigure --cert-name chat\.example\.org --webroot --webroot-path \/var\/www\/html/,
  )
  t.same(enabled(site), ['chat-le-ssl.conf', 'chat.conf'], 'an adoption itself changes nothing')
  t.equal(plan.management.state, 'held')
  t.match(
    plan.files.map(({ path, change }) => `${change} ${path.slice(site.root.length)}`),
    [
      /^change .*config\.json$/,
      `remove ${ENABLED}/chat-le-ssl.conf`,
      `remove ${ENABLED}/chat.conf`,
      `create ${VHOST}`,
      `create ${LINK}`,
    ],
  )
  t.equal((await site.service.run({ cause: 'db-changed' })).state, 'held')

  await site.service.run({ cause: 'apply' })
  t.same(enabled(site), ['zz-mattermost.conf'])
  t.match(site.file(VHOST), `SSLCertificateFile "${site.root}${LIVE}/fullchain.pem"`)
  t.equal(site.file(`${AVAILABLE}/chat.conf`), HTTP, "the site's files stay")
  const actions = site.actions()
  t.match(actions, ['restart mattermost.service', 'reload apache2.service'])
  t.same((await site.restarted().plan()).files, [])

  t.test(
    'somebody enables the old one again: both at once are refused, and it is not taken away',
    async t => {
      symlinkSync('../sites-available/chat.conf', `${site.root}${ENABLED}/chat.conf`)
      await site.writeDb([{ key: 'mattermost', props: { AcmeWebroot: '/srv/acme' } }])
      await t.rejects(site.restarted().run({ cause: 'apply' }), { message: /chat\.conf already serves/ })
      t.ok(site.has(`${ENABLED}/chat.conf`))
    },
  )
})

t.test('also later, on a managed host: held again until apply', async t => {
  const site = certbotSite(t, 'authenticator = webroot\nwebroot_path = /srv/acme,\n')
  await site.service.adopt({ dryRun: false, vhost: false })
  await site.service.run({ cause: 'apply' })
  t.equal((await site.service.management()).state, 'managed')
  const { taken, plan } = await site.service.adopt({ dryRun: false, vhost: true })
  t.equal(property(site, 'WebServer'), 'apache')
  t.equal(property(site, 'AcmeWebroot'), '/srv/acme', 'where certbot puts its proofs already')
  t.notMatch(taken.join('\n'), /certbot reconfigure/)
  t.equal(plan.management.state, 'held')
  t.equal((await site.restarted().run({ cause: 'db-changed' })).state, 'held')
  t.notOk(site.has(VHOST))
  await site.restarted().run({ cause: 'apply' })
  t.same(enabled(site), ['zz-mattermost.conf'])
  t.match(site.file(VHOST), 'Alias "/.well-known/acme-challenge/"')
  const again = await site.restarted().adopt({ dryRun: false, vhost: true })
  t.same([again.taken, again.plan.management.state], [[], 'managed'], 'nothing is left to take over')
})

t.test('a file that is no link is moved aside, with its mode', async t => {
  const site = handMade(t)
  site.write(
    '/var/lib/nethserver/db/configuration',
    'DomainName=example.org\nhttpd=service|Platform|rhel|status|enabled\n',
  )
  certificateFor(site, 'chat.example.org', `${LIVE}/fullchain.pem`, `${LIVE}/privkey.pem`)
  site.setUnit('httpd.service', { active: 'active', enabled: 'enabled' })
  const text = `${HTTP}${https(site)}`
  site.write('/etc/httpd/conf.d/chat.conf', text, 0o640)
  await site.service.adopt({ dryRun: false, vhost: true })
  t.equal(site.file('/etc/httpd/conf.d/chat.conf'), text)
  await t.test('changed since: refused', async t => {
    site.write('/etc/httpd/conf.d/chat.conf', `${text}# mine\n`)
    await t.rejects(site.service.run({ cause: 'apply' }), { message: /chat\.conf: it was changed since/ })
    site.write('/etc/httpd/conf.d/chat.conf', text)
  })
  await site.service.run({ cause: 'apply' })
  t.notOk(site.has('/etc/httpd/conf.d/chat.conf'))
  t.equal(site.file('/etc/httpd/conf.d/chat.conf.before-teamchatd'), text)
  t.equal(lstatSync(`${site.root}/etc/httpd/conf.d/chat.conf.before-teamchatd`).mode & 0o777, 0o640)
  t.match(site.file('/etc/httpd/conf.d/zz_mattermost.conf'), /^# teamchatd renders/)
  t.equal(readFileSync(`${site.paths.generationsFolder}/0/vhost-chat.conf`, 'utf8'), text)
})

t.test('where ours could not serve what theirs does: refused, nothing is written', async t => {
  const url = (SiteURL: string) => siteConfig({ ServiceSettings: { SiteURL } })
  const cases: { name: string; config?: ReturnType<typeof siteConfig>; text?: string; says: RegExp }[] = [
    { name: 'http', config: url('http://chat.example.org'), says: /it is not https/ },
    { name: 'a port', config: url('https://chat.example.org:8443'), says: /it has the port 8443/ },
    { name: 'a path', config: url('https://chat.example.org/chat'), says: /it has the path \/chat/ },
    {
      name: 'another site in the file',
      text: `${HTTP}<VirtualHost *:443>\nServerName cloud.example.org\n</VirtualHost>`,
      says: /also serves cloud\.example\.org/,
    },
    {
      name: 'a default virtual host in the file',
      text: `${HTTP}<VirtualHost *:443>\nDocumentRoot /srv\n</VirtualHost>`,
      says: /also serves a virtual host without a name/,
    },
    {
      name: 'a redirect for other names as well',
      text: '<VirtualHost *:80>\nServerName example.org\nServerAlias chat.example.org\nRedirect / https://example.org/\n</VirtualHost>',
      says: /also serves example\.org, and that does not lead to Mattermost/,
    },
    { name: 'Listen', text: `Listen 443\n${HTTP}`, says: /says on which ports Apache listens/ },
    {
      name: 'a certificate that the DB cannot hold',
      text: `<VirtualHost *:443>\nServerName chat.example.org\nSSLCertificateFile "$${'{X}'}/a.pem"\n</VirtualHost>`,
      says: /its certificate is left to it/,
    },
  ]
  for (const { name, config, text, says } of cases) {
    t.test(name, async t => {
      const site = handMade(t, config)
      if (text !== undefined) site.write(`${ENABLED}/chat.conf`, text)
      const before = everything(site.root)
      await t.rejects(site.service.adopt({ dryRun: false, vhost: true }), {
        code: 'check.failed',
        message: says,
        hint: /nothing was changed/,
      })
      t.same(everything(site.root), before)
    })
  }
  t.test('bytes that could not be moved aside', async t => {
    const site = handMade(t)
    writeFileSync(`${site.root}${ENABLED}/chat.conf`, Buffer.from(`# f\u00fcr uns\n${HTTP}`, 'latin1'))
    await t.rejects(site.service.adopt({ dryRun: false, vhost: true }), { message: /is not UTF-8/ })
  })
})

t.test('a site that hands a few paths to Mattermost, or answers to any name, is none of ours', async t => {
  const www = (names: string, more: string) =>
    `<VirtualHost *:443>\n${names}\nDocumentRoot /srv/www\n${more}\n</VirtualHost>\n`
  const others = {
    '000-www.conf': www('ServerName www.example.org', 'ProxyPass /hooks/ http://127.0.0.1:8065/hooks/'),
    'zzz-any.conf': www('ServerName example.org\nServerAlias *.example.org', ''),
  }
  const site = certbotSite(t)
  for (const [name, text] of Object.entries(others)) site.write(`${ENABLED}/${name}`, text)
  const { taken } = await site.service.adopt({ dryRun: false, vhost: true })
  t.match(taken.join('\n'), /chat-le-ssl\.conf is disabled/)
  t.notMatch(taken.join('\n'), /www\.example\.org|000-www|zzz-any/)
  // Who answers to any name would come first; that is for the site to say.
  await t.rejects(site.service.run({ cause: 'apply' }), { message: /zzz-any\.conf already serves chat/ })
  writeFileSync(`${site.root}${ENABLED}/zzz-any.conf`, www('ServerName example.org', ''))
  await site.service.run({ cause: 'apply' })
  t.same(enabled(site), ['000-www.conf', 'zz-mattermost.conf', 'zzz-any.conf'])
})

t.test('what ours does not say is listed beforehand', async t => {
  const site = certbotSite(t)
  site.write(
    `${AVAILABLE}/chat-le-ssl.conf`,
    https(
      site,
      'ServerAlias team.example.org\nProxyPass /graphs/ http://127.0.0.1:3000/\n<Location />\nRequire ip 10.0.0.0/8\n</Location>\n',
    ),
  )
  const { taken } = await site.service.adopt({ dryRun: true, vhost: true })
  t.match(taken.join('\n'), /chat-le-ssl\.conf also answers to team\.example\.org/)
  t.match(
    taken.join('\n'),
    /chat-le-ssl\.conf also leads to http:\/\/127\.0\.0\.1:3000\/, ours to Mattermost alone/,
  )
  t.match(taken.join('\n'), /has directives that ours has not: Require/)
})

t.test('modules that are missing become actions of the plan', async t => {
  const site = certbotSite(t)
  const depends: Record<string, string> = { ssl: 'socache_shmcb', proxy_http: 'proxy' }
  for (const name of [
    'ssl',
    'socache_shmcb',
    'proxy',
    'proxy_http',
    'headers',
    'alias',
    'authz_core',
    'rewrite',
  ]) {
    const text = depends[name] === undefined ? '' : `# Depends: ${depends[name]}\n`
    site.write(`/etc/apache2/mods-available/${name}.load`, `${text}LoadModule x y\n`)
  }
  site.write('/etc/apache2/mods-available/ssl.conf', '')
  site.write('/etc/apache2/mods-enabled/.keep', '')
  for (const name of ['alias', 'authz_core']) {
    symlinkSync(`../mods-available/${name}.load`, `${site.root}/etc/apache2/mods-enabled/${name}.load`)
  }
  const { plan } = await site.service.adopt({ dryRun: false, vhost: true })
  t.same(
    plan.actions.filter(action => action.verb === 'enable-module'),
    [
      ['socache_shmcb', 'the module ssl needs it'],
      ['ssl', 'the vhost needs it'],
      ['headers', 'the vhost needs it'],
      ['proxy', 'the vhost needs it'],
      ['proxy_http', 'the vhost needs it'],
    ]
      .map(([target, cause]) => ({ verb: 'enable-module', target, causes: [cause] }))
      .sort((one, other) => order(plan, one.target) - order(plan, other.target)),
  )
  await site.service.run({ cause: 'apply' })
  const links = readdirSync(`${site.root}/etc/apache2/mods-enabled`).filter(name => !name.startsWith('.'))
  t.same(links.sort(), [
    'alias.load',
    'authz_core.load',
    'headers.load',
    'proxy.load',
    'proxy_http.load',
    'socache_shmcb.load',
    'ssl.conf',
    'ssl.load',
  ])
  t.equal(readlinkSync(`${site.root}/etc/apache2/mods-enabled/ssl.load`), '../mods-available/ssl.load')
  t.match(site.actions(), ['restart mattermost.service', 'reload apache2.service'])
  t.same((await site.restarted().plan()).actions, [])
})

function order(plan: { actions: { target: string }[] }, name: string | undefined): number {
  return plan.actions.findIndex(action => action.target === name)
}
