import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { MattermostSettings, Settings } from '../../src/configdb/settings.js'
import { createPaths, type Paths, projectRoot } from '../../src/paths.js'
import { GenerationStore } from '../../src/settings/history/generation-store.js'
import { keepGeneration } from '../../src/settings/history/history.js'
import type {
  AppliedChange,
  RecordChange,
  SettingsParts,
  SettingsReading,
  SiteHealth,
} from '../../src/settings/parts.js'
import { SettingsService } from '../../src/settings/service.js'
import { exec } from '../../src/system/exec.js'
import type { RenameExchange } from '../../src/system/files/rename-exchange.js'
import type { MattermostConfigApi } from '../../src/transaction/actions.js'
import type { StepHook } from '../../src/transaction/staging.js'
import { noteLoaded } from './loaded-by-services.js'
import { providerSettings } from './provider-settings.js'

interface FakeSystemctl {
  fakeSystemctl: (
    folder: string,
    args: readonly string[],
  ) => { status: number; stdout: string; stderr: string }
}

const { fakeSystemctl } = (await import(
  pathToFileURL(join(projectRoot(), 'test/support/fake-systemctl.mjs')).href
)) as FakeSystemctl

export interface FakeUnit {
  active: string
  enabled: string
  load?: string
  sub?: string
  result?: string
  onStart?: string
  workingDirectory?: string
  environment?: string
  environmentFiles?: string[]
  command?: string
  user?: string
}

/** A host below a temporary folder: files are real, systemctl is the stand-in, the DB is a value. */
export interface Site {
  root: string
  paths: Paths
  settings: Settings
  reading: SettingsReading
  api: {
    answers: boolean
    reloads: number
    ignores: boolean
    /** What Mattermost does when it is told to read its file. */
    onReload?: () => Promise<void>
  }
  /** Called before each step that changes the disk. */
  atStep: StepHook
  health: SiteHealth | undefined
  undisturbed: SettingsParts['undisturbed']
  generations: AppliedChange[]
  written: RecordChange[]
  /** The DB as a value; a test may put a real one in its place. */
  readDb: (changes?: RecordChange[]) => Promise<SettingsReading>
  writeDb: (changes: RecordChange[]) => Promise<void>
  service: SettingsService
  /** A service as a new process would have it. */
  restarted(): SettingsService
  set(props: Partial<MattermostSettings>): void
  file(path: string): string
  has(path: string): boolean
  write(path: string, text: string, mode?: number): void
  /** Temporary files that somebody has left, wherever on the host. */
  leftovers(): string[]
  config(): Record<string, Record<string, unknown>>
  unit(name: string): FakeUnit | undefined
  setUnit(name: string, unit: FakeUnit): void
  /** What was asked of systemctl since the last look, without questions. */
  actions(): string[]
}

export const VHOST = '/etc/apache2/sites-available/mattermost.conf'
export const LINK = '/etc/apache2/sites-enabled/zz-mattermost.conf'
export const CONFIG = '/opt/mattermost/config/config.json'
export const JOURNAL = '/var/lib/teamchatd/transaction.json'
export const STATE = '/var/lib/teamchatd/settings.json'

/** Settings of a DB that says enabled and a name, with the schema's defaults otherwise. */
export function sampleSettings(props: Partial<MattermostSettings> = {}): Settings {
  const explicit = new Set(['mattermost.status', 'mattermost.VirtualHost'])
  return {
    revision: 'r1',
    mattermost: {
      status: 'enabled',
      virtualHost: 'chat.example.org',
      siteUrl: '',
      home: '/opt/mattermost',
      unit: 'mattermost.service',
      webServer: 'apache',
      certificateFile: '',
      keyFile: '',
      chainFile: '',
      acmeWebroot: '/var/www/html',
      listenPort: 8065,
      listenAddress: '',
      databaseHost: '127.0.0.1',
      databasePort: 5432,
      databaseName: 'mattermost',
      databaseUser: 'mattuser',
      dataDirectory: '',
      localSocket: '/var/tmp/mattermost_local.socket',
      sendEmail: true,
      smtpServer: 'localhost',
      smtpPort: 25,
      feedbackEmail: '',
      sendPush: true,
      pushContents: 'full',
      pushServer: 'https://push-test.mattermost.com',
      maxUsersPerTeam: 1000,
      team: '',
      userSync: 'events',
      pollInterval: 5,
      syncInterval: 60,
      fullReadInterval: 3600,
      firstAdmin: 'wizard',
      newUserPassword: 'random',
      credentialDays: 30,
      emailFrom: 'mail',
      goneAfterMs: 86_400_000,
      maxDeactivate: undefined,
      maxCreate: 100,
      releaseNames: false,
      onPasswordModify: 'ignore',
      ...props,
    },
    teamchatd: { debounceMs: 100, maxWaitMs: 1000, startTimeout: 2, historyKeep: 30, hookTimeout: 60 },
    provider: providerSettings({ provider: 'none', pageSize: 500 }),
    pki: { certificateFile: '', keyFile: '', chainFile: '' },
    company: 'Example Org',
    domainName: 'example.org',
    httpd: { enabled: true, platform: 'debian' },
    explicit,
  }
}

