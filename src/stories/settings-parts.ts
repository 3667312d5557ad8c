import type { MattermostConfigApi } from '../apply/actions.js'
import type { PerformFileStep } from '../apply/files.js'
import type { Settings, SettingsProblem } from '../db/settings.js'
import type { Paths } from '../paths.js'
import type { Exec } from '../system/exec.js'

/** The DB as it was read just now. */
export interface SettingsReading {
  settings: Settings
  /** Known values that cannot be used. */
  problems: SettingsProblem[]
  /** The DB file is there. */
  exists: boolean
  /** It holds a record `mattermost`. */
  mattermostRecord: boolean
  /** Any property as it stands in the DB; undefined where it is missing. */
  property?: (record: string, name: string) => string | undefined
}

/** Properties to set in one record, or to delete (undefined); `type` counts where the record is new. */
export interface RecordChange {
  key: string
  type?: string
  props: Record<string, string | undefined>
}

/** What the settings story works with; the composition root puts it together. */
export interface SettingsParts {
  paths: Paths
  /** `changes`: as it would read with them; nothing is written. */
  readSettings: (changes?: RecordChange[]) => Promise<SettingsReading>
  /** All changes in one durable write of the DB; used by adopt and retire alone. */
  writeDb: (changes: RecordChange[]) => Promise<void>
  /** The API on the local socket that these settings name. */
  mattermost: (settings: Settings) => MattermostConfigApi
  exec?: Exec
  env?: NodeJS.ProcessEnv
  now?: () => Date
  /** Puts one file in place; tests let it fail. */
  performFileStep?: PerformFileStep
  sleep?: (milliseconds: number) => Promise<void>
}
