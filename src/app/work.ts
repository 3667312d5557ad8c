import type { SyncReport } from '../api/contract/people.js'
import type { SettingsOutcome } from '../api/contract/settings.js'
import { reasonOf, TeamchatError } from '../errors.js'
import { type PauseFile, pauseText, RESUME_HINT } from '../events/pause.js'
import type { EventProcessor } from '../events/processor.js'
import { backoffMs } from '../system/concurrency/backoff.js'
import type { SerialQueue } from '../system/concurrency/serial-queue.js'
import type { Logger } from '../system/log.js'
import type { SettingsSource } from './settings-source.js'

/** What could not be reached stays owed and is tried again, at the latest after so long. */
const OWED_LIMIT_MS = 300_000

type OwnCause = 'start' | 'db-changed' | 'certificate-update' | 'retry'

export interface WorkParts {
  queues: { settings: SerialQueue; people: SerialQueue }
  source: Pick<SettingsSource, 'current'>
  settings: {
    run(options: { cause: OwnCause }): Promise<SettingsOutcome>
    renewedCertificate(): Promise<string | undefined>
    owesActions(): boolean
  }
  events: Pick<EventProcessor, 'run' | 'wake'>
  pause: Pick<PauseFile, 'read'>
  people: {
    syncAll(signal?: AbortSignal): Promise<SyncReport>
    syncChanges(signal?: AbortSignal): Promise<{ report: SyncReport | undefined }>
    reconcile(): Promise<void>
    credentials: { upkeep(): Promise<void> }
  }
  log: Logger
  /** Ends long runs when the daemon stops. */
  signal: AbortSignal
}

/** The daemon's side of the queue: facts become jobs, and what failed comes back later. */
export class Work {
  readonly #parts: WorkParts
  readonly #log: Logger
  readonly #failed = (error: unknown) => {
    if (this.#parts.signal.aborted) return
    this.#log.error({ hint: hintOf(error) }, reasonOf(error))
  }
  #retry: NodeJS.Timeout | undefined
  #tries = 0
  #eventsTimer: NodeJS.Timeout | undefined
  #lastSyncProblem = ''
  #lastSyncSaid = ''
  #paused = false
  #renewed: string | undefined

  constructor(parts: WorkParts) {
    this.#parts = parts
    this.#log = parts.log
  }

  /** What a start finds: settings first, then half-done people, then events that were fired meanwhile. */
  begin(cause: 'start' | 'resume' = 'start'): void {
    this.settingsChanged(cause === 'start' ? 'start' : 'db-changed')
    const { settings } = this.#parts.queues
    this.#put('people', 'settings first', () => settings.run('settings first', async () => undefined))
    this.#put('people', 'reconcile people', () => this.#parts.people.reconcile())
    this.lookAtSpool()
    this.fullRead(cause)
  }

  settingsChanged(cause: 'start' | 'db-changed' | 'retry'): void {
    if (cause !== 'retry') this.#tries = 0
    this.#put('settings', 'settings', () => this.#runSettings(cause))
  }

  /**
   * Behind the settings that have changed, in force by then or refused: whoever reads the DB at the same time takes time
   * from them.
   */
  afterSettings(read: () => void): void {
    this.#parts.queues.settings.enqueueUnique('after settings', async () => read(), this.#failed)
  }

  lookAtSpool(): void {
    this.#put('people', 'events', async () => {
      const next = await this.#parts.events.run()
      clearTimeout(this.#eventsTimer)
      // The look that was under way when the daemon stopped must not keep its process alive.
      if (next === undefined || this.#parts.signal.aborted) return
      this.#eventsTimer = setTimeout(() => this.lookAtSpool(), next)
    })
  }

