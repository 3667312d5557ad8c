import type { Waiting } from '../api/contract/common.js'
import type { Management } from '../api/contract/settings.js'
import type { Settings } from '../configdb/settings.js'
import type { AccountProvider } from '../directory/account-provider.js'
import type { DoctorParts } from '../doctor/view.js'
import { asTeamchatError, TeamchatError } from '../errors.js'
import { runHookProgram } from '../events/hook-program.js'
import { readHooks } from '../events/hooks.js'
import { PauseFile } from '../events/pause.js'
import { EventProcessor, type EventProcessorParts } from '../events/processor.js'
import { Spool } from '../events/spool.js'
import type { Paths } from '../paths.js'
import { PeopleService } from '../people/service.js'
import { createSystemctl, systemctlProgram } from '../services/systemd.js'
import { siteHealth } from '../settings/health/site-health.js'
import { certificateOutcome, SettingsService } from '../settings/service.js'
import { ReadWriteLock } from '../system/concurrency/read-write-lock.js'
import { SerialQueue } from '../system/concurrency/serial-queue.js'
import { exec } from '../system/exec.js'
import type { Logger } from '../system/log.js'
import { machineId } from '../system/machine-id.js'
import { configApi, createConnections } from './connections.js'
import { doctorParts } from './doctor-parts.js'
import { SettingsSource, writeRecords } from './settings-source.js'

export interface AppOptions {
  paths: Paths
  env: NodeJS.ProcessEnv
  log: Logger
  version: string
}

/** Every part; each is built when it is first asked for, and none is started. */
export interface App extends AppOptions {
  readonly source: SettingsSource
  /** The account provider that settings name; nothing is read yet. */
  provider: (settings: Settings) => AccountProvider
  settings: SettingsService
  people: PeopleService
  spool: Spool
  events: EventProcessor
  pause: PauseFile
  /** The doctor's means of looking; nothing of it acts. */
  doctor: DoctorParts
  /** Settings do not wait for people, whose directory may hang and whose import may take an hour. */
  queues: { settings: SerialQueue; people: SerialQueue }
  /** Fires when the app closes; long runs end then. */
  stopping: AbortController
}

/**
 * The one place that knows how the parts hang together. Nothing is read, written or started here, and a part is built when
 * it is first asked for: a command in its own process makes no more than it needs.
 */
export function createApp(options: AppOptions): App {
  const { paths, env, log } = options
  const source = new SettingsSource(paths)
  const stopping = new AbortController()
  const requests = new ReadWriteLock()
  const queues = { settings: new SerialQueue(), people: new SerialQueue() }
  const { mattermost, provider } = createConnections({ paths, env })
  const spool = onceAsked(() => new Spool(paths.spoolFolder, paths.root))
  const settings = onceAsked(() => {
    const systemctl = systemctlProgram(paths.root, env)
    return new SettingsService({
      paths,
      env,
      readSettings: changes => source.read(changes),
      writeDb: changes => writeRecords(paths, changes),
      mattermost: current => configApi(mattermost(current)),
      undisturbed: work => requests.write(work),
      health: siteHealth({
        paths,
        systemctl: systemctl === undefined ? undefined : createSystemctl(systemctl, { exec, env }),
        mattermost: current => configApi(mattermost(current)),
      }),
    })
  })
  const people = onceAsked(() => {
    const inTurn = createConnections({ paths, env, turn: work => requests.read(work) })
    return new PeopleService({
      paths,
      settings: () => source.current(),
      provider,
      mattermost: inTurn.mattermost,
      gate: () => peopleGate(settings(), source),
      machine: () => machineId(paths.machineId),
      log: log.child({ room: 'people' }),
    })
  })
  const events = onceAsked(() => {
    const { signal } = stopping
    return new EventProcessor({
      spool: spool(),
      hooks: () => readHooks(paths),
      runProgram: hookRunner({ paths, env, source, log: log.child({ room: 'hooks' }), signal }),
      people: {
        syncNamed: logins => people().syncNamed(logins, signal),
        lockNamed: logins => people().lockNamed(logins, signal),
        deactivateNamed: logins => people().deactivateNamed(logins, signal),
        endSessionsNamed: logins => people().endSessionsNamed(logins),
      },
      loadCertificate: () =>
        certificateOutcome(
          () => queues.settings.run('certificate', () => settings().run({ cause: 'certificate-update' })),
          () => settings().owesActions(),
        ),
      log: log.child({ room: 'events' }),
    })
  })
  const doctor = onceAsked(() => doctorParts(options))
  return {
    ...options,
    source,
    provider,
    queues,
    stopping,
    pause: new PauseFile(paths),
    get settings() {
      return settings()
    },
    get people() {
      return people()
    },
    get spool() {
      return spool()
    },
    get events() {
      return events()
    },
    get doctor() {
      return doctor()
    },
  }
}

/** Gives what `make` gives, which is called once, when somebody first asks. */
function onceAsked<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

/**
 * Whether automatic runs may change people: only on a host that is managed and whose Mattermost shall run.
 * What is missing is said in words.
 */
async function peopleGate(
  settings: { ownership(): Promise<Management> },
  source: Pick<SettingsSource, 'current'>,
): Promise<{ allowed: true } | ({ allowed: false } & Waiting)> {
  const management = await settings.ownership()
  if (management.state !== 'managed') {
    return { allowed: false, reason: `waits: ${management.reason}`, hint: management.hint }
  }
  const { mattermost } = await source.current()
  if (mattermost.status === 'enabled') return { allowed: true }
  return {
    allowed: false,
    reason: 'waits: Mattermost is disabled',
    hint: 'enable it: teamchat config setprop mattermost status enabled',
  }
}

/** Runs executable hooks by the settings of the moment. */
function hookRunner(parts: {
  paths: Paths
  env: NodeJS.ProcessEnv
  source: SettingsSource
  log: Logger
  signal: AbortSignal
}): EventProcessorParts['runProgram'] {
  const { paths, env, source, log, signal } = parts
  return async (hook, event) => {
    const settings = await source
      .current()
      .catch((error: unknown) => asTeamchatError(error, 'failed', 'read the DB'))
    if (settings instanceof TeamchatError) {
      const { message: reason, hint } = settings
      return { state: 'waiting', message: `waits: ${reason}`, reason, hint }
    }
    const timeoutMs = settings.teamchatd.hookTimeout * 1000
    return runHookProgram(hook, event, { exec, env, root: paths.root, timeoutMs, signal, log })
  }
}
