import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { MattermostSettings } from '../../../src/configdb/settings.js'
import { CONFIG, createSite, type Site, STATE, VHOST } from '../../support/settings-site.js'

const generationFile = (site: Site, number: number) => join(site.paths.generationsFolder, `${number}.json`)
const smtp = (site: Site) => site.config().EmailSettings?.SMTPServer
const address = (site: Site) => site.config().ServiceSettings?.ListenAddress
/** Somebody saves in the System Console. */
const edit = (site: Site, section: string, key: string, value: unknown) => {
  const config = site.config()
  site.write(CONFIG, JSON.stringify({ ...config, [section]: { ...config[section], [key]: value } }), 0o600)
}

/** A host with two generations: 1 is A, 2 is B. */
async function twoGenerations(t: Test): Promise<Site> {
  const site = createSite(t)
  await site.service.run({ cause: 'start' })
  site.set({ listenPort: 8066, smtpServer: 'b.example.org', acmeWebroot: '/srv/www' })
  await site.service.run({ cause: 'db-changed' })
  site.actions()
  return site
}

t.test('what is applied is kept: for root alone, no secret in it, with what changed and why', async t => {
  const site = await twoGenerations(t)
  site.set({ team: 'all' })
  await site.service.run({ cause: 'db-changed' })
  const { entries, unreadable, pin } = await site.service.history()
  t.match(entries, [
    { number: 1, cause: 'start', revision: 'r1', newest: false, pinned: false },
    {
      number: 2,
      cause: 'db-changed',
      revision: 'r2',
      newest: true,
      restored: undefined,
      changes: [
        'mattermost.ListenPort: ServiceSettings.ListenAddress: "127.0.0.1:8065" → "127.0.0.1:8066"',
        'EmailSettings.SMTPServer: "localhost" → "b.example.org"',
        'mattermost.conf: 4 lines',
      ].map(line => new RegExp(line.replaceAll(/[.[\]]/g, '\\$&').replace('4 lines', '\\d+ lines'))),
      actions: [/^restart mattermost\.service: mattermost\.ListenPort/, /^reload apache2\.service/],
    },
  ])
  t.equal(entries.length, 2, 'nothing was written: no generation')
  t.same([unreadable, pin], [[], undefined])
  t.equal(statSync(site.paths.generationsFolder).mode & 0o777, 0o700)
  const password = site.file('/etc/teamchatd/secrets/mattermost').trim()
  for (const number of [1, 2]) {
    t.equal(statSync(generationFile(site, number)).mode & 0o777, 0o600)
    t.notMatch(readFileSync(generationFile(site, number), 'utf8'), password)
  }
  t.match(await site.service.status(), { generation: { number: 2, cause: 'db-changed' }, pin: undefined })
})

t.test('diff: between two, against what is live, and what somebody else has changed', async t => {
  const site = await twoGenerations(t)
  const both = await site.service.diff({ from: 1, to: 2 })
  t.match(both, {
    from: 'generation 1',
    to: 'generation 2',
    files: [{ output: 'config.json' }, { output: 'mattermost.conf' }],
  })
  t.same(both.files[0]?.diff.slice(2), [
    '-ServiceSettings.ListenAddress: "127.0.0.1:8065"',
    '+ServiceSettings.ListenAddress: "127.0.0.1:8066"',
    '-EmailSettings.SMTPServer: "localhost"',
    '+EmailSettings.SMTPServer: "b.example.org"',
  ])
  t.same((await site.service.diff({ from: 1, to: undefined })).files.length, 2)
  t.same(
    (await site.service.diff({ from: undefined, to: undefined })).files,
    [],
    'nobody has changed anything',
  )
  edit(site, 'EmailSettings', 'SMTPServer', 'c.example.org')
  edit(site, 'TeamSettings', 'SiteName', 'not ours')
  edit(site, 'SqlSettings', 'DataSource', 'postgres://mattuser:hunter2@db.example.org:5432/mattermost')
  site.write(VHOST, `${site.file(VHOST)}# by hand\nSetEnv password hunter2\n`)
  const drift = await site.service.diff({ from: undefined, to: undefined })
  t.match(drift, { from: 'generation 2', to: 'live' })
  t.match(
    drift.files[0]?.diff.slice(2).join('\n'),
    /^-SqlSettings\.DataSource: "postgres:\/\/mattuser:\*\*\*@127.*\n\+SqlSettings\.DataSource: "postgres:\/\/mattuser:\*\*\*@db\.example\.org.*\n-EmailSettings\.SMTPServer: "b\.example\.org"\n\+EmailSettings\.SMTPServer: "c\.example\.org"$/,
  )
  t.ok(drift.files[1]?.diff.includes('+# by hand'))
  t.notMatch(JSON.stringify(drift), /hunter2|not ours/)
  await t.rejects(site.service.diff({ from: 7, to: undefined }), {
    code: 'generation.unknown',
    hint: /1 to 2/,
  })
  await t.rejects(site.service.diff({ from: 0, to: undefined }), {
    code: 'generation.unknown',
    hint: /never adopted/,
  })
})

