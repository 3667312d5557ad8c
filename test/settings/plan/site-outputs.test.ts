import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import t from 'tap'
import { errorOf } from '../../support/error-of.js'
import { createSite, JOURNAL, type Site, STATE, VHOST } from '../../support/settings-site.js'

const JAIL = '/etc/fail2ban/jail.d/mattermost.conf'
const CUSTOM = '/etc/teamchatd/templates-custom'
const jail = {
  format: 'text',
  path: JAIL,
  mode: '0640',
  services: [{ unit: 'fail2ban.service', action: 'reload' }],
}

/** Gives the site an output of its own, and a fail2ban that runs. */
function addOutput(
  site: Site,
  definition: object = jail,
  text = '[mattermost]\nenabled = true\nport = {{ backend }}\n',
) {
  site.write(`${CUSTOM}/mattermost-jail/output.json`, JSON.stringify(definition))
  site.write(`${CUSTOM}/mattermost-jail/10-jail.njk`, text)
  mkdirSync(`${site.root}${dirname(JAIL)}`, { recursive: true })
  site.setUnit('fail2ban.service', { active: 'active', enabled: 'enabled' })
}

/** A site that has been applied once, with the output. */
async function appliedSite(
  t: { teardown: (end: () => void) => void },
  definition?: object,
  text?: string,
): Promise<Site> {
  const site = createSite(t)
  addOutput(site, definition, text)
  await site.service.run({ cause: 'start' })
  site.actions()
  return site
}

t.test('planned, written with its mode, its service told; then nothing until something changes', async t => {
  const site = createSite(t)
  addOutput(site)
  const plan = await site.service.plan()
  t.match(
    plan.files.find(file => file.path === site.root + JAIL),
    {
      output: 'mattermost-jail',
      change: 'create',
      changes: ['+ [mattermost]', '+ enabled = true', /port = 127/],
    },
  )
  t.match(plan.actions.at(-1), {
    verb: 'reload',
    target: 'fail2ban.service',
    causes: [/mattermost\.conf is new/],
  })
  t.notOk(site.has(JAIL))

  await site.service.run({ cause: 'start' })
  t.equal(site.file(JAIL), '[mattermost]\nenabled = true\nport = 127.0.0.1:8065\n')
  t.equal(statSync(site.root + JAIL).mode & 0o777, 0o640)
  t.ok(site.actions().includes('reload fail2ban.service'))
  t.equal((await site.restarted().run({ cause: 'start' })).state, 'unchanged')
  t.same(site.actions(), [])

  t.test('a change of the DB that it names', async t => {
    site.set({ listenPort: 8066 })
    await site.service.run({ cause: 'db-changed' })
    t.match(site.file(JAIL), /:8066/)
    t.same(site.actions(), ['restart mattermost.service', 'reload fail2ban.service'])
  })
  t.test('somebody edits it: put back and said', async t => {
    site.write(JAIL, `${site.file(JAIL)}# by hand\n`)
    const outcome = await site.service.run({ cause: 'db-changed' })
    t.match(outcome.plan.notes.join('\n'), /mattermost\.conf was changed by somebody and is put back/)
    t.notMatch(site.file(JAIL), /by hand/)
    t.same(site.actions(), ['reload fail2ban.service'])
  })
  t.test('a service that is down stays down', async t => {
    site.setUnit('fail2ban.service', { active: 'inactive', enabled: 'enabled' })
    site.set({ listenPort: 8067 })
    const outcome = await site.service.run({ cause: 'db-changed' })
    t.match(outcome.plan.notes.join('\n'), /fail2ban\.service is inactive and stays so/)
    t.same(site.actions(), ['restart mattermost.service'])
    site.setUnit('fail2ban.service', { active: 'active', enabled: 'enabled' })
  })
  t.test('Mattermost disabled: it stays as it is', async t => {
    site.set({ status: 'disabled' })
    await site.service.run({ cause: 'db-changed' })
    t.match(site.file(JAIL), /:8067/)
    t.notOk(site.actions().some(action => action.includes('fail2ban')))
    site.set({ status: 'enabled' })
    await site.service.run({ cause: 'db-changed' })
    t.notOk(site.actions().some(action => action.includes('fail2ban')))
  })
  t.test('its folder goes: the file stays, said while it is there', async t => {
    rmSync(`${site.root}${CUSTOM}/mattermost-jail`, { recursive: true })
    const outcome = await site.service.run({ cause: 'db-changed' })
    t.equal(outcome.state, 'unchanged')
    t.match(
      outcome.plan.notes.join('\n'),
      /templates-custom\/mattermost-jail is gone; .*mattermost\.conf stays as it is/,
    )
    t.match((await site.service.plan()).notes.join('\n'), /stays as it is/)
    t.ok(site.has(JAIL))
    rmSync(site.root + JAIL)
    t.notMatch((await site.service.run({ cause: 'db-changed' })).plan.notes.join('\n'), /stays as it is/)
    t.same(JSON.parse(site.file(STATE)).siteOutputs, {})
  })
})

