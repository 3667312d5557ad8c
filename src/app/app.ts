import type { Settings } from '../configdb/settings.js'
import type { AccountProvider } from '../directory/account-provider.js'

import type { DoctorParts } from '../doctor/view.js'
import { readHooks } from '../events/hooks.js'
import { PauseFile } from '../events/pause.js'
import { EventProcessor } from '../events/processor.js'
import { Spool } from '../events/spool.js'
import type { Paths } from '../paths.js'
import { PeopleService } from '../people/service.js'
import { createSystemctl, systemctlProgram } from '../services/systemd.js'
import { certificateOutcome } from '../settings/certificate-event.js'
import { siteHealth } from '../settings/health/site-health.js'
import { SettingsService } from '../settings/service.js'
import { ReadWriteLock } from '../system/concurrency/read-write-lock.js'
import { SerialQueue } from '../system/concurrency/serial-queue.js'
import { exec } from '../system/exec.js'
import type { Logger } from '../system/log.js'
import { machineId } from '../system/machine-id.js'
import { configApi, createConnections } from './connections.js'
import { writeRecords } from './db-records.js'
import { doctorParts } from './doctor-parts.js'
import { peopleGate } from './gate.js'
import { hookRunner } from './hook-runner.js'
import { SettingsSource } from './settings-source.js'

export interface AppOptions {
  paths: Paths
  env: NodeJS.ProcessEnv
  log: Logger
  version: string
}

/** Every part, built and not started. */
export interface App extends AppOptions {
  source: SettingsSource
  /** The account provider that settings name; nothing is read yet. */
  provider: (settings: Settings) => AccountProvider
  settings: SettingsService
  people: PeopleService
  spool: Spool
  events: EventProcessor
  pause: PauseFile
  /** What the doctor looks with; nothing of it acts. */
  doctor: DoctorParts
  /** Settings do not wait for people, whose directory may hang and whose import may take an hour. */
  loops: { settings: SerialQueue; people: SerialQueue }
  /** Fires when the house closes; long runs end then. */
  stopping: AbortController
}

/** The one place that knows how the parts hang together. Nothing is read, written or started here. */
export function createApp(options: AppOptions): App {
  const { paths, env, log } = options
  const source = new SettingsSource(paths)
  const stopping = new AbortController()
  const turnstile = new ReadWriteLock()
  const { mattermost, provider } = createConnections({ paths, env })
  const { mattermost: inTurn } = createConnections({ paths, env, turn: work => turnstile.read(work) })
  const systemctl = systemctlProgram(paths.root, env)
  const settings = new SettingsService({
    paths,
    env,
    readSettings: changes => source.read(changes),
    writeDb: changes => writeRecords(paths, changes),
    mattermost: current => configApi(mattermost(current)),
    undisturbed: work => turnstile.write(work),
    health: siteHealth({
      paths,
      systemctl: systemctl === undefined ? undefined : createSystemctl(systemctl, { exec, env }),
      mattermost: current => configApi(mattermost(current)),
    }),
  })
  const people = new PeopleService({
    paths,
    settings: () => source.current(),
    provider,
    mattermost: inTurn,
    gate: () => peopleGate(settings, source),
    machine: () => machineId(paths.machineId),
    log: log.child({ room: 'people' }),
  })
  const loops = { settings: new SerialQueue(), people: new SerialQueue() }
  const spool = new Spool(paths.spoolFolder, paths.root)
  const events = new EventProcessor({
    spool,
    hooks: () => readHooks(paths),
    runProgram: hookRunner({
      paths,
      env,
      source,
      log: log.child({ room: 'hooks' }),
      signal: stopping.signal,
    }),
    people: {
      syncNamed: logins => people.syncNamed(logins, stopping.signal),
      lockNamed: logins => people.lockNamed(logins, stopping.signal),
      deactivateNamed: logins => people.deactivateNamed(logins, stopping.signal),
      endSessionsNamed: logins => people.endSessionsNamed(logins),
    },
    loadCertificate: () =>
      certificateOutcome(
        () => loops.settings.run('certificate', () => settings.run({ cause: 'certificate-update' })),
        () => settings.owesActions(),
      ),
    log: log.child({ room: 'events' }),
  })
  const doctor = doctorParts(options)
  const pause = new PauseFile(paths)
  return { ...options, doctor, pause, source, provider, settings, people, spool, events, loops, stopping }
}