/** Apache's program, as far as tests of the service need it: refuses a text that holds `BROKEN`. */
const FAKE_APACHE = `#!/bin/sh
if [ "$1" = -v ]; then echo "Server version: Apache/2.4.62 (Test)"; exit 0; fi
if grep -rqs BROKEN "$(dirname "$3")"; then echo "AH00526: Syntax error on line 1 of $3: BROKEN" >&2; exit 1; fi
echo "Syntax OK" >&2
`

export interface SiteOptions {
  /** False: the web server's program is missing, so no vhost is checked. */
  apache?: boolean
  systemctl?: boolean
  /** systemctl's stand-in runs as a program, not in this process. */
  spawns?: boolean
  settings?: Settings
  exchange?: RenameExchange
  /** A host with e-smith: secrets lie elsewhere there. */
  esmith?: boolean
  /** The root of a host that another process has made. */
  at?: string
}

/** Makes the host; it goes away with the test. */
export function createSite(t: { teardown: (end: () => void) => void }, options: SiteOptions = {}): Site {
  const root = options.at ?? realpathSync(mkdtempSync(join(tmpdir(), 'teamchatd-site-')))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  if (options.esmith === true) mkdirSync(`${root}/etc/e-smith`, { recursive: true })
  const paths = createPaths({ root, env: {} })
  const systemctl = join(projectRoot(), 'test/support/fake-systemctl.mjs')
  const services = join(root, 'services')
  const bin = join(root, 'bin')
  const isNew = !existsSync(services)
  for (const folder of [
    services,
    bin,
    `${root}/opt/mattermost/config`,
    `${root}${dirname(VHOST)}`,
    `${root}${dirname(LINK)}`,
  ]) {
    mkdirSync(folder, { recursive: true })
  }
  if (options.apache !== false) writeFileSync(join(bin, 'apache2ctl'), FAKE_APACHE, { mode: 0o755 })
  const running = { active: 'active', enabled: 'enabled' }
  if (isNew) {
    writeFileSync(
      join(services, 'units.json'),
      JSON.stringify({
        'mattermost.service': { active: 'inactive', enabled: 'disabled' },
        'apache2.service': running,
      }),
    )
    writeFileSync(join(services, 'calls.log'), '')
  }
  const settings = options.settings ?? sampleSettings()
  let inputs = 0
  let revision = 1
  const site: Site = {
    root,
    paths,
    settings,
    reading: { settings, problems: [], exists: true, mattermostRecord: true, property: () => undefined },
    api: { answers: true, reloads: 0, ignores: false },
    atStep: () => {},
    health: undefined,
    undisturbed: undefined,
    generations: [],
    written: [],
    service: undefined as unknown as SettingsService,
    restarted: () => newService(),
    readDb: async changes =>
      changes === undefined ? site.reading : { ...site.reading, settings: changed(site.settings, changes) },
    writeDb: async changes => {
      site.written.push(...changes)
      for (const { props } of changes) site.set(asSettings(props))
    },
    set: props => {
      revision += 1
      site.settings = { ...withProps(site.settings, props), revision: `r${revision}` }
      site.reading = { ...site.reading, settings: site.settings }
    },
    file: path => readFileSync(root + path, 'utf8'),
    has: path => existsSync(root + path),
    write: (path, text, mode = 0o644) => {
      mkdirSync(dirname(root + path), { recursive: true })
      writeFileSync(root + path, text, { mode })
    },
    leftovers: () =>
      readdirSync(root, { recursive: true, encoding: 'utf8' })
        .filter(name => name.includes('.teamchatd-'))
        .sort(),
    config: () => JSON.parse(site.file(CONFIG)),
    unit: name => JSON.parse(site.file('/services/units.json'))[name],
    setUnit: (name, unit) => {
      const units = JSON.parse(site.file('/services/units.json'))
      site.write('/services/units.json', JSON.stringify({ ...units, [name]: unit }))
    },
    actions: () => {
      const calls = site
        .file('/services/calls.log')
        .split('\n')
        .filter(line => line !== '')
      const fresh = calls.slice(inputs)
      inputs = calls.length
      return fresh
        .filter(line => !/^(show|is-active|is-enabled|reset-failed) /.test(line))
        .map(line => line.replace(' --no-block', ''))
    },
  }
  const mattermost: MattermostConfigApi = {
    reachable: async () => site.api.answers,
    reloadConfig: async () => {
      site.api.reloads += 1
      await site.api.onReload?.()
      noteLoaded(root, 'api-reload', 'mattermost.service')
    },
    config: async () => {
      for (let tries = 1; ; tries += 1) {
        try {
          return site.api.ignores ? {} : site.config()
        } catch (error) {
          // Whoever writes the file in place is in the middle of it.
          if (!(error instanceof SyntaxError) || tries === 100) throw error
          await new Promise(resolve => setTimeout(resolve, 1))
        }
      }
    },
  }
  function newService(): SettingsService {
    return new SettingsService({
      paths,
      readSettings: changes => site.readDb(changes),
      writeDb: changes => site.writeDb(changes),
      mattermost: () => mattermost,
      env: {
        PATH: `${bin}:${process.env.PATH ?? ''}`,
        ...(options.systemctl === false
          ? {}
          : {
              TEAMCHAT_SYSTEMCTL: systemctl,
              FAKE_SYSTEMCTL: services,
            }),
      },
      ...(options.exchange === undefined ? {} : { exchange: options.exchange }),
      exec: async (command, args, given) => {
        if (command !== systemctl || options.spawns === true) return exec(command, args, given)
        const answer = fakeSystemctl(services, args)
        if (answer.status === 0) noteLoaded(root, args[0] ?? '', args.at(-1) ?? '')
        return answer
      },
      sleep: () => new Promise(resolve => setTimeout(resolve, 5)),
      atStep: step => site.atStep(step),
      ...(site.health === undefined ? {} : { health: site.health }),
      ...(site.undisturbed === undefined ? {} : { undisturbed: site.undisturbed }),
      recordGeneration: async change => {
        site.generations.push(change)
        await keepGeneration(change, new GenerationStore(paths))
      },
    })
  }
  site.service = newService()
  return site
}

/** Settings as the DB would give them with these changes. */
function changed(settings: Settings, changes: RecordChange[]): Settings {
  return changes.reduce((before, { props }) => withProps(before, asSettings(props)), settings)
}

function withProps(settings: Settings, props: Partial<MattermostSettings>): Settings {
  const explicit = new Set(settings.explicit)
  for (const [name, value] of Object.entries(props)) {
    const property =
      name === 'siteUrl' ? 'SiteURL' : name === 'status' ? name : `${name[0]?.toUpperCase()}${name.slice(1)}`
    if (value === undefined || value === '') explicit.delete(`mattermost.${property}`)
    else explicit.add(`mattermost.${property}`)
  }
  return { ...settings, mattermost: { ...settings.mattermost, ...props }, explicit }
}

/** Properties as the DB would give them back. */
function asSettings(props: RecordChange['props']): Partial<MattermostSettings> {
  const entries = Object.entries(props).map(([name, value]) => {
    const key = name === 'SiteURL' ? 'siteUrl' : `${name[0]?.toLowerCase()}${name.slice(1)}`
    return [key, key === 'listenPort' ? Number(value) : value]
  })
  return Object.fromEntries(entries)
}
