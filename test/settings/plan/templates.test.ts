import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { projectRoot } from '../../../src/paths.js'
import { errorOf } from '../../support/error-of.js'
import { CONFIG, createSite, LINK, type Site, STATE, VHOST } from '../../support/settings-site.js'

const CUSTOM = '/etc/teamchatd/templates-custom'

/** A site that was applied with the package's templates, which `update` then changes as a new version would. */
async function installedSite(t: { teardown: (end: () => void) => void }) {
  const site = createSite(t)
  const folder = join(site.root, 'package-templates')
  cpSync(join(projectRoot(), 'templates'), folder, { recursive: true })
  site.paths.templatesFolder = folder
  await site.service.run({ cause: 'start' })
  site.actions()
  const update = (file: string, change: (text: string) => string) => {
    const path = join(folder, file)
    writeFileSync(path, change(readFileSync(path, 'utf8')))
  }
  return { site, update }
}

function owner(site: Site): string {
  return site.file(VHOST).match(/# \w+ version/)?.[0] ?? ''
}

t.test('new templates of the package: shown, held, done by apply', async t => {
  const { site, update } = await installedSite(t)
  update('mattermost.conf/10-mark.njk', text => `${text}# second version\n`)
  update('config.json/40-team.njk', text => text.replace('"MaxUsers', '"EnableOpenServer": false, "MaxUsers'))
  for (const cause of ['start', 'db-changed', 'retry'] as const) {
    const outcome = await site.restarted().run({ cause })
    t.equal(outcome.state, 'unchanged', cause)
    t.match(
      outcome.plan.notes.join('\n'),
      /mattermost\.conf: the templates of the new version would change 1 line of/,
    )
    t.match(
      outcome.plan.notes.join('\n'),
      /config\.json: the templates of the new version would change TeamSettings\.EnableOpenServer/,
    )
  }
  t.match((await site.service.status()).drift.join('\n'), /it waits for teamchat apply/)
  t.same(site.actions(), [])
  const plan = await site.service.plan()
  t.match(plan.files, [
    { output: 'config.json', changes: [/EnableOpenServer/] },
    { output: 'mattermost.conf', changes: ['+ # second version'] },
  ])
  t.equal((await site.service.run({ cause: 'apply' })).state, 'applied')
  t.equal(owner(site), '# second version')
  t.equal(site.config().TeamSettings?.EnableOpenServer, false)
  site.actions()
  t.equal((await site.service.run({ cause: 'start' })).state, 'unchanged')
  t.same((await site.service.status()).drift, [])
})

t.test('a change of the DB applies the output that it concerns, and no other', async t => {
  const { site, update } = await installedSite(t)
  update('mattermost.conf/10-mark.njk', text => `${text}# second version\n`)
  update('config.json/40-team.njk', text => text.replace('"MaxUsers', '"EnableOpenServer": false, "MaxUsers'))
  site.set({ maxUsersPerTeam: 7 })
  await site.service.run({ cause: 'db-changed' })
  t.equal(site.config().TeamSettings?.MaxUsersPerTeam, 7)
  t.equal(site.config().TeamSettings?.EnableOpenServer, false)
  t.equal(owner(site), '')
  site.set({ virtualHost: 'talk.example.org' })
  await site.service.run({ cause: 'db-changed' })
  t.equal(owner(site), '# second version')
  t.match(site.file(VHOST), /talk\.example\.org/)
})

t.test('what somebody changed in config.json is put back while new templates wait', async t => {
  const { site, update } = await installedSite(t)
  update('config.json/40-team.njk', text => text.replace('"MaxUsers', '"EnableOpenServer": false, "MaxUsers'))
  site.write(CONFIG, site.file(CONFIG).replace('https://chat.example.org', 'https://other.example.org'))
  await site.service.run({ cause: 'db-changed' })
  t.equal(site.config().ServiceSettings?.SiteURL, 'https://chat.example.org')
  t.equal(site.config().TeamSettings?.EnableOpenServer, undefined)
})

t.test('a secret that new templates alone would change waits as well', async t => {
  const { site, update } = await installedSite(t)
  update('config.json/10-server.njk', text => text.replace('dataSource |', '(dataSource ~ "&a=b") |'))
  const outcome = await site.service.run({ cause: 'start' })
  t.equal(outcome.state, 'unchanged')
  t.match(outcome.plan.notes.join('\n'), /would change SqlSettings\.DataSource; it waits/)
  await site.service.run({ cause: 'apply' })
  t.match(site.config().SqlSettings?.DataSource, /&a=b$/)
})

t.test('what a fragment of the site says does not wait for new templates', async t => {
  const { site, update } = await installedSite(t)
  const say = (most: number, name: string) =>
    site.write(
      `${CUSTOM}/config.json/50-site.njk`,
      JSON.stringify({ TeamSettings: { MaxUsersPerTeam: most, SiteName: name } }),
    )
  say(12, 'Chat')
  await site.service.run({ cause: 'db-changed' })
  update('config.json/40-team.njk', text => text.replace('"MaxUsers', '"EnableOpenServer": false, "MaxUsers'))
  say(15, 'Talk')
  const outcome = await site.service.run({ cause: 'db-changed' })
  t.match(site.config().TeamSettings, { MaxUsersPerTeam: 15, SiteName: 'Talk' })
  t.equal(site.config().TeamSettings?.EnableOpenServer, undefined)
  t.match(outcome.plan.notes.join('\n'), /would change TeamSettings\.EnableOpenServer; it waits/)
})

t.test('a file that is missing is made, with the new templates; so is everything after enabling', async t => {
  const { site, update } = await installedSite(t)
  update('mattermost.conf/10-mark.njk', text => `${text}# second version\n`)
  rmSync(site.root + VHOST)
  rmSync(site.root + LINK)
  await site.service.run({ cause: 'db-changed' })
  t.equal(owner(site), '# second version')
  update('mattermost.conf/10-mark.njk', text => text.replace('second', 'third'))
  site.set({ status: 'disabled' })
  await site.service.run({ cause: 'db-changed' })
  update('config.json/40-team.njk', text => text.replace('"MaxUsers', '"EnableOpenServer": false, "MaxUsers'))
  site.set({ status: 'enabled' })
  await site.service.run({ cause: 'db-changed' })
  t.equal(owner(site), '# third version')
  t.equal(site.config().TeamSettings?.EnableOpenServer, false)
})

t.test(
  'templates that render the same, or that the site has in place of its own, are nobody’s matter',
  async t => {
    const { site, update } = await installedSite(t)
    update('mattermost.conf/10-mark.njk', text => `{# a remark #}${text}`)
    const outcome = await site.service.run({ cause: 'start' })
    t.notMatch(outcome.plan.notes.join('\n'), /new version/)
    // Taken note of: what the site changes afterwards does not wait.
    site.write(`${CUSTOM}/mattermost.conf/15-own.njk`, '# own version\n')
    await site.service.run({ cause: 'db-changed' })
    t.equal(owner(site), '# own version')
    t.notMatch(site.file(STATE), /mattuser:/, 'no value is kept')
  },
)

t.test('an output that would lose most of itself is refused, unless forced', async t => {
  const vhost = '{{ "# teamchatd renders this file from mattermost.conf" }}\n'
  const cases: [string, Record<string, string>, RegExp, string][] = [
    [
      'vhost',
      {
        'mattermost.conf/10-mark.njk': vhost,
        'mattermost.conf/20-http.njk': '',
        'mattermost.conf/30-https.njk': '',
      },
      /cannot write mattermost\.conf: it would keep 1 of \d+ lines/,
      VHOST,
    ],
    [
      'config.json',
      { 'config.json/10-server.njk': '{}', 'config.json/30-email.njk': '{}', 'config.json/20-log.njk': '{}' },
      /cannot write config\.json: it would keep 1 of \d+ leaves/,
      CONFIG,
    ],
    [
      'own output',
      { 'own/10-x.njk': 'one\n' },
      /cannot write own: it would keep 1 of 3 lines/,
      '/etc/own.conf',
    ],
  ]
  for (const [name, fragments, says, path] of cases) {
    const site = createSite(t)
    const definition = { format: 'text', path: '/etc/own.conf', mode: '0644' }
    site.write(`${CUSTOM}/own/output.json`, JSON.stringify(definition))
    site.write(`${CUSTOM}/own/10-x.njk`, 'one\ntwo\nthree\n')
    await site.service.run({ cause: 'start' })
    const before = site.file(path)
    for (const [file, text] of Object.entries(fragments)) site.write(`${CUSTOM}/${file}`, text)
    for (const cause of ['db-changed', 'apply'] as const) {
      t.match(
        await errorOf(site.service.run({ cause })),
        { code: 'check.failed', message: says, hint: /--force/ },
        name,
      )
    }
    t.equal(site.file(path), before, name)
    t.match((await site.service.plan()).notes.join('\n'), /only teamchat apply --force does that/, name)
    await site.service.run({ cause: 'apply', force: true })
    if (path !== CONFIG) t.not(site.file(path), before, name)
    t.notMatch((await site.service.plan()).notes.join('\n'), /--force/, name)
    await site.service.run({ cause: 'db-changed' })
  }
})

t.test('fragments that render no leaf at all are refused from the start', async t => {
  const site = createSite(t)
  for (const name of ['10-server', '20-log', '30-email', '40-team'])
    site.write(`${CUSTOM}/config.json/${name}.njk`, '{}')
  t.match(await errorOf(site.service.run({ cause: 'start' })), {
    message: /config\.json: it would become empty/,
  })
})

t.test('a leaf of ours that a fragment of the site says counts as if its property were set', async t => {
  const site = createSite(t)
  await site.service.run({ cause: 'start' })
  const own = `${CUSTOM}/config.json/50-site.njk`
  const say = (most: number) =>
    site.write(own, `{ "TeamSettings": { "MaxUsersPerTeam": ${most}, "SiteName": "Chat" } }`)
  const run = async () => (await site.service.run({ cause: 'db-changed' })).plan
  const most = () => site.config().TeamSettings?.MaxUsersPerTeam
  const edit = (to: number) =>
    site.write(CONFIG, site.file(CONFIG).replace(/"MaxUsersPerTeam": \d+/, `"MaxUsersPerTeam": ${to}`))

  say(12)
  site.actions()
  const plan = await run()
  t.equal(most(), 12, 'it is written over what we once set ourselves')
  t.match(
    plan.actions.flatMap(action => action.causes),
    [
      'templates-custom/config.json/50-site.njk: TeamSettings.MaxUsersPerTeam: 1000 → 12',
      'templates-custom/config.json/50-site.njk: TeamSettings.SiteName: not set → ***',
    ],
  )
  edit(30)
  t.match(
    (await run()).notes.join('\n'),
    /MaxUsersPerTeam is 30 .*50-site\.njk says 12: kept until that says/,
  )
  t.equal(most(), 30, 'an edit in the System Console stays')
  say(15)
  await run()
  t.equal(most(), 15, 'until the fragment says something else')
  rmSync(site.root + own)
  await run()
  t.equal(most(), 15, 'without the fragment it stays as it is')
})
