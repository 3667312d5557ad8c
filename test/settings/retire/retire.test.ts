import { readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import t from 'tap'
import {
  certificateFor,
  DB,
  everything,
  handMade,
  property,
  SECRET,
  siteConfig,
} from '../../support/adopted-site.js'
import { watchDisk } from '../../support/disk-steps.js'
import { CONFIG, JOURNAL, type Site, STATE, VHOST } from '../../support/settings-site.js'

const ENABLED = '/etc/apache2/sites-enabled'
const AVAILABLE = '/etc/apache2/sites-available'
const SAVE = '/etc/e-smith/events/nethserver-mattermost-save'
const RETIRE = { dryRun: false, giveBack: false }
const GIVE_BACK = { dryRun: false, giveBack: true }

/** A site whose virtual host was taken over, managed for a while. */
async function managedSite(
  test: Parameters<typeof handMade>[0],
  options: { vhost?: boolean } = {},
): Promise<Site> {
  const site = handMade(test)
  certificateFor(site, 'chat.example.org', '/etc/ssl/chat.pem', '/etc/ssl/chat.key')
  site.write(
    `${AVAILABLE}/chat.conf`,
    `<VirtualHost *:443>\nServerName chat.example.org\nProxyPass / http://127.0.0.1:8065/\nSSLCertificateFile ${site.root}/etc/ssl/chat.pem\nSSLCertificateKeyFile ${site.root}/etc/ssl/chat.key\n</VirtualHost>\n`,
  )
  symlinkSync('../sites-available/chat.conf', `${site.root}${ENABLED}/chat.conf`)
  await site.service.adopt({ dryRun: false, vhost: options.vhost ?? true })
  await site.service.run({ cause: 'apply' })
  site.actions()
  return site
}

const enabled = (site: Site) => readdirSync(`${site.root}${ENABLED}`).sort()

t.test('retire: everything stays and works on, and nothing is managed any more', async t => {
  const site = await managedSite(t)
  const before = everything(site.root)
  const dry = await site.restarted().retire({ dryRun: true, giveBack: false })
  t.same(everything(site.root), before, 'a dry run writes nothing at all')
  t.match(dry.stays.join('\n'), /sites-available\/mattermost\.conf stays as it is and serves the site/)
  t.match(dry.stays.join('\n'), /chat\.conf stays disabled \(teamchat retire --give-back puts it back\)/)

  const done = await site.restarted().retire(RETIRE)
  t.same([done.state, done.files, done.actions], ['retired', [], []])
  t.same(done.stays, dry.stays)
  const after = everything(site.root)
  for (const name of Object.keys(before).filter(one => /^(etc|opt)\//.test(one)))
    t.equal(after[name], before[name], name)
  t.same(site.actions(), [])
  t.equal(property(site, 'status'), undefined)
  t.equal(property(site, 'VirtualHost'), 'chat.example.org', 'the other properties stay')

  await t.test('a missing status is no lost DB, and one that is set manages nothing', async t => {
    t.match(await site.restarted().management(), { state: 'unmanaged', hint: /teamchat adopt/ })
    await site.writeDb([{ key: 'mattermost', props: { status: 'disabled' } }])
    t.equal((await site.restarted().run({ cause: 'apply' })).state, 'unchanged')
    t.same(site.actions(), [])
    t.equal((await site.restarted().retire(RETIRE)).state, 'nothing')
    for (const to of [1, 99]) {
      const refused = { code: 'settings.notAdopted', message: /^cannot roll back: .*given back/ }
      await t.rejects(site.restarted().run({ cause: 'rollback', to }), refused)
      await t.rejects(site.restarted().planRollback(to), refused)
    }
    await t.rejects(site.restarted().run({ cause: 'release' }), { code: 'settings.notAdopted' })
  })
  await t.test('adopt takes it over again, and there is nothing to do', async t => {
    const { plan } = await site.restarted().adopt({ dryRun: false, vhost: false })
    t.equal(plan.management.state, 'held')
    await t.rejects(site.restarted().run({ cause: 'rollback', to: 1 }), {
      code: 'settings.notAdopted',
      message: /^cannot roll back: the site was adopted, and nothing is applied/,
      hint: /teamchat apply/,
    })
    await site.writeDb([{ key: 'mattermost', props: { status: 'enabled' } }])
    const next = await site.restarted().plan()
    t.same([next.files, next.actions], [[], []])
    await site.restarted().run({ cause: 'apply' })
    t.equal((await site.restarted().management()).state, 'managed')
  })
  await t.test('what it found the first time can be given back even then', async t => {
    await site.restarted().retire(GIVE_BACK)
    t.same(enabled(site), ['chat.conf'])
  })
})

t.test('retire --give-back: config.json and Apache are as they were found', async t => {
  const site = await managedSite(t)
  const original = JSON.parse(readFileSync(`${site.paths.generationsFolder}/0/config.json`, 'utf8'))
  const before = everything(site.root)
  const dry = await site.restarted().retire({ dryRun: true, giveBack: true })
  t.same(everything(site.root), before)
  t.notMatch(JSON.stringify(dry), SECRET)
  const done = await site.restarted().retire(GIVE_BACK)
  t.same([done.files, done.actions, done.stays], [dry.files, dry.actions, dry.stays])
  t.same(site.config(), original)
  t.same(enabled(site), ['chat.conf'])
  t.equal(readlinkSync(`${site.root}${ENABLED}/chat.conf`), '../sites-available/chat.conf')
  t.notOk(site.has(VHOST))
  t.same(site.actions(), ['restart mattermost.service', 'reload apache2.service'])
  t.match(await site.restarted().management(), { state: 'unmanaged' })
  const { plan } = await site.restarted().adopt({ dryRun: false, vhost: false })
  t.same(
    plan.files.map(file => file.changes),
    [['ServiceSettings.EnableLocalMode: false → true']],
    'and can be adopted anew',
  )
})

t.test('without a virtual host of ours Apache is none of our business', async t => {
  const site = await managedSite(t, { vhost: false })
  site.health = {
    before: async () => 1,
    after: async ({ state }) =>
      state.retiredAt === undefined ? ['asked where it was while it was ours'] : [],
  }
  await site.service.retire(GIVE_BACK)
  t.same(site.actions(), ['restart mattermost.service'])
  t.equal(site.config().ServiceSettings?.EnableLocalMode, false)
  t.same(enabled(site), ['chat.conf'])
})

t.test('what somebody has changed since stays, and is named', async t => {
  const site = await managedSite(t)
  await site.writeDb([{ key: 'mattermost', props: { ListenAddress: '127.0.0.1:9000' } }])
  await site.service.run({ cause: 'db-changed' })
  site.write(
    CONFIG,
    site
      .file(CONFIG)
      .replace('127.0.0.1:9000', ':7777')
      .replace('"MaxUsersPerTeam": 50', '"MaxUsersPerTeam": 99'),
  )
  site.write(VHOST, `${site.file(VHOST)}# mine\n`)
  const { stays } = await site.service.retire(GIVE_BACK)
  t.match(stays.join('\n'), /ServiceSettings\.ListenAddress stays ":7777": somebody has changed it since/)
  t.match(stays.join('\n'), /mattermost\.conf was edited since: a copy is kept/)
  t.match(site.config(), {
    ServiceSettings: { ListenAddress: ':7777', EnableLocalMode: false },
    TeamSettings: { MaxUsersPerTeam: 99 },
  })
  t.match(readFileSync(`${site.paths.generationsFolder}/0/edited-mattermost.conf`, 'utf8'), /# mine/)
})

t.test('a value that the DB changed meanwhile is given back too, a secret without a word of it', async t => {
  const site = await managedSite(t)
  const other = 'postgres://chat:other-s3cret@h/chat'
  site.write('/etc/teamchatd/secrets/mattermost-datasource', `${other}\n`)
  await site.service.run({ cause: 'apply' })
  t.equal(site.config().SqlSettings?.DataSource, other)
  const outcome = await site.service.retire(GIVE_BACK)
  t.equal(site.config().SqlSettings?.DataSource, siteConfig().SqlSettings?.DataSource)
  t.notMatch(JSON.stringify(outcome), /s3cret/)
})

t.test('a file that was moved aside comes back with its mode and what was edited in it', async t => {
  const site = handMade(t)
  site.write(DB, 'DomainName=example.org\nhttpd=service|Platform|rhel|status|enabled\n')
  site.setUnit('httpd.service', { active: 'active', enabled: 'enabled' })
  certificateFor(site, 'chat.example.org', '/etc/ssl/chat.pem', '/etc/ssl/chat.key')
  const path = '/etc/httpd/conf.d/chat.conf'
  site.write(path, '<VirtualHost *:80>\nServerName chat.example.org\n</VirtualHost>\n', 0o640)
  await site.service.adopt({ dryRun: false, vhost: true })
  await site.service.run({ cause: 'apply' })
  const aside = `${path}.before-teamchatd`
  site.write(aside, `${site.file(aside)}# mine\n`, 0o640)
  await site.service.retire(GIVE_BACK)
  t.match(site.file(path), /ServerName chat\.example\.org[\s\S]*# mine/)
  t.notOk(site.has(aside))
  t.notOk(site.has('/etc/httpd/conf.d/zz_mattermost.conf'))
})

t.test('a vhost at our own path comes back byte for byte', async t => {
  const site = handMade(t)
  certificateFor(site, 'chat.example.org', '/etc/ssl/chat.pem', '/etc/ssl/chat.key')
  const text = '# ours\n<VirtualHost *:80>\nServerName chat.example.org\n</VirtualHost>\n'
  site.write(VHOST, text)
  symlinkSync('../sites-available/mattermost.conf', `${site.root}${ENABLED}/mattermost.conf`)
  await site.service.adopt({ dryRun: false, vhost: true })
  await site.service.run({ cause: 'apply' })
  t.match(site.file(VHOST), /^# teamchatd renders/)
  await site.service.retire(GIVE_BACK)
  t.equal(site.file(VHOST), text)
  t.same(enabled(site), ['mattermost.conf'])
})

t.test('a vhost at our own path that is not UTF-8 is not given back as something else', async t => {
  const site = handMade(t)
  certificateFor(site, 'chat.example.org', '/etc/ssl/chat.pem', '/etc/ssl/chat.key')
  const text = `# M\xfcller\n<VirtualHost *:443>\nServerName chat.example.org\nProxyPass / http://127.0.0.1:8065/\nSSLCertificateFile ${site.root}/etc/ssl/chat.pem\nSSLCertificateKeyFile ${site.root}/etc/ssl/chat.key\n</VirtualHost>\n`
  site.write(VHOST, '')
  writeFileSync(site.root + VHOST, Buffer.from(text, 'latin1'))
  symlinkSync('../sites-available/mattermost.conf', `${site.root}${ENABLED}/mattermost.conf`)
  await site.service.adopt({ dryRun: false, vhost: true })
  await site.service.run({ cause: 'apply' })
  const ours = site.file(VHOST)
  const done = await site.restarted().retire(GIVE_BACK)
  t.equal(done.state, 'retired')
  t.match(
    done.stays.join('\n'),
    /mattermost\.conf stays as it is .* the original is not UTF-8; it lies in .*\/0/,
  )
  t.equal(site.file(VHOST), ours)
  const folder = `${site.paths.generationsFolder}/0`
  t.ok(readdirSync(folder).some(name => readFileSync(`${folder}/${name}`, 'latin1') === text))
})

t.test('what Apache refuses is not given back, and the host stays managed', async t => {
  const site = await managedSite(t)
  site.write(`${AVAILABLE}/chat.conf`, 'BROKEN\n')
  await t.rejects(site.service.retire(GIVE_BACK), { code: 'check.failed', message: /BROKEN/ })
  t.equal((await site.restarted().management()).state, 'managed')
  t.same(enabled(site), ['zz-mattermost.conf'])
})

t.test('a give-back that breaks the site is undone, and the host stays managed', async t => {
  const site = await managedSite(t)
  site.health = { before: async () => 1, after: async () => (site.has(VHOST) ? [] : ['the site is down']) }
  const before = [site.file(CONFIG), site.file(VHOST)]
  await t.rejects(site.restarted().retire(GIVE_BACK), { code: 'change.undone' })
  t.same([site.file(CONFIG), site.file(VHOST)], before)
  t.same(enabled(site), ['zz-mattermost.conf'])
  t.equal((await site.restarted().management()).state, 'managed')
  t.equal((await site.restarted().run({ cause: 'start' })).state, 'unchanged')
})

t.test('a change that was ended in the middle is finished before the host is given back', async t => {
  const site = await managedSite(t)
  await site.writeDb([{ key: 'mattermost', props: { ListenPort: '8066', ListenAddress: undefined } }])
  const { ended } = await watchDisk(
    () => site.service.run({ cause: 'db-changed' }),
    step => (step.name.startsWith('systemctl restart') ? 'end' : 'go'),
  )
  t.ok(ended)
  t.ok(site.has(JOURNAL))
  const { done } = await site.restarted().retire(RETIRE)
  t.match(done.join(), /restart mattermost\.service/)
  t.notOk(site.has(JOURNAL))
  t.same(site.leftovers(), [])
  t.same(site.actions(), ['restart mattermost.service', 'reload apache2.service'])
})

t.test('the old module: masked while we manage, live again afterwards', async t => {
  const site = handMade(t)
  site.write(DB, 'DomainName=example.org\nmattermost=service|VirtualHost|chat.example.org|status|enabled\n')
  for (const name of ['S20conf', 'templates2expand/etc/x']) site.write(`${SAVE}/${name}`, 'text')
  await t.rejects(site.service.run({ cause: 'start' }), {
    code: 'settings.unsupported',
    hint: /teamchat adopt --dry-run/,
  })
  t.match((await site.service.status()).lastError, { message: /two writers/ })
  await site.service.adopt({ dryRun: true, vhost: false })
  t.match((await site.service.status()).lastError, { message: /two writers/ })
  await site.service.adopt({ dryRun: false, vhost: false })
  t.equal((await site.service.status()).lastError, undefined, 'what it mended is no error any more')
  t.same(readdirSync(site.root + SAVE), [], "the event itself stays, so that Server Manager's save succeeds")
  await site.service.run({ cause: 'apply' })
  t.equal((await site.service.management()).state, 'managed')

  await t.test('a package puts one back: refused until adopt is said again', async t => {
    site.write(`${SAVE}/S20conf`, 'newer')
    t.match(await site.restarted().management(), {
      state: 'refused',
      reason: /S20conf.*two writers would fight/,
    })
    const again = await site.restarted().adopt({ dryRun: false, vhost: false })
    t.match(again.taken, [/S20conf is masked/])
    t.equal((await site.restarted().management()).state, 'managed')
  })
  const { unmasked, stays } = await site.restarted().retire({ dryRun: true, giveBack: false })
  t.equal(unmasked.length, 2)
  t.match(stays.join('\n'), /the DB stays as it is: the old module reads it/)
  await site.restarted().retire(RETIRE)
  t.same(readdirSync(site.root + SAVE).sort(), ['S20conf', 'templates2expand'])
  t.equal(site.file(`${SAVE}/S20conf`), 'newer')
  t.equal(property(site, 'status'), 'enabled')
  t.match(await site.restarted().management(), { state: 'unmanaged' })
  t.notOk(JSON.parse(site.file(STATE)).masked)
})

t.test('what was given back is looked at as its files say', async t => {
  const site = await managedSite(t)
  const inputs: boolean[] = []
  site.health = {
    before: async () => ({}),
    after: async ({ state }) => {
      inputs.push(state.retiredAt !== undefined)
      return []
    },
  }
  await site.restarted().retire(GIVE_BACK)
  t.same(inputs, [true])
})

t.test('a retirement that ends in the middle is finished by being said again', async t => {
  const site = handMade(t)
  site.write(`${SAVE}/S20conf`, '')
  await site.service.adopt({ dryRun: false, vhost: false })
  await site.service.run({ cause: 'apply' })
  const state = JSON.parse(site.file(STATE))
  site.write(STATE, JSON.stringify({ ...state, retiredAt: '2030-01-01T00:00:00.000Z' }))
  t.match(await site.restarted().management(), { state: 'unmanaged' }, 'nothing is managed meanwhile')
  t.equal((await site.restarted().retire(RETIRE)).state, 'retired')
  t.ok(site.has(`${SAVE}/S20conf`))
})

t.test('a host that nobody manages has nothing to give back', async t => {
  const site = handMade(t)
  const before = everything(site.root)
  for (const options of [RETIRE, GIVE_BACK]) t.equal((await site.service.retire(options)).state, 'nothing')
  t.same(everything(site.root), before)
})
