import { statSync } from 'node:fs'
import t from 'tap'
import type { SiteHealth } from '../../../src/settings/parts.js'
import { errorOf } from '../../support/error-of.js'
import { CONFIG, createSite, JOURNAL, LINK, type Site, STATE, VHOST } from '../../support/settings-site.js'

/** A look that writes down when it was asked. */
function healthOf(fails: () => boolean): SiteHealth & { looks: string[] } {
  const looks: string[] = []
  return {
    looks,
    before: async hostState => {
      looks.push('before')
      return { passed: [hostState.settings.mattermost.virtualHost] }
    },
    after: async (_world, _actions, before) => {
      looks.push(`after ${JSON.stringify(before)}`)
      return fails() ? ['https://chat.example.org/ answered before and does not now'] : []
    },
  }
}

const port = (site: Site) => site.config().ServiceSettings?.ListenAddress

t.test('what worked before and fails after is undone: files, services, state; told once', async t => {
  const site = createSite(t)
  await site.service.run({ cause: 'start' })
  site.actions()
  const kept = () => [site.file(CONFIG), site.file(VHOST), statSync(site.root + CONFIG).ino]
  const before = kept()
  const state = JSON.parse(site.file(STATE))
  const health = healthOf(() => port(site) === '127.0.0.1:8066')
  site.health = health
  const service = site.restarted()
  site.set({ listenPort: 8066, virtualHost: 'talk.example.org' })
  site.generations.length = 0
  const error = await errorOf(service.run({ cause: 'db-changed' }))
  t.equal(error.code, 'change.undone')
  t.match(error.message, /cannot keep the change: https:.* answered before and does not now; it was undone$/)
  t.same(kept(), before, 'the very same files are back')
  t.same(site.actions(), [
    'restart mattermost.service',
    'reload apache2.service',
    'reload apache2.service',
    'restart mattermost.service',
  ])
  t.same(health.looks, [
    'before',
    'after {"passed":["talk.example.org"]}',
    'after {"passed":["talk.example.org"]}',
  ])
  const after = JSON.parse(site.file(STATE))
  t.match(after, { leaves: state.leaves, outputs: state.outputs, applied: state.applied, owed: [] })
  t.notOk(site.has(JOURNAL))
  t.same(site.leftovers(), [])
  t.same(site.generations, [], 'what does not stay is not in the history')
})