t.test("a rollback gives back what was the site's own until the DB said something", async t => {
  const site = createSite(t)
  site.write(CONFIG, JSON.stringify({ EmailSettings: { SMTPServer: 'own.example.org' } }), 0o600)
  await site.service.run({ cause: 'start' })
  t.equal(smtp(site), 'own.example.org')
  edit(site, 'TeamSettings', 'MaxUsersPerTeam', 77)
  t.match((await site.service.diff({ from: 1, to: undefined })).files[0]?.diff.slice(2), [
    '-TeamSettings.MaxUsersPerTeam: 1000',
    '+TeamSettings.MaxUsersPerTeam: 77',
  ])
  edit(site, 'EmailSettings', 'SMTPServer', 'console.example.org')
  t.notMatch(
    JSON.stringify(await site.service.diff({ from: 1, to: undefined })),
    /SMTPServer/,
    'not ours: what becomes of it is no difference',
  )
  edit(site, 'EmailSettings', 'SMTPServer', 'own.example.org')
  site.set({ smtpServer: 'b.example.org' })
  await site.service.run({ cause: 'db-changed' })
  t.equal(smtp(site), 'b.example.org')
  const mail = ['-EmailSettings.SMTPServer: "own.example.org"', '+EmailSettings.SMTPServer: "b.example.org"']
  for (const to of [2, undefined]) {
    const lines = (await site.service.diff({ from: 1, to })).files[0]?.diff ?? []
    t.same(
      lines.filter(line => line.includes('SMTPServer')),
      mail,
    )
  }
  t.equal((await site.service.run({ cause: 'rollback', to: 1 })).state, 'applied')
  t.equal(smtp(site), 'own.example.org')
  t.equal((await site.service.run({ cause: 'apply' })).state, 'unchanged')
  await site.service.run({ cause: 'release' })
  t.equal(smtp(site), 'b.example.org')
})

t.test('a rollback puts back leaves and files, is a generation itself, and stays', async t => {
  const site = await twoGenerations(t)
  const first = createSite(t)
  await first.service.run({ cause: 'start' })
  const plan = await site.service.planRollback(1)
  t.match(plan.actions[0], {
    verb: 'restart',
    causes: [/^rollback to generation 1: ServiceSettings\.ListenAddress/],
  })
  t.equal(address(site), '127.0.0.1:8066', 'a plan writes nothing')

  const outcome = await site.service.run({ cause: 'rollback', to: 1 })
  t.equal(outcome.state, 'applied')
  t.same([address(site), smtp(site)], ['127.0.0.1:8065', 'localhost'])
  t.equal(site.file(VHOST), first.file(VHOST).replaceAll(first.root, site.root))
  t.same(site.actions(), ['restart mattermost.service', 'reload apache2.service'])
  t.same((await site.service.diff({ from: 1, to: undefined })).files, [])
  t.match(await site.service.history(), {
    pin: { generation: 1 },
    entries: [
      { number: 1, pinned: true },
      { number: 2 },
      { number: 3, cause: 'rollback', restored: 1, newest: true },
    ],
  })
  t.match(await site.service.status(), { pin: { generation: 1 }, generation: { number: 3 } })

  // Whatever does not concern it changes nothing: another save, another process, apply, a retry.
  site.set({ team: 'all', userSync: 'full' })
  const state = site.file(STATE)
  t.match(await site.service.run({ cause: 'db-changed' }), {
    state: 'unchanged',
    plan: { notes: { 0: /^the rollback to generation 1 is in force since .*--release ends it$/ } },
  })
  t.match(JSON.parse(site.file(STATE)).pin, JSON.parse(state).pin)
  t.equal((await site.restarted().run({ cause: 'start' })).state, 'unchanged')
  t.equal((await site.service.run({ cause: 'apply' })).state, 'unchanged')
  t.match(await site.service.plan(), { files: [], actions: [] })
  t.same(site.actions(), [])
  t.equal(address(site), '127.0.0.1:8065')

  // What concerns it ends it, all of it, and says so.
  site.set({ maxUsersPerTeam: 7 })
  const over = await site.service.run({ cause: 'db-changed' })
  t.equal(
    over.plan.notes[0],
    'the rollback to generation 1 is over, since mattermost.MaxUsersPerTeam 1000 (default) → 7: the DB counts again',
  )
  t.same(
    [address(site), smtp(site), site.config().TeamSettings?.MaxUsersPerTeam],
    ['127.0.0.1:8066', 'b.example.org', 7],
  )
  t.match(await site.service.status(), { pin: undefined, generation: { number: 4, cause: 'db-changed' } })
  t.equal((await site.service.run({ cause: 'db-changed' })).state, 'unchanged')
})

