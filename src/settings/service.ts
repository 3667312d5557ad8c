import type { Trouble } from '../api/contract/common.js'
import type { DiffOutcome, History } from '../api/contract/history.js'
import type {
  AdoptOptions,
  AdoptOutcome,
  Management,
  RetireOptions,
  RetireOutcome,
  SettingsOutcome,
  SettingsPlan,
} from '../api/contract/settings.js'
import { asTeamchatError, type ErrorCode, TeamchatError } from '../errors.js'
import type { Outcome } from '../events/types.js'
import { adoptHost, retireHost } from './adopt/service.js'
import { diffGenerations, readHistory } from './history/history.js'
import { renewedSince } from './host/certificates.js'
import { readOwnership } from './management.js'
import type { SettingsParts } from './parts.js'
import { type RunOptions, runSettings } from './run.js'
import { createServiceParts, historyParts, type ServiceParts } from './service-parts.js'
import { planRollback, planSettings, readManagement, readStatus, type SettingsStatus } from './status.js'

/** Errors that a later try may not meet. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'files.write',
  'services.failed',
  'services.unreachable',
  'mattermost.unreachable',
  'mattermost.localModeOff',
])

/**
 * From the configuration DB to Mattermost and Apache: read, decide, act, record. One run at a time: the caller holds
 * the lock of those who run the services. `plan`, `management` and `status` write nothing at all.
 */
export class SettingsService {
  readonly #parts: ServiceParts
  #owed = false
  #lastError: Trouble | undefined

  constructor(parts: SettingsParts) {
    this.#parts = createServiceParts(parts)
  }

  /**
   * Brings files and services in line with the DB. Throws a TeamchatError where it may not (not adopted, refused, lost
   * or invalid DB), where a check fails (nothing has changed then), or where something is owed afterwards.
   */
  async run(options: RunOptions): Promise<SettingsOutcome> {
    try {
      const outcome = await runSettings(this.#parts, options)
      this.#lastError = undefined
      this.#owed = false
      return outcome
    } catch (error) {
      const known = asTeamchatError(error, 'failed', 'apply the settings')
      this.#owed = PASSING.has(known.code)
      this.#lastError = { at: this.#parts.now().toISOString(), message: known.message, hint: known.hint }
      throw known
    }
  }

  /** The plan of `teamchat apply`. Throws what `run` would throw for values, templates and certificates; Apache is not asked. */
  async plan(): Promise<SettingsPlan> {
    return planSettings(this.#parts)
  }

  /** The plan of `teamchat rollback`. Throws as `plan` and the rollback itself do. */
  async planRollback(to: number): Promise<SettingsPlan> {
    return planRollback(this.#parts, to)
  }

  /** Every applied set that is kept. */
  async history(): Promise<History> {
    return readHistory(await this.#parts.stateFile.read(), historyParts(this.#parts))
  }

  /** How generations differ, from each other or from what is live. */
  async diff(options: { from?: number | undefined; to?: number | undefined }): Promise<DiffOutcome> {
    return diffGenerations(options, historyParts(this.#parts))
  }

  /**
   * Takes the site's live values over into the DB, keeps the originals, applies nothing. `dryRun`: says what it would take
   * over and what would remain, and writes nothing at all.
   */
  async adopt(options: AdoptOptions): Promise<AdoptOutcome> {
    const outcome = await adoptHost(this.#parts, options)
    if (!options.dryRun) this.#lastError = undefined
    return outcome
  }

  /** Gives the host back; with `giveBack` the originals too, checked and committed like any change. */
  async retire(options: RetireOptions): Promise<RetireOutcome> {
    const outcome = await retireHost(this.#parts, options)
    if (!options.dryRun) this.#lastError = undefined
    return outcome
  }

  /** Whether this Mattermost is ours to touch; never throws. */
  async management(): Promise<Management> {
    return readManagement(this.#parts)
  }

  /** Whether this Mattermost is ours, as far as people depend on it; see `readOwnership`. Never throws. */
  async ownership(): Promise<Management> {
    return readOwnership(this.#parts.parts, this.#parts.stateFile)
  }

  /** The state as it is known now; never throws. */
  async status(): Promise<SettingsStatus> {
    return readStatus(this.#parts, this.#lastError)
  }

  /** A text that is another one for each renewal of a certificate that Apache has not loaded yet; else undefined. */
  async renewedCertificate(): Promise<string | undefined> {
    // A state that cannot be read is told by whoever needs it; this is asked each minute.
    const state = await this.#parts.stateFile.read().catch(() => undefined)
    return state === undefined ? undefined : renewedSince(state)
  }

  /** True where the last run left something that another try may finish. */
  owesActions(): boolean {
    return this.#owed
  }
}

/**
 * The outcome of an event that says that a certificate is another one, from the run of the settings service that it caused.
 * Throws what a later try may not meet: then the event waits.
 */
export async function certificateOutcome(
  run: () => Promise<SettingsOutcome>,
  isPassing: () => boolean,
): Promise<Outcome> {
  try {
    const { done, plan, renewing } = await run()
    if (renewing !== undefined) {
      const message = renewing.join('; ')
      const hint = 'put certificate and key right; they are looked at each minute'
      return { state: 'look-again', message, final: { state: 'failed', message, hint } }
    }
    if (done.length > 0) return { state: 'done', message: done.join('; ') }
    const { management } = plan
    if (management.state !== 'managed')
      return { state: 'done', message: `nothing done: ${management.reason}` }
    return { state: 'done', message: 'the web server has the certificate as it is' }
  } catch (error) {
    if (!(error instanceof TeamchatError) || isPassing()) throw error
    return { state: 'failed', message: error.message, hint: error.hint }
  }
}