t.test('a crash after the file was written loses neither the reload nor whose file it is', async t => {
  const site = await appliedSite(t, { ...jail, path: '/etc/fail2ban/jail.d/other.conf' })
  site.write(`${CUSTOM}/second/output.json`, JSON.stringify(jail))
  site.write(`${CUSTOM}/second/10-x.njk`, 'port = {{ backend }}\n')
  let isDead = false
  let last = ''
  site.atStep = step => {
    // Whatever comes after it comes no more, the undoing neither.
    if (isDead || last === `write ${site.root}${JAIL}`) isDead = true
    if (isDead) throw new Error('killed')
    last = step
  }
  site.set({ listenPort: 8066 })
  await errorOf(site.service.run({ cause: 'db-changed' }))
  t.match(site.file(JAIL), /8066/)
  t.ok(site.has(JOURNAL))
  site.atStep = () => {}
  site.set({ listenPort: 8067 })
  await site.restarted().run({ cause: 'start' })
  t.match(site.file(JAIL), /8067/)
  t.same(site.actions(), ['restart mattermost.service', 'reload fail2ban.service'])
  t.same(JSON.parse(site.file(STATE)).owed, [])
  t.notOk(site.has(JOURNAL))
  t.same(site.leftovers(), [])
})

t.test('a reload that fails stays owed and is done later', async t => {
  const site = await appliedSite(t, { ...jail, services: [{ unit: 'fail2ban.service', action: 'restart' }] })
  site.setUnit('fail2ban.service', {
    active: 'active',
    enabled: 'enabled',
    onStart: 'failed',
    result: 'exit-code',
  })
  site.set({ listenPort: 8066 })
  t.match(
    (await errorOf(site.service.run({ cause: 'db-changed' }))).message,
    /cannot restart fail2ban\.service/,
  )
  t.match((await site.service.status()).owed, [/start fail2ban\.service/])
  t.ok(site.service.owesActions())
  site.setUnit('fail2ban.service', { active: 'failed', enabled: 'enabled' })
  site.actions()
  await site.service.run({ cause: 'retry' })
  t.same(site.actions(), ['start fail2ban.service'])
  t.same(JSON.parse(site.file(STATE)).owed, [])
})

t.test("Mattermost's and Apache's units by their short names", async t => {
  const services = [
    { unit: 'mattermost', action: 'restart' },
    { unit: 'apache', action: 'reload' },
  ]
  const site = await appliedSite(t, { ...jail, services }, 'x {{ maxUsersPerTeam }}\n')
  site.set({ maxUsersPerTeam: 5 })
  const plan = await site.service.plan()
  t.match(plan.actions, [
    {
      verb: 'restart',
      target: 'mattermost.service',
      causes: ['mattermost.MaxUsersPerTeam 1000 (default) → 5'],
    },
    { verb: 'reload', target: 'apache2.service', causes: ['mattermost.MaxUsersPerTeam 1000 (default) → 5'] },
  ])
  await site.service.run({ cause: 'db-changed' })
  t.same(site.actions(), ['restart mattermost.service', 'reload apache2.service'])
})

