import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { CONFIG, createSite, type Site, STATE, sampleSettings, VHOST } from '../support/settings-site.js'

const CUSTOM = '/etc/teamchatd/templates-custom'

/** Each breaks something that belongs to the settings service. */
const broken: Record<string, (site: Site) => void> = {
  "a site's output.json that is not JSON": site => {
    site.write(`${CUSTOM}/motd/output.json`, '{bad')
    site.write(`${CUSTOM}/motd/10-text.njk`, 'hello')
  },
  "a site's output whose folder is missing": site => {
    site.write(`${CUSTOM}/motd/output.json`, '{"path": "/srv/missing/motd", "format": "text"}')
    site.write(`${CUSTOM}/motd/10-text.njk`, 'hello')
  },
  "a site's output without fragments": site =>
    site.write(`${CUSTOM}/motd/output.json`, '{"path": "/etc/motd"}'),
  'a fragment that names nothing': site =>
    site.write(`${CUSTOM}/mattermost.conf/50-site.njk`, '{{ nothing }}'),
  'a fragment of config.json that is not JSON': site =>
    site.write(`${CUSTOM}/config.json/50-site.njk`, '{"a":'),
  'templates that others may write': site => {
    site.write(`${CUSTOM}/config.json/50-site.njk`, '{}')
    chmodSync(`${site.root}${CUSTOM}/config.json`, 0o777)
  },
  'a certificate that is missing': site => site.set({ certificateFile: '/etc/ssl/none.pem' }),
  'a vhost that Apache refuses': site => site.write('/etc/apache2/sites-enabled/other.conf', 'BROKEN'),
  'a service manager that does not answer': site => writeFileSync(`${site.root}/services/units.json`, '{'),
  'another value of the DB that cannot be used': site => {
    const problem = {
      property: 'mattermost.ListenPort',
      message: 'ListenPort is not a port',
      hint: 'correct it',
    }
    site.reading = { ...site.reading, problems: [problem] }
  },
}

t.test('people depend on our record and the status alone, once we have written here', async t => {
  for (const [name, breaks] of Object.entries(broken)) {
    const site = createSite(t)
    await site.service.run({ cause: 'start' })
    breaks(site)
    t.same(await site.service.ownership(), { state: 'managed' }, name)
  }
})

t.test('a fresh host is ours, whatever is broken for the settings service', async t => {
  for (const [name, breaks] of Object.entries(broken)) {
    const site = createSite(t)
    breaks(site)
    t.same(await site.service.ownership(), { state: 'managed' }, name)
  }
})

t.test('before adoption the site has settings of its own, whatever else is broken', async t => {
  for (const [name, breaks] of Object.entries({ 'nothing broken': (_site: Site) => undefined, ...broken })) {
    const site = createSite(t)
    site.write(CONFIG, JSON.stringify({ ServiceSettings: { SiteURL: 'https://hand.made' } }))
    breaks(site)
    t.match(await site.service.ownership(), { state: 'not-adopted', differences: [/SiteURL/] }, name)
  }
})

t.test("before adoption a vhost of the site's own and the old module's actions count", async t => {
  const vhost = createSite(t)
  vhost.write(VHOST, '<VirtualHost *:80>\nServerName chat.example.org\n</VirtualHost>\n')
  t.match(await vhost.service.ownership(), { state: 'not-adopted', differences: [/vhost of the site's own/] })
  const module = createSite(t)
  const [folder] = module.paths.oldModuleEvents
  t.ok(folder, 'there is a folder of events')
  mkdirSync(`${folder}`, { recursive: true })
  writeFileSync(`${folder}/S30nethserver-mattermost-conf`, '', { mode: 0o755 })
  t.match(await module.service.ownership(), { state: 'refused', reason: /nethserver-mattermost are live/ })
})

t.test('the status of the DB and our record decide, in words', async t => {
  const none = createSite(t, { settings: sampleSettings({ status: undefined as never }) })
  t.match(await none.service.ownership(), { state: 'unmanaged', hint: /status enabled/ })
  const lost = createSite(t)
  await lost.service.run({ cause: 'start' })
  lost.reading = { ...lost.reading, exists: false, mattermostRecord: false, settings: none.settings }
  t.match(await lost.service.ownership(), { state: 'refused', reason: /the file is gone/ })
  const unreadable = createSite(t)
  mkdirSync(unreadable.paths.stateFolder, { recursive: true })
  unreadable.write(STATE, '{')
  t.match(await unreadable.service.ownership(), { state: 'refused', reason: /settings\.json/ })
  const wrong = createSite(t, { settings: none.settings })
  const problem = { property: 'mattermost.status', message: 'status is neither', hint: 'say enabled' }
  wrong.reading = { ...wrong.reading, problems: [problem] }
  t.match(await wrong.service.ownership(), { state: 'refused', reason: 'status is neither' })
})

t.test('the settings service still tells of a broken output', async t => {
  const site = createSite(t)
  await site.service.run({ cause: 'start' })
  broken["a site's output.json that is not JSON"]?.(site)
  t.match((await site.service.status()).lastError, { message: /motd/ })
})
