import t from 'tap'
import { CONFIG, createSite, type Site, STATE } from '../../support/settings-site.js'

type Actions = Record<string, string>

/** What a plan wants of services, with its causes. */
async function planned(site: Site): Promise<Actions> {
  const { actions } = await site.service.plan()
  return Object.fromEntries(
    actions.map(({ verb, target, causes }) => [`${verb} ${target}`, causes.join('; ')]),
  )
}

const MATTERMOST = 'mattermost.service'
const APACHE = 'apache2.service'

t.test('every action carries the properties that caused it', async t => {
  const site = createSite(t)
  site.set({ status: 'enabled' })
  t.match(await planned(site), {
    [`start ${MATTERMOST}`]: /^mattermost\.status \(not set\) → enabled; teamchat apply/,
  })
  await site.service.run({ cause: 'start' })
  const cases: { name: string; change: Parameters<Site['set']>[0]; wanted: Actions }[] = [
    {
      name: 'a new port',
      change: { listenPort: 8066 },
      wanted: { [`restart ${MATTERMOST}`]: 'mattermost.ListenPort 8065 (default) → 8066' },
    },
    {
      name: 'another port',
      change: { listenPort: 8067 },
      wanted: { [`restart ${MATTERMOST}`]: 'mattermost.ListenPort 8066 → 8067' },
    },
    {
      name: 'another name',
      change: { virtualHost: 'talk.example.org' },
      wanted: {
        [`api-reload ${MATTERMOST}`]: 'mattermost.VirtualHost chat.example.org → talk.example.org',
        [`reload ${APACHE}`]: 'mattermost.VirtualHost chat.example.org → talk.example.org',
      },
    },
    {
      name: 'two at once, and one that concerns nobody',
      change: { smtpServer: 'mail.example.org', dataDirectory: '/srv/data', userSync: 'off' },
      wanted: {
        [`restart ${MATTERMOST}`]:
          'mattermost.DataDirectory (not set) → /srv/data; mattermost.SmtpServer localhost (default) → mail.example.org',
      },
    },
    {
      name: 'the web server becomes the site’s',
      change: { webServer: 'none' },
      wanted: { [`reload ${APACHE}`]: 'mattermost.WebServer apache (default) → none' },
    },
    {
      name: 'the end',
      change: { status: 'disabled' },
      wanted: {
        [`disable ${MATTERMOST}`]: 'mattermost.status enabled → disabled; teamchat apply',
        [`stop ${MATTERMOST}`]: 'mattermost.status enabled → disabled; teamchat apply',
      },
    },
  ]
  for (const { name, change, wanted } of cases) {
    site.set(change)
    t.same(await planned(site), wanted, name)
    const { done } = await site.service.run({ cause: 'db-changed' })
    for (const [action, causes] of Object.entries(wanted)) {
      t.ok(
        done.includes(`${action}: ${causes.replace('; teamchat apply', '')}`),
        `${name}: what was done says so too`,
      )
    }
    t.same(await planned(site), {}, `${name}: over`)
  }
})

t.test('what is owed keeps its cause, and what is new joins it', async t => {
  const site = createSite(t)
  await site.service.run({ cause: 'start' })
  site.api.answers = false
  site.set({ virtualHost: 'talk.example.org' })
  const first = 'mattermost.VirtualHost chat.example.org → talk.example.org'
  await t.rejects(site.service.run({ cause: 'db-changed' }), { code: 'mattermost.unreachable' })
  t.same((await site.service.status()).owed, [`api-reload ${MATTERMOST}: ${first}`])
  site.set({ virtualHost: 'team.example.org' })
  const second = 'mattermost.VirtualHost talk.example.org → team.example.org'
  t.same(await planned(site), {
    [`api-reload ${MATTERMOST}`]: `${second}; ${first}`,
    [`reload ${APACHE}`]: second,
  })
})

t.test('without a record the leaf itself is told; with one, what somebody did to the file', async t => {
  const site = createSite(t)
  await site.service.run({ cause: 'start' })
  site.write(CONFIG, site.file(CONFIG).replace('127.0.0.1:8065', '127.0.0.1:9999'))
  t.same(await planned(site), {
    [`restart ${MATTERMOST}`]: 'put back: ServiceSettings.ListenAddress: "127.0.0.1:9999" → "127.0.0.1:8065"',
  })
  await site.service.run({ cause: 'apply' })
  const { properties, ...older } = JSON.parse(site.file(STATE))
  t.match(properties, { 'mattermost.ListenPort': '8065 (default)' })
  site.write(STATE, JSON.stringify(older), 0o600)
  site.set({ listenPort: 8066 })
  t.same(await planned(site), {
    [`restart ${MATTERMOST}`]:
      'mattermost.ListenPort: ServiceSettings.ListenAddress: "127.0.0.1:8065" → "127.0.0.1:8066"',
  })
})

t.test(
  'a secret that somebody changed in the file is put back and said, and the password shown nowhere',
  async t => {
    const site = createSite(t)
    await site.service.run({ cause: 'start' })
    site.write(CONFIG, site.file(CONFIG).replace(/mattuser:\w+@/, 'mattuser:by-hand@'))
    const plan = await site.service.plan()
    t.match(plan.notes.join('\n'), /SqlSettings\.DataSource was changed in config\.json and is put back/)
    const shown = /SqlSettings\.DataSource: "postgres:.*\*\*\*.*" \(another secret\)$/
    t.match(plan.actions[0]?.causes, [shown])
    t.match(plan.actions[0]?.causes[0], /^put back: /)
    t.match(plan.files[0]?.diff?.at(-1), shown, 'two lines that look the same')
    t.notMatch(JSON.stringify(plan), 'by-hand')
  },
)

t.test('an undone change is told with the old value the next time', async t => {
  const site = createSite(t)
  await site.service.run({ cause: 'start' })
  site.health = {
    before: async () => null,
    after: async (_world, _actions, _before, undone) => (undone ? [] : ['broken']),
  }
  site.set({ listenPort: 8066 })
  await t.rejects(site.restarted().run({ cause: 'db-changed' }), { code: 'change.undone' })
  site.set({ listenPort: 8067 })
  t.match(await planned(site), { [`restart ${MATTERMOST}`]: 'mattermost.ListenPort 8065 (default) → 8067' })
})

t.test('a rollback is its own cause, and so is its end', async t => {
  const site = createSite(t)
  await site.service.run({ cause: 'start' })
  site.set({ listenPort: 8066 })
  await site.service.run({ cause: 'db-changed' })
  await site.service.run({ cause: 'rollback', to: 1 })
  site.set({ smtpServer: 'mail.example.org' })
  t.match(await planned(site), {
    [`restart ${MATTERMOST}`]:
      /^the rollback to generation 1 is over: ServiceSettings\.ListenAddress: .*; mattermost\.SmtpServer localhost \(default\) → mail/,
  })
})