  /** A full sync, where the settings want one; else nothing. */
  fullRead(cause: 'start' | 'resume' | 'directory' | 'nightly' | 'file-changed' | 'settings-changed'): void {
    this.#put('people', 'full sync', async () => {
      const settings = await this.#parts.source.current()
      if (settings.mattermost.userSync !== 'full') return
      await this.#runSync(cause, signal => this.#parts.people.syncAll(signal))
    })
  }

  /** The directory has moved, or its time has come. Whatever moves until the job begins is the same job. */
  directoryMoved(step: 'changes' | 'everybody'): void {
    if (step === 'everybody') {
      this.fullRead('directory')
      return
    }
    this.#put('people', 'directory changes', async () => {
      const settings = await this.#parts.source.current()
      if (settings.mattermost.userSync !== 'full') return
      await this.#runSync('directory', async signal => {
        const { report } = await this.#parts.people.syncChanges(signal)
        return report
      })
    })
  }

  /** What comes with time: kept passwords that are no longer needed, mails that are owed, renewed certificates. */
  upkeep(): void {
    this.#put('settings', 'certificates', async () => {
      const renewed = await this.#parts.settings.renewedCertificate()
      // One that a run could not load, for a reason that stays, is not tried each minute.
      const isNew = renewed !== undefined && renewed !== this.#renewed
      this.#renewed = renewed
      if (isNew) await this.#runSettings('certificate-update')
    })
    this.#put('people', 'upkeep', () => this.#parts.people.credentials.upkeep())
  }

  stop(): void {
    clearTimeout(this.#retry)
    clearTimeout(this.#eventsTimer)
  }

  async #runSettings(cause: OwnCause): Promise<void> {
    clearTimeout(this.#retry)
    try {
      const outcome = await this.#parts.settings.run({ cause })
      this.#tries = 0
      this.#tell(outcome)
      // What people waited for may have come with it.
      this.#parts.events.wake()
      this.lookAtSpool()
    } catch (error) {
      this.#log.error({ hint: hintOf(error) }, reasonOf(error))
    }
    if (this.#parts.settings.owesActions()) this.#retryLater()
  }

  #retryLater(): void {
    if (this.#parts.signal.aborted) return
    const pause = backoffMs(this.#tries++, OWED_LIMIT_MS)
    this.#log.info({}, `actions are still owed; the next try is in ${Math.round(pause / 1000)} s`)
    this.#retry = setTimeout(() => this.settingsChanged('retry'), pause)
  }

  async #runSync(
    cause: string,
    run: (signal: AbortSignal) => Promise<SyncReport | undefined>,
  ): Promise<void> {
    try {
      const report = await run(this.#parts.signal)
      this.#lastSyncProblem = ''
      if (report === undefined) return
      const { startedAt: _from, finishedAt: _to, problems, waits, ...counts } = report
      const { skipped: _skipped, refused: _refused, held: _held, ...acted } = counts
      if (Object.values(acted).some(number => number > 0))
        this.#log.info({ ...counts, cause }, 'directory read, people synced')
      // The same people wait and are refused each minute.
      const said = [...problems, ...waits].join('\n')
      if (said === this.#lastSyncSaid) return
      this.#lastSyncSaid = said
      for (const line of [...problems, ...waits]) this.#log.warn({}, line)
    } catch (error) {
      // The same reason each minute would fill the journal; `status` shows it all the time.
      const reason = reasonOf(error)
      if (reason !== this.#lastSyncProblem) this.#log.warn({ hint: hintOf(error) }, reason)
      this.#lastSyncProblem = reason
    }
  }

  #tell(outcome: SettingsOutcome): void {
    const { management, notes, revision } = outcome.plan
    for (const line of outcome.done) this.#log.info({ revision }, line)
    for (const note of notes) this.#log.warn({}, note)
    if (management.state !== 'managed')
      this.#log.warn({ hint: management.hint }, `${management.state}: ${management.reason}`)
    else if (outcome.state === 'unchanged') this.#log.info({ revision }, 'everything is as the DB says')
  }

  /** The look at the spool every other second notices that a pause has ended, whoever or whatever ended it. */
  async #isPaused(): Promise<boolean> {
    const pause = await this.#parts.pause.read()
    if (pause !== undefined) {
      if (!this.#paused) this.#log.warn({ hint: RESUME_HINT }, pauseText(pause))
      this.#paused = true
      clearTimeout(this.#retry)
      return true
    }
    if (!this.#paused) return false
    this.#paused = false
    this.#log.info({}, 'the pause is over: catching up')
    this.#parts.events.wake()
    this.begin('resume')
    // Everything comes anew, in its order.
    return true
  }

  #put(queue: 'settings' | 'people', name: string, work: () => Promise<void>): void {
    const unlessPaused = async () => {
      if (!(await this.#isPaused())) await work()
    }
    this.#parts.queues[queue].enqueueUnique(name, unlessPaused, this.#failed)
  }
}

function hintOf(error: unknown): string {
  return error instanceof TeamchatError ? error.hint : 'this is a fault of teamchatd: please report it'
}