t.test(
  'an undo takes nothing from anybody: leaves, files and links that somebody has changed meanwhile',
  async t => {
    const site = createSite(t)
    await site.service.run({ cause: 'start' })
    site.health = {
      before: async () => 1,
      after: async () => {
        if (port(site) !== '127.0.0.1:8066') return []
        const config = site.config()
        config.TeamSettings = { ...config.TeamSettings, SiteName: 'set in the System Console' }
        config.EmailSettings = { ...config.EmailSettings, SMTPServer: 'by-hand.example.org' }
        site.write(CONFIG, JSON.stringify(config))
        site.write(VHOST, `${site.file(VHOST)}# by hand\n`)
        return ['the site is down']
      },
    }
    site.set({ listenPort: 8066, smtpServer: 'mail.example.org', virtualHost: 'talk.example.org' })
    const error = await errorOf(site.restarted().run({ cause: 'db-changed' }))
    t.match(
      error.message,
      /EmailSettings\.SMTPServer in .*config\.json was changed by somebody meanwhile and stays/,
    )
    t.match(error.message, /mattermost\.conf was changed by somebody meanwhile and stays as it is/)
    const config = site.config()
    t.equal(config.ServiceSettings?.ListenAddress, '127.0.0.1:8065')
    t.equal(config.ServiceSettings?.SiteURL, 'https://chat.example.org')
    t.equal(config.EmailSettings?.SMTPServer, 'by-hand.example.org')
    t.equal(config.TeamSettings?.SiteName, 'set in the System Console')
    t.match(site.file(VHOST), /talk\.example\.org[\s\S]*# by hand\n$/)
    t.same(site.leftovers(), [])
  },
)

t.test('a first change that fails leaves no file, no link, no unit that runs', async t => {
  const site = createSite(t)
  site.health = { before: async () => 1, after: async () => (site.has(VHOST) ? ['no'] : []) }
  t.equal((await errorOf(site.restarted().run({ cause: 'start' }))).code, 'change.undone')
  for (const path of [CONFIG, VHOST, LINK, JOURNAL]) t.notOk(site.has(path), path)
  t.same(site.actions(), [
    'enable mattermost.service',
    'start mattermost.service',
    'reload apache2.service',
    'reload apache2.service',
    'stop mattermost.service',
    'disable mattermost.service',
  ])
})

t.test('disabled, and that breaks something: vhost and link are back, Mattermost runs again', async t => {
  const site = createSite(t)
  await site.service.run({ cause: 'start' })
  site.actions()
  const vhost = site.file(VHOST)
  site.health = { before: async () => 1, after: async () => (site.has(VHOST) ? [] : ['no']) }
  site.set({ status: 'disabled' })
  await errorOf(site.restarted().run({ cause: 'db-changed' }))
  t.equal(site.file(VHOST), vhost)
  t.ok(site.has(LINK))
  t.same(site.actions().slice(3), [
    'start mattermost.service',
    'enable mattermost.service',
    'reload apache2.service',
  ])
})

t.test('an undo that fails tells both errors, stays owed, and is done by the next run', async t => {
  const site = createSite(t)
  await site.service.run({ cause: 'start' })
  const before = [site.file(CONFIG), site.file(VHOST)]
  site.health = {
    before: async () => 1,
    after: async () => (port(site) === '127.0.0.1:8066' ? ['the site is down'] : []),
  }
  const service = site.restarted()
  site.set({ listenPort: 8066, virtualHost: 'talk.example.org' })
  site.atStep = step => {
    if (/^restore .*config\.json$/.test(step)) throw Object.assign(new Error('EIO'), { code: 'EIO' })
  }
  const error = await errorOf(service.run({ cause: 'db-changed' }))
  t.match(
    error.message,
    /the site is down; and it is not yet undone; also: cannot restore .*config\.json: EIO/,
  )
  t.ok(service.owesActions())
  t.equal(site.file(VHOST), before[1], 'what can be put back is back')
  t.ok(site.has(JOURNAL))
  site.actions()
  site.atStep = () => {}
  const next = site.restarted()
  const again = await errorOf(next.run({ cause: 'retry' }))
  t.equal(again.code, 'change.undone')
  t.match(again.message, /the site is down; it was undone/)
  t.same([site.file(CONFIG), site.file(VHOST)], before)
  t.same(site.actions(), ['reload apache2.service', 'restart mattermost.service'])
  t.same(site.leftovers(), [])
})

t.test('a change that stays is recorded, with every output as it is now', async t => {
  const site = createSite(t)
  await site.service.run({ cause: 'start' })
  t.equal(site.generations.length, 1)
  site.set({ listenPort: 8066 })
  await site.service.run({ cause: 'db-changed' })
  await site.service.run({ cause: 'apply' })
  t.equal(site.generations.length, 2, 'nothing new where nothing was written')
  const [, change] = site.generations
  t.match(change, {
    revision: 'r2',
    files: [{ output: 'config.json', change: 'change' }],
    actions: [{ verb: 'restart' }],
    outputs: [
      { output: 'config.json', path: site.root + CONFIG, text: site.file(CONFIG) },
      { output: 'mattermost.conf', path: site.root + VHOST, text: site.file(VHOST) },
    ],
  })
  t.match(
    change?.outputs[0]?.leaves?.map(path => path.join('.')),
    ['SqlSettings.DriverName'],
  )
})

t.test('what an undo owes to a service is done later, though the values are not tried again', async t => {
  const site = createSite(t)
  await site.service.run({ cause: 'start' })
  const running = { active: 'active', enabled: 'enabled' }
  site.health = {
    before: async () => 1,
    after: async () => {
      if (port(site) !== '127.0.0.1:8066') return []
      site.setUnit('mattermost.service', { ...running, onStart: 'failed' })
      return ['the site is down']
    },
  }
  const service = site.restarted()
  site.set({ listenPort: 8066 })
  t.match(
    (await errorOf(service.run({ cause: 'db-changed' }))).message,
    /it was undone; also: cannot restart/,
  )
  t.match(JSON.parse(site.file(STATE)).owed, [{ unit: 'mattermost.service' }])
  site.setUnit('mattermost.service', { active: 'failed', enabled: 'enabled' })
  site.actions()
  t.match(await site.restarted().run({ cause: 'retry' }), { state: 'held' })
  t.same(site.actions(), ['start mattermost.service'])
  t.same(JSON.parse(site.file(STATE)).owed, [])
  t.equal(port(site), '127.0.0.1:8065')
})