t.test('JSON: compared by its values, and refused where it is none', async t => {
  const path = '/etc/fail2ban/jail.d/x.json'
  const site = await appliedSite(
    t,
    { ...jail, path, format: 'json' },
    '{"a": {{ backend | json }}, "b": [1]}',
  )
  t.same(JSON.parse(site.file(path)), { a: '127.0.0.1:8065', b: [1] })
  site.write(path, '{"b":[1],"a":"127.0.0.1:8065"}')
  t.equal((await site.service.run({ cause: 'db-changed' })).state, 'unchanged')
  site.write(`${CUSTOM}/mattermost-jail/output.json`, JSON.stringify({ ...jail, path, check: 'json' }))
  site.write(`${CUSTOM}/mattermost-jail/10-jail.njk`, '{"a": {{ backend }} }')
  const error = await errorOf(site.service.run({ cause: 'db-changed' }))
  t.match(error, { code: 'check.failed', message: /mattermost-jail: it is not JSON/ })
  t.match(site.file(path), /^\{"b"/)
})

t.test('a program of the site tests the candidate before anything is written', async t => {
  const site = createSite(t)
  site.write('/bin/check', '#!/bin/sh\ncat "$2" >&2\ngrep -q good "$2"\n', 0o755)
  addOutput(
    site,
    { ...jail, check: { program: [`${site.root}/bin/check`, '-t', '{file}'] } },
    'bad {{ backend }}\n',
  )
  const error = await errorOf(site.service.run({ cause: 'start' }))
  t.match(error, { code: 'check.failed', message: /bin\/check refuses it: bad 127\.0\.0\.1:8065/ })
  t.notOk(site.has(JAIL))
  t.notOk(site.has('/opt/mattermost/config/config.json'), 'all or none')
  site.write(`${CUSTOM}/mattermost-jail/10-jail.njk`, 'good {{ backend }}\n')
  await site.service.run({ cause: 'db-changed' })
  t.match(site.file(JAIL), /good/)
})

t.test('when: properties decide', async t => {
  const site = createSite(t)
  const when = { 'fail2ban.status': 'enabled', 'mattermost.WebServer': ['apache', 'none'] }
  addOutput(site, { ...jail, when })
  let status = 'disabled'
  site.readDb = async () => ({
    ...site.reading,
    property: (record, name) => (record === 'fail2ban' && name === 'status' ? status : undefined),
  })
  await site.service.run({ cause: 'start' })
  t.notOk(site.has(JAIL))
  status = 'enabled'
  await site.service.run({ cause: 'db-changed' })
  t.ok(site.has(JAIL), 'a property that is not set has its default')
  status = 'disabled'
  site.set({ listenPort: 8066 })
  const outcome = await site.service.run({ cause: 'db-changed' })
  t.match(site.file(JAIL), /8065/)
  t.match(
    outcome.plan.notes.join('\n'),
    /mattermost-jail is not rendered \(fail2ban\.status, .*stays as it is/,
  )
})

t.test('refused: nothing of it is written, nothing else either', async t => {
  const cases: [string, (site: Site) => void, string, RegExp][] = [
    [
      'a critical file',
      site => addOutput(site, { ...jail, path: '/etc/sudoers.d/x' }),
      'template.invalid',
      /refused/,
    ],
    [
      'below Home',
      site => addOutput(site, { ...jail, path: '/opt/mattermost/x' }),
      'template.invalid',
      /belongs to/,
    ],
    [
      'the data',
      site => {
        site.set({ dataDirectory: '/srv/chat' })
        addOutput(site, { ...jail, path: '/srv/chat/x' })
      },
      'template.invalid',
      /belongs to/,
    ],
    [
      'our vhost',
      site => addOutput(site, { ...jail, path: '/etc/apache2/sites-available/mattermost.conf' }),
      'template.invalid',
      /belongs to/,
    ],
    ['..', site => addOutput(site, { ...jail, path: '/etc/x/../passwd' }), 'template.invalid', /"\.\."/],
    [
      'the same twice',
      site => {
        addOutput(site)
        site.write(`${CUSTOM}/second/output.json`, JSON.stringify(jail))
        site.write(`${CUSTOM}/second/10-x.njk`, 'x\n')
      },
      'template.invalid',
      /second to .*: mattermost-jail writes it already/,
    ],
    [
      'no folder',
      site => addOutput(site, { ...jail, path: '/etc/nowhere/x' }),
      'check.failed',
      /etc\/nowhere: the folder is missing/,
    ],
    [
      'a link on the way',
      site => {
        addOutput(site, { ...jail, path: '/etc/link/x' })
        symlinkSync(`${site.root}/etc/fail2ban`, `${site.root}/etc/link`)
      },
      'files.unsafe',
      /symbolic link/,
    ],
    [
      'a secret',
      site => addOutput(site, jail, '{{ dataSource }}'),
      'template.invalid',
      /line 1: dataSource cannot be used/,
    ],
    [
      'a typo',
      site => addOutput(site, jail, 'x\n{% if typo %}{% endif %}'),
      'template.invalid',
      /10-jail\.njk: line 2: there is no variable "typo"/,
    ],
    [
      'empty',
      site => addOutput(site, jail, '{# nothing #}\n'),
      'check.failed',
      /mattermost-jail: it would become empty/,
    ],
    [
      'somebody else’s file',
      site => {
        addOutput(site)
        site.write(JAIL, 'by hand\n')
      },
      'check.failed',
      /somebody else wrote what is in/,
    ],
    [
      'a link in its place',
      site => {
        addOutput(site)
        site.write('/etc/theirs', 'x\n')
        symlinkSync(`${site.root}/etc/theirs`, site.root + JAIL)
      },
      'files.unsafe',
      /jail\.d\/mattermost\.conf: it is a symbolic link/,
    ],
    [
      'a folder in the place of our vhost',
      site => mkdirSync(`${site.root}${VHOST}`, { recursive: true }),
      'check.failed',
      /cannot read .*sites-available\/mattermost\.conf: EISDIR/,
    ],
    [
      'a program that is missing',
      site => addOutput(site, { ...jail, check: { program: ['/nowhere/check', '{file}'] } }),
      'check.failed',
      /cannot test .*mattermost\.conf: there is no program \/nowhere\/check/,
    ],
    [
      'a program that cannot be run',
      site => {
        site.write('/bin/check', 'exit 0\n', 0o644)
        addOutput(site, { ...jail, check: { program: [`${site.root}/bin/check`, '{file}'] } })
      },
      'check.failed',
      /cannot test .*mattermost\.conf: cannot run .*EACCES/,
    ],
    [
      'what others may write',
      site => {
        addOutput(site)
        chmodSync(`${site.root}${CUSTOM}/mattermost-jail/output.json`, 0o666)
      },
      'files.unsafe',
      /others than its owner/,
    ],
  ]
  for (const [name, make, code, says] of cases) {
    const site = createSite(t)
    make(site)
    const before = site.has(JAIL) ? site.file(JAIL) : undefined
    const error = await errorOf(site.service.run({ cause: 'start' }))
    t.match(error, { code, message: says }, name)
    t.not(error.hint, '', name)
    t.equal(site.has(JAIL) ? site.file(JAIL) : undefined, before, name)
    t.notOk(site.has('/opt/mattermost/config/config.json'), name)
    t.same(site.actions(), [], name)
  }
})

t.test('somebody else’s file: an equal one is taken as it is, another one only by force', async t => {
  const site = createSite(t)
  addOutput(site)
  site.write(JAIL, 'by hand\n')
  t.match((await site.service.plan()).notes.join('\n'), /only teamchat apply --force replaces it/)
  await site.service.run({ cause: 'apply', force: true })
  t.match(site.file(JAIL), /^\[mattermost\]/)

  const equal = createSite(t)
  addOutput(equal)
  equal.write(JAIL, '[mattermost]\nenabled = true\nport = 127.0.0.1:8065\n')
  await equal.service.run({ cause: 'start' })
  equal.set({ listenPort: 8066 })
  await equal.service.run({ cause: 'db-changed' })
  t.match(equal.file(JAIL), /8066/)
})

t.test(
  'a folder in its place: said by the plan as well; nobody minds it while the output is not wanted',
  async t => {
    const site = createSite(t)
    addOutput(site)
    mkdirSync(site.root + JAIL)
    const error = await errorOf(site.service.plan())
    t.match(error, { code: 'files.unsafe', message: /jail\.d\/mattermost\.conf: it is not a regular file/ })

    addOutput(site, { ...jail, when: { 'fail2ban.status': 'enabled' } })
    const outcome = await site.service.run({ cause: 'start' })
    t.equal(outcome.state, 'applied')
    t.match(outcome.plan.notes.join('\n'), /mattermost-jail is not rendered .*stays as it is/)
  },
)
