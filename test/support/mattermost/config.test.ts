import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { needsStandIn, spawnStandIn, startMattermost } from './start.js'

type Settings = Record<string, Record<string, unknown>>

t.test('an invalid config.json ends the server with 1 and the words of the real one', async t => {
  if (!needsStandIn(t)) return
  const cases: [string, RegExp][] = [
    [
      '{\n  "ServiceSettings": {\n    "SiteURL": "x",\n  }\n}',
      /parsing error at line 4, character 4: invalid character '}'/,
    ],
    [
      '{"EmailSettings": {"SMTPPort": "25"',
      /parsing error at line 1, character 36: unexpected end of JSON input/,
    ],
    ['{"A": tru}', /invalid character '}' in literal true \(expecting 'e'\)/],
    [
      '{"EmailSettings": {"SMTPPort": 25}}',
      /cannot unmarshal number into .*EmailSettings\.SMTPPort of type string/,
    ],
    [
      '{"ServiceSettings": {"EnableLocalMode": "true"}}',
      /cannot unmarshal string into .*EnableLocalMode of type bool/,
    ],
    [
      '{"ServiceSettings": {"SiteURL": "chat.example.org"}}',
      /invalid config: .*model\.config\.is_valid\.site_url\./,
    ],
    ['{"TeamSettings": {"MaxUsersPerTeam": 0}}', /invalid config: .*model\.config\.is_valid\.max_users\./],
    [
      '{"PasswordSettings": {"MinimumLength": 4}}',
      /invalid config: .*model\.config\.is_valid\.password_length\./,
    ],
    [
      '{"ServiceSettings": {"ListenAddress": "8065"}}',
      /invalid config: .*model\.config\.is_valid\.listen_address\./,
    ],
  ]
  for (const [config, words] of cases) {
    const { code, stderr } = await ending(t, config)
    t.equal(code, 1, config)
    t.match(stderr, /^Error: failed to load configuration: /)
    t.match(stderr, words)
  }
})