t.test('it is released on request', async t => {
  const site = await twoGenerations(t)
  await t.rejects(site.service.run({ cause: 'release' }), {
    code: 'usage',
    message: /no rollback is in force/,
  })
  await site.service.run({ cause: 'rollback', to: 1 })
  const outcome = await site.restarted().run({ cause: 'release' })
  t.match(outcome, { state: 'applied', plan: { notes: { 0: /is over: the DB counts again/ } } })
  t.same([address(site), smtp(site)], ['127.0.0.1:8066', 'b.example.org'])
  t.match(await site.service.history(), {
    pin: undefined,
    entries: [{}, {}, {}, { number: 4, cause: 'release' }],
  })
})

t.test('what somebody has set since is kept and told; what is enforced is put back', async t => {
  const site = await twoGenerations(t)
  edit(site, 'EmailSettings', 'SMTPServer', 'mine.example.org')
  edit(site, 'ServiceSettings', 'SiteURL', 'https://wrong.example.org')
  edit(site, 'TeamSettings', 'SiteName', 'My own')
  const outcome = await site.service.run({ cause: 'rollback', to: 1 })
  t.equal(smtp(site), 'mine.example.org')
  t.equal(site.config().ServiceSettings?.SiteURL, 'https://chat.example.org')
  t.equal(site.config().TeamSettings?.SiteName, 'My own')
  t.equal(address(site), '127.0.0.1:8065')
  t.match(
    outcome.plan.notes.join('\n'),
    /EmailSettings\.SMTPServer is "mine\.example\.org" in config\.json, .*kept/,
  )
  t.match((await site.service.status()).drift.join('\n'), /SMTPServer is "mine/)
  // And afterwards the same.
  edit(site, 'EmailSettings', 'SMTPPort', '587')
  t.equal((await site.service.run({ cause: 'db-changed' })).state, 'unchanged')
  t.equal(site.config().EmailSettings?.SMTPPort, '587')
})

t.test('a leaf whose property has gone meanwhile is put back too', async t => {
  const site = createSite(t)
  site.set({ smtpServer: 'a.example.org' })
  await site.service.run({ cause: 'start' })
  site.set({ smtpServer: 'b.example.org' })
  await site.service.run({ cause: 'db-changed' })
  site.set({ smtpServer: 'localhost' })
  const explicit = new Set([...site.settings.explicit].filter(name => name !== 'mattermost.SmtpServer'))
  site.settings = { ...site.settings, explicit }
  site.reading = { ...site.reading, settings: site.settings }
  await site.service.run({ cause: 'db-changed' })
  t.equal(smtp(site), 'b.example.org', 'without its property it is nobody’s')
  await site.service.run({ cause: 'rollback', to: 1 })
  t.equal(smtp(site), 'a.example.org')
})

t.test('never a secret, the data source, or the way to Mattermost', async t => {
  const site = await twoGenerations(t)
  writeFileSync(site.paths.secretFile('mattermost'), 'another-password\n')
  site.set({ databaseHost: 'db.example.org', localSocket: '/run/other.socket' })
  await site.service.run({ cause: 'db-changed' })
  const outcome = await site.service.run({ cause: 'rollback', to: 1 })
  const config = site.config()
  t.equal(
    config.SqlSettings?.DataSource,
    'postgres://mattuser:another-password@db.example.org:5432/mattermost?sslmode=disable&connect_timeout=10',
  )
  t.equal(config.ServiceSettings?.LocalModeSocketLocation, `${site.root}/run/other.socket`)
  t.equal(address(site), '127.0.0.1:8065')
  t.match(outcome.plan.notes, [
    'ServiceSettings.LocalModeSocketLocation is not rolled back: it stays as the DB says',
  ])
  t.notMatch(JSON.stringify(outcome), /another-password/)
  const diff = await site.service.diff({ from: 1, to: undefined })
  t.notMatch(JSON.stringify(diff), /another-password/)
  for (const name of readdirSync(site.paths.generationsFolder)) {
    t.notMatch(readFileSync(join(site.paths.generationsFolder, name), 'utf8'), /another-password/)
  }
})

t.test('what cannot be rolled back to is refused in words, and nothing changes', async t => {
  const site = await twoGenerations(t)
  const before = [site.file(CONFIG), site.file(VHOST), site.file(STATE)]
  const refused: [number, { code: string; hint: RegExp }][] = [
    [0, { code: 'usage', hint: /diff 0/ }],
    [9, { code: 'generation.unknown', hint: /1 to 2/ }],
  ]
  for (const [to, error] of refused) {
    await t.rejects(site.service.run({ cause: 'rollback', to }), error)
    await t.rejects(site.service.planRollback(to), error)
  }
  writeFileSync(generationFile(site, 1), '{')
  await t.rejects(site.service.run({ cause: 'rollback', to: 1 }), { code: 'state.unreadable' })
  t.same([site.file(CONFIG), site.file(VHOST), site.file(STATE)], before)
  site.set({ status: 'disabled' })
  await t.rejects(site.service.run({ cause: 'rollback', to: 2 }), {
    code: 'settings.invalid',
    message: /it is disabled/,
  })
})

t.test('a rollback that a check refuses, or that breaks the site, leaves no pin', async t => {
  const site = await twoGenerations(t)
  const stored = JSON.parse(readFileSync(generationFile(site, 1), 'utf8'))
  stored.files[0].text += '# BROKEN\n'
  writeFileSync(generationFile(site, 1), JSON.stringify(stored))
  await t.rejects(site.service.run({ cause: 'rollback', to: 1 }), { code: 'check.failed' })
  t.match(await site.service.status(), { pin: undefined, generation: { number: 2 } })
  stored.files[0].text = stored.files[0].text.replace('# BROKEN\n', '')
  writeFileSync(generationFile(site, 1), JSON.stringify(stored))
  site.health = {
    before: async () => 1,
    after: async () => (address(site) === '127.0.0.1:8065' ? ['the site does not answer'] : []),
  }
  await t.rejects(site.restarted().run({ cause: 'rollback', to: 1 }), { code: 'change.undone' })
  t.equal(address(site), '127.0.0.1:8066')
  t.match(await site.service.status(), { pin: undefined, generation: { number: 2 } })
  t.equal((await site.service.run({ cause: 'db-changed' })).state, 'unchanged')
})

t.test('a rollback whose process ends in the middle is all or nothing, pin and files alike', async t => {
  const steps: string[] = []
  const probe = await twoGenerations(t)
  probe.atStep = step => steps.push(step)
  await probe.service.run({ cause: 'rollback', to: 1 })
  t.ok(steps.length > 8, `${steps.length} steps`)
  for (const [index, step] of steps.entries()) {
    const site = await twoGenerations(t)
    let count = 0
    site.atStep = () => {
      if (count++ >= index) throw new Error('the process has ended')
    }
    await t.rejects(site.service.run({ cause: 'rollback', to: 1 }))
    site.atStep = () => undefined
    await site.restarted().run({ cause: 'start' })
    const { pin } = await site.service.status()
    const now = address(site)
    const text = site.file(VHOST)
    t.equal(
      !text.includes('/srv/www'),
      now === '127.0.0.1:8065',
      `vhost and config.json agree after ${index}: ${step}`,
    )
    t.equal(
      pin?.generation,
      now === '127.0.0.1:8065' ? 1 : undefined,
      `so does the pin after ${index}: ${step}`,
    )
  }
})

t.test('what it needs is kept, and when that is lost nothing happens but by request', async t => {
  const site = await twoGenerations(t)
  site.settings = { ...site.settings, teamchatd: { ...site.settings.teamchatd, historyKeep: 2 } }
  site.reading = { ...site.reading, settings: site.settings }
  await site.service.run({ cause: 'rollback', to: 1 })
  for (const password of ['one-password', 'two-password', 'three-password']) {
    writeFileSync(site.paths.secretFile('mattermost'), `${password}\n`)
    t.equal((await site.service.run({ cause: 'db-changed' })).state, 'applied')
  }
  const numbers = async () => (await site.service.history()).entries.map(({ number }) => number)
  t.same(await numbers(), [1, 5, 6], 'the one that is pinned stays beyond HistoryKeep')
  writeFileSync(generationFile(site, 1), '')
  await t.rejects(site.service.run({ cause: 'db-changed' }), { code: 'state.unreadable', hint: /--release/ })
  t.match(await site.service.management(), { state: 'managed' })
  t.match(await site.service.status(), {
    pin: { generation: 1 },
    lastError: { message: /cannot keep the rollback/ },
  })
  t.match(await site.service.history(), { unreadable: [{ number: 1, reason: /1\.json: it is not JSON/ }] })
  t.equal(address(site), '127.0.0.1:8065')
  t.equal((await site.service.run({ cause: 'release' })).state, 'applied')
  t.equal(address(site), '127.0.0.1:8066')
  t.same(await numbers(), [6, 7])
})

t.test('a virtual host that was not there goes, one that the site serves itself stays away', async t => {
  const site = createSite(t, {})
  site.set({ webServer: 'none' })
  await site.service.run({ cause: 'start' })
  t.notOk(site.has(VHOST))
  site.set({ webServer: 'apache' })
  await site.service.run({ cause: 'db-changed' })
  t.ok(site.has(VHOST))
  await site.service.run({ cause: 'rollback', to: 1 })
  t.notOk(site.has(VHOST))
  t.equal((await site.service.run({ cause: 'db-changed' })).state, 'unchanged')
  await site.service.run({ cause: 'release' })
  t.ok(site.has(VHOST))
  site.set({ webServer: 'none' })
  await site.service.run({ cause: 'db-changed' })
  await site.service.run({ cause: 'rollback', to: 2 })
  t.notOk(site.has(VHOST))
})

t.test('whatever was applied, a rollback to N leaves nothing of N to tell', async t => {
  const port = fc.integer({ min: 1024, max: 9999 })
  const name = fc.constantFrom('a.example.org', 'b.example.org', 'c.example.org')
  const change: fc.Arbitrary<Partial<MattermostSettings>> = fc.oneof(
    fc.record({ listenPort: port }),
    fc.record({ virtualHost: name }),
    fc.record({ smtpServer: name, smtpPort: fc.integer({ min: 1, max: 99 }) }),
    fc.record({ sendEmail: fc.boolean(), sendPush: fc.boolean() }),
    fc.record({ dataDirectory: fc.constantFrom('/srv/one', '/srv/two') }),
    fc.record({ maxUsersPerTeam: fc.integer({ min: 1, max: 9999 }) }),
    fc.record({ acmeWebroot: fc.constantFrom('/var/www/html', '/srv/www') }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), fc.nat(), async (changes, pick) => {
      const site = createSite(t)
      await site.service.run({ cause: 'start' })
      for (const one of changes) {
        site.set(one)
        await site.service.run({ cause: 'db-changed' })
      }
      const { entries } = await site.service.history()
      const to = entries[pick % entries.length]?.number ?? 1
      await site.service.run({ cause: 'rollback', to })
      const left = await site.service.diff({ from: to, to: undefined })
      const again = await site.restarted().run({ cause: 'start' })
      await site.service.run({ cause: 'release' })
      const newest = entries.at(-1)?.number
      const back = await site.service.diff({ from: newest, to: undefined })
      return left.files.length === 0 && again.state === 'unchanged' && back.files.length === 0
    }),
    { numRuns: 8 },
  )
  t.pass()
})
