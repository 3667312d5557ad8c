import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import t from 'tap'
import type { SettingsOutcome } from '../../src/api/contract/settings.js'
import { TeamchatError } from '../../src/errors.js'
import type { Outcome } from '../../src/events/types.js'
import { certificateOutcome } from '../../src/settings/service.js'
import { ACCESS_LIST, loadAttributes } from '../../src/system/files/attributes.js'
import { errorOf } from '../support/error-of.js'
import { CONFIG, createSite, JOURNAL, LINK, type Site, STATE, VHOST } from '../support/settings-site.js'

t.test('a new host: secret, config.json, vhost, link, services', async t => {
  const site = createSite(t, { spawns: true })
  const before = await site.service.plan()
  t.match(
    before.actions.map(action => action.verb),
    ['create-secret', 'enable', 'start', 'reload'],
  )
  t.notOk(site.has(CONFIG))
  t.notOk(site.has(STATE), 'a plan writes nothing')

  const outcome = await site.service.run({ cause: 'start' })
  t.equal(outcome.state, 'applied')
  const password = site.file('/etc/teamchatd/secrets/mattermost').trim()
  t.match(password, /^[A-Za-z0-9]{16}$/)
  t.equal(statSync(site.paths.secretFile('mattermost')).mode & 0o777, 0o600)
  const config = site.config()
  t.equal(
    config.SqlSettings?.DataSource,
    `postgres://mattuser:${password}@127.0.0.1:5432/mattermost?sslmode=disable&connect_timeout=10`,
  )
  t.equal(config.ServiceSettings?.SiteURL, 'https://chat.example.org')
  t.equal(config.ServiceSettings?.LocalModeSocketLocation, `${site.root}/var/tmp/mattermost_local.socket`)
  t.equal(config.FileSettings?.Directory, `${site.root}/opt/mattermost/data/`)
  t.equal(config.EmailSettings?.SMTPPort, '25')
  t.equal(config.TeamSettings?.MaxUsersPerTeam, 1000)
  t.equal(statSync(site.root + CONFIG).mode & 0o777, 0o600)
  t.equal(statSync(site.root + VHOST).mode & 0o777, 0o644)
  t.equal(readlinkSync(site.root + LINK), '../sites-available/mattermost.conf')
  t.match(site.file(VHOST), /^# teamchatd renders this file from mattermost\.conf/)
  t.match(site.file(VHOST), /RedirectMatch 503/, 'no certificate: port 80 alone')
  t.notMatch(site.file(VHOST), /:443/)
  t.same(site.actions(), ['enable mattermost.service', 'start mattermost.service', 'reload apache2.service'])
  t.notMatch(JSON.stringify(outcome), password)
  t.notMatch(site.file(STATE), password)
  t.equal(statSync(site.root + STATE).mode & 0o777, 0o600)

  t.test('again: nothing to do, nothing written', async t => {
    const [state, config] = [statSync(site.root + STATE).mtimeMs, statSync(site.root + CONFIG).ino]
    const again = await site.restarted().run({ cause: 'start' })
    t.equal(again.state, 'unchanged')
    t.same(site.actions(), [])
    t.equal(statSync(site.root + STATE).mtimeMs, state)
    t.equal(statSync(site.root + CONFIG).ino, config)
  })
  t.test('another name: an API reload and a reload of Apache, no restart', async t => {
    site.set({ virtualHost: 'talk.example.org' })
    const plan = await site.service.plan()
    t.match(plan.actions, [
      { verb: 'api-reload', target: 'mattermost.service' },
      { verb: 'reload', target: 'apache2.service' },
    ])
    t.same(plan.actions[0]?.causes, ['mattermost.VirtualHost chat.example.org → talk.example.org'])
    await site.service.run({ cause: 'db-changed' })
    t.equal(site.config().ServiceSettings?.SiteURL, 'https://talk.example.org')
    t.match(site.file(VHOST), /ServerName "talk\.example\.org"/)
    t.same(site.actions(), ['reload apache2.service'])
    t.equal(site.api.reloads, 1)
  })
  t.test('another port: a restart, and the vhost follows', async t => {
    site.set({ listenPort: 8066 })
    await site.service.run({ cause: 'db-changed' })
    t.equal(site.config().ServiceSettings?.ListenAddress, '127.0.0.1:8066')
    t.same(site.actions(), ['restart mattermost.service'], 'port 80 alone does not name the port')
  })
  t.test('stopped by hand: an unrelated change leaves it, apply starts it', async t => {
    site.setUnit('mattermost.service', { active: 'inactive', enabled: 'enabled' })
    site.set({ userSync: 'off' })
    t.equal((await site.service.run({ cause: 'db-changed' })).state, 'unchanged')
    t.same(site.actions(), [])
    t.match((await site.service.status()).drift, [/mattermost\.service is inactive/])
    t.match((await site.service.plan()).actions, [
      { verb: 'start', target: 'mattermost.service', causes: ['teamchat apply'] },
    ])
    t.equal((await site.service.run({ cause: 'apply' })).state, 'applied')
    t.same(site.actions(), ['start mattermost.service'])
  })
  t.test('a tracked leaf: an edit in the file is kept until the property changes', async t => {
    site.set({ smtpServer: 'mail.example.org' })
    await site.service.run({ cause: 'db-changed' })
    t.equal(site.config().EmailSettings?.SMTPServer, 'mail.example.org')
    site.write(CONFIG, site.file(CONFIG).replace('mail.example.org', 'by-hand.example.org'))
    t.equal((await site.service.run({ cause: 'apply' })).state, 'unchanged')
    t.match((await site.service.status()).drift, [/SMTPServer is "by-hand\.example\.org"/])
    site.set({ smtpServer: 'new.example.org' })
    await site.service.run({ cause: 'db-changed' })
    t.equal(site.config().EmailSettings?.SMTPServer, 'new.example.org')
  })
  t.test('an enforced leaf that somebody changed is put back and said', async t => {
    site.write(CONFIG, site.file(CONFIG).replace('https://talk.example.org', 'https://other.example.org'))
    t.match((await site.service.status()).drift, [
      /SiteURL was changed in config\.json and is put back with the next change of the DB, or by teamchat apply$/,
    ])
    const outcome = await site.service.run({ cause: 'apply' })
    t.same((await site.service.status()).drift, [])
    t.match(outcome.plan.notes.join('\n'), /SiteURL was changed in config\.json and is put back/)
    t.equal(site.config().ServiceSettings?.SiteURL, 'https://talk.example.org')
    site.actions()
  })
  t.test('disabled: vhost and link go, Mattermost stops, config.json stays', async t => {
    site.set({ status: 'disabled' })
    await site.service.run({ cause: 'db-changed' })
    t.notOk(site.has(VHOST))
    t.throws(() => readlinkSync(site.root + LINK))
    t.ok(site.has(CONFIG))
    t.same(site.actions(), [
      'reload apache2.service',
      'disable mattermost.service',
      'stop mattermost.service',
    ])
  })
})

t.test('bad input: one clear line, everything stays as it was', async t => {
  const site = createSite(t)
  await site.service.run({ cause: 'start' })
  const settings = site.settings
  const kept = () => {
    // What was refused is remembered until it is over.
    const { refused: _refused, ...state } = JSON.parse(site.file(STATE))
    return { config: site.file(CONFIG), vhost: site.file(VHOST), state }
  }
  const before = kept()
  const fresh = () => {
    site.settings = settings
    site.reading = { settings, problems: [], exists: true, mattermostRecord: true, property: () => undefined }
  }
  const cases: {
    name: string
    make: (site: Site) => void
    code: string
    says: RegExp
    hint?: RegExp
    undo?: (site: Site) => void
  }[] = [
    {
      name: 'the DB is gone',
      make: site => {
        site.reading = {
          ...site.reading,
          settings: { ...settings, mattermost: { ...settings.mattermost, status: undefined } },
          exists: false,
          mattermostRecord: false,
        }
      },
      code: 'db.lost',
      says: /the file is gone/,
      hint: /from a backup/,
    },
    {
      name: 'a value that cannot be used',
      make: site => {
        site.reading.problems = [
          { property: 'mattermost.VirtualHost', message: "cannot use 'a b' as VirtualHost", hint: 'type …' },
        ]
      },
      code: 'settings.invalid',
      says: /'a b'/,
    },
    ...['a b\nListen 99', 'a"b', 'a<b', `a$${'{HOME}'}`, 'a\\'].map(virtualHost => ({
      name: `the filter is the second line of defence: ${JSON.stringify(virtualHost)}`,
      make: (site: Site) => site.set({ virtualHost, siteUrl: 'https://chat.example.org' }),
      code: 'template.invalid',
      says: /cannot render mattermost\.conf: 20-http\.njk.*cannot be an argument/,
    })),
    {
      name: 'an undefined variable in a fragment of the site',
      make: site =>
        site.write('/etc/teamchatd/templates-custom/mattermost.conf/90-own.njk', 'a\n# {{ nobody }}\n'),
      code: 'template.invalid',
      says: /mattermost\.conf: 90-own\.njk: line 2/,
      undo: site => rmSync(`${site.root}/etc/teamchatd/templates-custom`, { recursive: true }),
    },
    {
      name: 'a fragment of the site that others can write',
      make: site => {
        site.write('/etc/teamchatd/templates-custom/mattermost.conf/90-own.njk', '# mine\n')
        chmodSync(`${site.root}/etc/teamchatd/templates-custom/mattermost.conf/90-own.njk`, 0o664)
      },
      code: 'files.unsafe',
      says: /others than its owner can write/,
      undo: site => rmSync(`${site.root}/etc/teamchatd/templates-custom`, { recursive: true }),
    },
    {
      name: 'a vhost that Apache refuses',
      make: site => site.write('/etc/teamchatd/templates-custom/mattermost.conf/90-own.njk', '# BROKEN\n'),
      code: 'check.failed',
      says: /Apache refuses it/,
      undo: site => rmSync(`${site.root}/etc/teamchatd/templates-custom`, { recursive: true }),
    },
    {
      name: 'another site that has the name',
      make: site =>
        site.write(
          '/etc/apache2/sites-enabled/other.conf',
          '<VirtualHost *:80>\nServerAlias CHAT.example.org\n</VirtualHost>\n',
        ),
      code: 'check.failed',
      says: /other\.conf already serves chat\.example\.org/,
      undo: site => rmSync(`${site.root}/etc/apache2/sites-enabled/other.conf`),
    },
    {
      name: 'a secret file of two lines',
      make: site => site.write('/etc/teamchatd/secrets/mattermost', 's3cret\nmore\n', 0o600),
      code: 'check.failed',
      says: /cannot use the secret file [^:]*: it holds more than one line$/,
      undo: site => site.write('/etc/teamchatd/secrets/mattermost', `${passwordIn(before.config)}\n`, 0o600),
    },
    {
      name: 'the secret file is gone',
      make: site => rmSync(site.paths.secretFile('mattermost')),
      code: 'check.failed',
      says: /the secret file .* is gone/,
      undo: site => site.write('/etc/teamchatd/secrets/mattermost', `${passwordIn(before.config)}\n`, 0o600),
    },
  ]
  for (const { name, make, code, says, hint = /./, undo } of cases) {
    t.test(name, async t => {
      make(site)
      const error = await errorOf(site.service.run({ cause: 'db-changed' }))
      t.equal(error.code, code)
      t.match(error.message, says)
      t.match(error.hint, hint)
      t.same(kept(), before)
      t.equal((await site.service.status()).lastError?.message, error.message)
      undo?.(site)
      fresh()
      t.equal((await site.service.run({ cause: 'db-changed' })).state, 'unchanged')
    })
  }
})

t.test('a broken, empty or linked config.json is left alone', async t => {
  for (const [text, says] of [
    ['', /it is empty/],
    ['{"SqlSettings": {"DataSource": "s3cret"', /not JSON: line 1, character \d+/],
    ['[]', /an object in braces expected/],
  ] as const) {
    const site = createSite(t)
    site.write(CONFIG, text)
    const error = await errorOf(site.service.run({ cause: 'start' }))
    t.equal(error.code, 'check.failed')
    t.match(error.message, says)
    t.notMatch(error.message, /s3cret/)
    t.equal(site.file(CONFIG), text)
    t.notOk(site.has(VHOST))
  }
  const site = createSite(t)
  renameSync(`${site.root}/opt/mattermost/config`, `${site.root}/opt/elsewhere`)
  symlinkSync('../elsewhere', `${site.root}/opt/mattermost/config`)
  t.equal((await errorOf(site.service.run({ cause: 'start' }))).code, 'files.unsafe')
  t.notOk(site.has('/opt/elsewhere/config.json'))
})

t.test('a state file that nobody understands stops everything', async t => {
  const site = createSite(t)
  mkdirSync(site.paths.stateFolder, { recursive: true })
  for (const text of [
    '{',
    '{"version": 2}',
    '{"version":1,"held":false,"leaves":{},"outputs":{},"owed":[],"more":1}',
  ]) {
    site.write(STATE, text)
    t.equal((await errorOf(site.service.run({ cause: 'start' }))).code, 'state.unreadable')
    t.equal(site.file(STATE), text)
    t.equal((await site.service.management()).state, 'refused')
    t.notOk(site.has(CONFIG))
  }
})

t.test('whatever fails in between, nothing has changed, and the next run ends where it should', async t => {
  const steps: string[] = []
  const counted = createSite(t)
  counted.atStep = step => steps.push(step)
  await counted.service.run({ cause: 'start' })
  const first = steps.indexOf('state: acting')
  for (const [failing, step] of steps.slice(0, first + 1).entries()) {
    const site = createSite(t)
    let at = 0
    site.atStep = () => {
      if (at++ === failing) throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' })
    }
    const error = await errorOf(site.service.run({ cause: 'start' }))
    t.equal(error.code, 'files.write', step)
    t.equal(site.service.owesActions(), true)
    t.same(site.actions(), [], 'nothing was started on half of it')
    for (const path of [CONFIG, VHOST, LINK, STATE, JOURNAL]) t.notOk(site.has(path), `${step}: ${path}`)
    t.same(site.leftovers(), [], step)
    site.atStep = () => {}
    const next = site.restarted()
    t.equal((await next.run({ cause: 'start' })).state, 'applied')
    t.same(site.actions(), [
      'enable mattermost.service',
      'start mattermost.service',
      'reload apache2.service',
    ])
    t.equal(site.config().LogSettings?.FileLevel, 'error', 'an initial leaf is not lost')
    t.same(JSON.parse(site.file(STATE)).owed, [])
    t.notOk(site.has(JOURNAL))
    t.same(site.leftovers(), [], step)
    t.equal((await next.run({ cause: 'start' })).state, 'unchanged')
  }
})

t.test('a service that does not start stays owed, holds up no other, and is tried again', async t => {
  const site = createSite(t)
  site.setUnit('mattermost.service', {
    active: 'inactive',
    enabled: 'enabled',
    onStart: 'failed',
    result: 'exit-code',
  })
  const error = await errorOf(site.service.run({ cause: 'start' }))
  t.equal(error.code, 'services.failed')
  t.match(error.message, /cannot start mattermost\.service: it is failed \(exit-code\)/)
  t.same(site.actions(), ['start mattermost.service', 'reload apache2.service'])
  t.match(JSON.parse(site.file(STATE)).owed, [{ verb: 'start', issued: true }])
  t.ok(site.service.owesActions())
  t.match((await site.service.status()).owed, [/start mattermost\.service/])
  site.setUnit('mattermost.service', { active: 'failed', enabled: 'enabled' })
  await site.service.run({ cause: 'retry' })
  t.same(site.actions(), ['start mattermost.service'])
  t.same(JSON.parse(site.file(STATE)).owed, [])
  t.notOk(site.service.owesActions())
})

t.test('a unit on its way is waited for, and never touched', async t => {
  const site = createSite(t)
  site.setUnit('mattermost.service', { active: 'activating', enabled: 'enabled', sub: 'start' })
  const error = await errorOf(site.service.run({ cause: 'start' }))
  t.match(error.message, /cannot restart mattermost\.service: it is still activating/)
  t.same(site.actions(), ['reload apache2.service'])
})

t.test('an API that does not answer: the reload stays owed', async t => {
  const site = createSite(t)
  await site.service.run({ cause: 'start' })
  site.api.answers = false
  site.set({ virtualHost: 'new.example.org' })
  t.equal((await errorOf(site.service.run({ cause: 'db-changed' }))).code, 'mattermost.unreachable')
  t.match(JSON.parse(site.file(STATE)).owed, [{ verb: 'api-reload' }])
  site.api = { answers: true, reloads: 0, ignores: true }
  t.match(
    (await errorOf(site.service.run({ cause: 'retry' }))).message,
    /did not take over ServiceSettings\.SiteURL|SiteURL/,
  )
  site.api.ignores = false
  t.equal((await site.service.run({ cause: 'retry' })).state, 'applied')
  t.equal(site.api.reloads, 2)
})

t.test(
  'a leaf that the unit overrides by a variable is named, and its reload is not owed for ever',
  async t => {
    const site = createSite(t)
    await site.service.run({ cause: 'start' })
    const unit = { active: 'active', enabled: 'enabled' }
    site.setUnit('mattermost.service', {
      ...unit,
      environment: 'MM_SERVICESETTINGS_SITEURL=https://else.example.org',
    })
    // The server says what the variable says, whatever it reloads.
    site.api = { answers: true, reloads: 0, ignores: true }
    site.set({ virtualHost: 'new.example.org' })
    const outcome = await site.service.run({ cause: 'db-changed' })
    t.equal(outcome.state, 'applied')
    t.match(outcome.plan.notes.join('\n'), /MM_SERVICESETTINGS_SITEURL/)
    t.same(JSON.parse(site.file(STATE)).owed, [])
  },
)

t.test('without a program for services none is touched', async t => {
  const site = createSite(t, { systemctl: false })
  const outcome = await site.service.run({ cause: 'start' })
  t.equal(outcome.state, 'applied')
  t.match(outcome.plan.notes.join('\n'), /services are not touched/)
  t.same(
    outcome.plan.actions.map(action => action.verb),
    ['create-secret'],
  )
  t.equal(site.api.reloads, 0)
})

t.test('WebServer=none: no vhost, nobody reloads Apache', async t => {
  const site = createSite(t)
  site.set({ webServer: 'none' })
  await site.service.run({ cause: 'start' })
  t.notOk(site.has(VHOST))
  t.same(site.actions(), ['enable mattermost.service', 'start mattermost.service'])
})

t.test('WebServer=none later on: our vhost goes, Apache is told and never started', async t => {
  for (const active of ['active', 'inactive']) {
    const site = createSite(t)
    await site.service.run({ cause: 'start' })
    site.actions()
    site.setUnit('apache2.service', { active, enabled: 'enabled' })
    site.set({ webServer: 'none' })
    await site.service.run({ cause: 'db-changed' })
    t.notOk(site.has(VHOST))
    t.throws(() => readlinkSync(site.root + LINK))
    t.same(site.actions(), active === 'active' ? ['reload apache2.service'] : [])
    t.equal((await site.service.run({ cause: 'apply' })).state, 'unchanged')
  }
  const site = createSite(t)
  await site.service.run({ cause: 'start' })
  site.set({ webServer: 'none' })
  site.setUnit('apache2.service', { active: 'activating', enabled: 'enabled', sub: 'start' })
  t.equal((await errorOf(site.service.run({ cause: 'db-changed' }))).code, 'services.failed')
  site.setUnit('apache2.service', { active: 'active', enabled: 'enabled' })
  site.actions()
  await site.restarted().run({ cause: 'start' })
  t.same(site.actions(), ['reload apache2.service'], 'a reload that failed is not lost with the file')
  site.write(VHOST, '<VirtualHost *:80>\n</VirtualHost>\n')
  t.equal((await site.service.run({ cause: 'apply' })).state, 'unchanged', 'the site may put its own there')
  t.ok(site.has(VHOST))
})

t.test('unmanaged: whatever is wrong on the host is none of our business', async t => {
  const site = createSite(t)
  site.write(CONFIG, '{"SqlSettings"')
  site.write('/etc/teamchatd/templates-custom/mattermost.conf/90-own.njk', '# {{ nobody }}\n')
  site.settings = { ...site.settings, mattermost: { ...site.settings.mattermost, status: undefined } }
  site.reading = { ...site.reading, settings: site.settings, mattermostRecord: false }
  t.equal((await site.service.plan()).management.state, 'unmanaged')
  t.equal((await site.service.run({ cause: 'apply' })).state, 'unchanged')
  const status = await site.service.status()
  t.equal(status.management.state, 'unmanaged')
  t.equal(status.lastError, undefined)
  t.match(status.services, [{ unit: 'mattermost.service', active: 'inactive' }])
  t.notOk(site.has(STATE))
})

t.test('a web server that is down: started where its record says so, else only said', async t => {
  for (const enabled of [true, false]) {
    const site = createSite(t)
    site.setUnit('apache2.service', { active: 'inactive', enabled: 'disabled' })
    site.settings = { ...site.settings, httpd: { ...site.settings.httpd, enabled } }
    site.reading.settings = site.settings
    const outcome = await site.service.run({ cause: 'start' })
    t.equal(site.actions().includes('start apache2.service'), enabled)
    t.equal(
      outcome.plan.notes.some(note => /yours to start/.test(note)),
      !enabled,
    )
  }
})

t.test('a host with the other layout, without its program: rendered, and "not checked" is said', async t => {
  // The other one's program is on no host.
  const site = createSite(t, { apache: false })
  const platform = site.paths.hostPlatform === 'debian' ? 'rhel' : 'debian'
  const { unit, vhostFile, enabledFolders } = site.paths.apache(platform)
  site.settings = { ...site.settings, httpd: { enabled: true, platform } }
  site.reading.settings = site.settings
  for (const folder of enabledFolders) mkdirSync(folder, { recursive: true })
  site.setUnit(unit, { active: 'active', enabled: 'enabled' })
  const outcome = await site.service.run({ cause: 'start' })
  t.match(outcome.plan.notes.join('\n'), /the vhost is not checked: no (httpd|apache2ctl)/)
  t.match(readFileSync(vhostFile, 'utf8'), /ServerName "chat\.example\.org"/)
})

t.test('no unit, no name: said with what to type', async t => {
  const site = createSite(t)
  site.set({ unit: 'chat.service' })
  t.match((await errorOf(site.service.run({ cause: 'start' }))).message, /there is no unit chat\.service/)
  const nameless = createSite(t)
  nameless.set({ virtualHost: '' })
  nameless.settings = { ...nameless.settings, domainName: '' }
  nameless.reading.settings = nameless.settings
  const error = await errorOf(nameless.service.run({ cause: 'start' }))
  t.equal(error.code, 'settings.invalid')
  t.match(error.hint, /teamchat config setprop mattermost VirtualHost/)
})

function passwordIn(config: string): string {
  return /mattuser:([^@]+)@/.exec(config)?.[1] ?? ''
}

t.test(
  'what touches Mattermost waits for the requests that are under way there; what does not waits for nobody',
  async t => {
    const site = createSite(t)
    await site.service.run({ cause: 'start' })
    const alone: string[][] = []
    site.undisturbed = async work => {
      site.actions()
      const result = await work()
      alone.push(site.actions())
      return result
    }
    const service = site.restarted()
    site.set({ listenPort: 8066 })
    await service.run({ cause: 'db-changed' })
    t.same(alone, [['restart mattermost.service']])
    site.set({ acmeWebroot: '/srv/acme' })
    await service.run({ cause: 'db-changed' })
    t.same(site.actions(), ['reload apache2.service'])
    t.equal(alone.length, 1)
  },
)

t.test(
  'files that are replaced keep access list and attributes, also where Mattermost writes meanwhile',
  async t => {
    const site = createSite(t)
    await site.service.run({ cause: 'start' })
    const attributes = await loadAttributes()
    // owner rw, the user 9 r, group r, mask r, others -
    const list = '0200000001000600ffffffff020004000900000004000400ffffffff10000400ffffffff20000000ffffffff'
    const values = new Map([
      [ACCESS_LIST, Buffer.from(list, 'hex')],
      ['user.note', Buffer.from('of the site')],
    ])
    for (const path of [CONFIG, VHOST]) {
      const file = openSync(site.root + path, 'r+')
      attributes.write(file, values)
      closeSync(file)
    }
    const inode = statSync(site.root + CONFIG).ino
    site.set({ listenPort: 8077, listenAddress: '127.0.0.1:8077' })
    t.equal((await site.service.run({ cause: 'db-changed' })).state, 'applied')
    t.not(statSync(site.root + CONFIG).ino, inode, 'it is another file')
    for (const path of [CONFIG, VHOST]) {
      const now = attributes.read(site.root + path)
      for (const [name, value] of values) t.same(now.get(name), value, `${name} of ${path}`)
      t.equal(statSync(site.root + path).mode & 0o777, 0o640, path)
    }
  },
)

t.test('a config.json that was there and is gone is not made anew unasked', async t => {
  const site = createSite(t)
  await site.service.run({ cause: 'start' })
  site.actions()
  renameSync(site.root + CONFIG, `${site.root}${CONFIG}.aside`)
  site.set({ maxUsersPerTeam: 7 })
  for (const cause of ['db-changed', 'start', 'apply'] as const) {
    const error = await errorOf(site.restarted().run({ cause }))
    t.match(error, { code: 'check.failed', message: /^cannot go on without .*: it was there and is gone$/ })
    t.match(error.hint, /from a backup.*teamchat apply --force$/)
  }
  t.notOk(site.has(CONFIG))
  t.same(site.actions(), [], 'Mattermost runs on')
  renameSync(`${site.root}${CONFIG}.aside`, site.root + CONFIG)
  await site.service.run({ cause: 'apply' })
  t.equal(site.config().TeamSettings?.MaxUsersPerTeam, 7)
  rmSync(site.root + CONFIG)
  await site.service.run({ cause: 'apply', force: true })
  t.ok(site.has(CONFIG), 'unless it is asked for')
})

const outcome = (more: Partial<SettingsOutcome>): SettingsOutcome => ({
  state: 'unchanged',
  plan: { management: { state: 'managed' }, revision: 'r', files: [], actions: [], notes: [] },
  done: [],
  ...more,
})
const held = { state: 'held', reason: 'the site was adopted', hint: 'teamchat apply' } as const

t.test('what comes of an event, by what its run came to', async t => {
  const cases: [string, SettingsOutcome, Partial<Outcome>][] = [
    [
      'loaded',
      outcome({ state: 'applied', done: ['reload apache2.service: x'] }),
      { state: 'done', message: 'reload apache2.service: x' },
    ],
    ['nothing new', outcome({}), { state: 'done', message: 'the web server has the certificate as it is' }],
    [
      'held',
      outcome({ plan: { ...outcome({}).plan, management: held } }),
      { state: 'done', message: 'nothing done: the site was adopted' },
    ],
    [
      'in mid-renewal',
      outcome({ renewing: ['the key does not belong'] }),
      { state: 'look-again', message: 'the key does not belong' },
    ],
  ]
  for (const [name, given, wanted] of cases)
    t.match(
      await certificateOutcome(
        async () => given,
        () => false,
      ),
      wanted,
      name,
    )
})

t.test('what fails for a while is thrown, so that the event waits; what stays wrong has failed', async t => {
  const error = new TeamchatError('services.failed', 'cannot reload', { hint: 'look' })
  const run = () => Promise.reject(error)
  await t.rejects(
    certificateOutcome(run, () => true),
    error,
  )
  t.same(await certificateOutcome(run, () => false), {
    state: 'failed',
    message: 'cannot reload',
    hint: 'look',
  })
})
