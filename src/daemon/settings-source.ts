import { hostname } from 'node:os'
import { readSettings } from '../db/schema-read.js'
import type { Settings, SettingsProblem } from '../db/settings.js'
import { readSnapshot } from '../db/snapshot.js'
import { TeamchatError } from '../errors.js'
import type { Paths } from '../paths.js'

/** What the DB says at one moment. */
export interface SettingsReading {
  settings: Settings
  /** Values that cannot be used; `settings` has their defaults instead, so look here first. */
  problems: SettingsProblem[]
  /** False where the file is missing. */
  exists: boolean
  /** True where there is a record `mattermost`. */
  mattermostRecord: boolean
}

/** Reads the configuration DB into settings; remembers the last good ones. */
export class SettingsSource {
  readonly #paths: Paths
  readonly #hostname: string | undefined
  #lastGood: Settings | undefined

  constructor(paths: Paths, env: NodeJS.ProcessEnv) {
    this.#paths = paths
    // The host's name overrides DomainName only in the default DB of the real system (docs/reference/settings.md).
    this.#hostname = paths.root === '' && !env.DBPATH ? hostname() : undefined
  }

  /** Throws `db.unreadable`. */
  async read(): Promise<SettingsReading> {
    const snapshot = await readSnapshot(this.#paths.configurationDb)
    const facts = { hostname: this.#hostname, isEsmith: this.#paths.isEsmith }
    const { settings, problems } = readSettings(snapshot, facts)
    const mattermostRecord = snapshot.record('mattermost') !== undefined
    if (problems.length === 0 && snapshot.exists) this.#lastGood = settings
    return { settings, problems, exists: snapshot.exists, mattermostRecord }
  }

  /**
   * The settings to act on: those of the DB, or the last good ones while the DB cannot be used.
   * Throws `settings.invalid` or `db.unreadable` where there never were good ones.
   */
  async current(): Promise<Settings> {
    try {
      const { settings, problems, exists } = await this.read()
      const [first] = problems
      if (first === undefined && (exists || this.#lastGood === undefined)) return settings
      if (this.#lastGood !== undefined) return this.#lastGood
      throw new TeamchatError('settings.invalid', first?.message ?? 'cannot use the DB', {
        ...(first === undefined ? {} : { hint: first.hint }),
      })
    } catch (error) {
      if (this.#lastGood !== undefined) return this.#lastGood
      throw error
    }
  }
}