t.test('the file is completed and rewritten in place at the start', async t => {
  const server = await startMattermost(t, {
    config: {
      NoSuchSettings: { A: 1 },
      ServiceSettings: { NoSuchKey: true, SiteURL: 'https://chat.example.org/' },
    },
  })
  const config = JSON.parse(readFileSync(server.configFile, 'utf8')) as Settings
  t.notOk('NoSuchSettings' in config)
  t.notOk('NoSuchKey' in (config.ServiceSettings ?? {}))
  t.equal(config.FileSettings?.Directory, `${join(server.home, 'data')}/`)
  t.equal(config.EmailSettings?.SMTPPort, '10025')
  t.equal(config.EmailSettings?.SendPushNotifications, false, 'an existing installation that never said it')
  t.equal(String(config.SqlSettings?.AtRestEncryptKey).length, 32)
  t.match(readFileSync(server.configFile, 'utf8'), /^\{\n {4}"ServiceSettings": \{\n {8}"/)
  t.equal(statSync(server.configFile).mode & 0o777, 0o600)
})

t.test('the mode of an existing file and its inode stay; `&` is escaped', async t => {
  if (!needsStandIn(t)) return
  const home = freshHome(t)
  const file = join(home, 'config', 'config.json')
  const DataSource = 'postgres://a:b@127.0.0.1/c?d=1&e=2'
  const local = {
    EnableLocalMode: true,
    LocalModeSocketLocation: join(home, 's'),
    ListenAddress: '127.0.0.1:0',
  }
  writeFileSync(file, JSON.stringify({ SqlSettings: { DataSource }, ServiceSettings: local }), {
    mode: 0o640,
  })
  const { ino } = statSync(file)
  const server = await startMattermost(t, { home })
  t.equal(statSync(file).mode & 0o777, 0o640)
  t.equal(statSync(file).ino, ino)
  t.match(readFileSync(file, 'utf8'), 'd=1\\u0026e=2')
  t.equal((JSON.parse(readFileSync(file, 'utf8')) as Settings).SqlSettings?.DataSource, DataSource)
  t.equal((await server.api('GET', '/system/ping')).headers['x-stand-in'], 'stand-in for Mattermost')
})

t.test('an empty file, and one that never named a database: it waits without listening', async t => {
  if (!needsStandIn(t)) return
  for (const config of ['', undefined]) {
    const home = freshHome(t, config)
    const { child, said } = launched(t, home)
    const file = join(home, 'config', 'config.json')
    while (!existsSync(file) || readFileSync(file, 'utf8') === '') await wait(20)
    while (!said().stderr.includes('waiting for the database')) await wait(20)
    t.equal(said().stdout, '')
    t.equal(child.exitCode, null)
    if (config === undefined) t.equal(statSync(file).mode & 0o777, 0o600)
  }
})

t.test('the environment is in force over the file, and is not written to it', async t => {
  const environment = {
    MM_SERVICESETTINGS_SITEURL: 'https://env.example.org',
    MM_TEAMSETTINGS_MAXUSERSPERTEAM: '77',
  }
  const server = await startMattermost(t, { environment })
  await server.api('PUT', '/config/patch', { TeamSettings: { SiteName: 'Here' } })
  const running = (await server.api('GET', '/config')).body as Settings
  t.equal(running.ServiceSettings?.SiteURL, 'https://env.example.org')
  t.equal(running.TeamSettings?.MaxUsersPerTeam, 77)
  const file = JSON.parse(readFileSync(server.configFile, 'utf8')) as Settings
  t.equal(file.ServiceSettings?.SiteURL, '')
  t.equal(file.TeamSettings?.MaxUsersPerTeam, 50)
  t.equal(file.TeamSettings?.SiteName, 'Here')
})

t.test('a reload takes the file over; a broken one leaves the old settings in force', async t => {
  const server = await startMattermost(t)
  const good = JSON.parse(readFileSync(server.configFile, 'utf8')) as Settings
  good.ServiceSettings = { ...good.ServiceSettings, SiteURL: 'https://new.example.org' }
  writeFileSync(server.configFile, JSON.stringify(good))
  t.equal((await server.api('POST', '/config/reload')).status, 200)
  const siteUrl = async () => {
    const { body } = await server.overTcp('GET', '/config/client?format=old')
    return (body as Record<string, string>).SiteURL
  }
  t.equal(await siteUrl(), 'https://new.example.org')
  t.match(readFileSync(server.configFile, 'utf8'), /^\{\n {4}"/, 'rewritten in its own format')
  for (const broken of ['{', JSON.stringify({ ...good, TeamSettings: { MaxUsersPerTeam: -1 } })]) {
    writeFileSync(server.configFile, broken)
    const { status, body } = await server.api('POST', '/config/reload')
    t.match({ status, body }, { status: 500, body: { id: 'api.config.reload_config.app_error' } })
    t.equal(await siteUrl(), 'https://new.example.org')
  }
})

function launched(t: Pick<Test, 'teardown'>, home: string) {
  const child = spawnStandIn(['--home', home])
  const said = { stdout: '', stderr: '' }
  child.stdout?.on('data', data => {
    said.stdout += data
  })
  child.stderr?.on('data', data => {
    said.stderr += data
  })
  t.teardown(async () => {
    const gone = once(child, 'exit')
    if (child.kill('SIGTERM')) await gone
  })
  return { child, said: () => said }
}

async function ending(
  t: Pick<Test, 'teardown'>,
  config: string,
): Promise<{ code: number | null; stderr: string }> {
  const home = freshHome(t, config)
  const child = spawnStandIn(['--home', home])
  if (!child.stderr) throw new Error('cannot read stderr')
  const [stderr] = await Promise.all([text(child.stderr), once(child, 'exit')])
  return { code: child.exitCode, stderr }
}

/** A short path, since a socket's may have 107 bytes. */
function freshHome(t: Pick<Test, 'teardown'>, config?: string): string {
  const home = mkdtempSync(join(tmpdir(), 'mattermost-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  mkdirSync(join(home, 'config'))
  if (config !== undefined) writeFileSync(join(home, 'config', 'config.json'), config)
  return home
}
