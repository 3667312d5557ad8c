import type { PlannedFile } from '../api/contract/settings.js'
import type { Json } from '../config/json/json.js'
import type { PendingAction } from '../config/services/pending-action.js'
import type { Settings, SettingsProblem } from '../configdb/settings.js'
import type { Paths } from '../paths.js'
import type { Exec } from '../system/exec.js'
import type { RenameExchange } from '../system/files/rename-exchange.js'
import type { MattermostConfigApi } from '../transaction/actions.js'
import type { StepHook } from '../transaction/staging.js'
import type { SettingsState } from '../transaction/state.js'
import type { HostState } from './host/host-state.js'

/** The DB as it was read just now. */
export interface SettingsReading {
  settings: Settings
  /** Values that cannot be used; `settings` has their defaults instead, so look here first. */
  problems: SettingsProblem[]
  /** The DB file is there. */
  exists: boolean
  /** It holds a record `mattermost`. */
  mattermostRecord: boolean
  /** Any property as it stands in the DB; undefined where it is missing. */
  property: (record: string, name: string) => string | undefined
}

/** Properties to set in one record, or to delete (undefined); `type` counts where the record is new. */
export interface RecordChange {
  key: string
  type?: string
  props: Record<string, string | undefined>
}

/** Whether the site works, as far as anybody can see. `world` is always what was read before the change, but for a change
 * that goes on after a crash. `actions`: all that the change wants. */
export interface SiteHealth {
  /**
   * A snapshot of what works now, kept on disk (0600) until the change is over: plain JSON, no secrets. Called once the files of a
   * change are in place and before any service is touched; the old config.json and vhost are in `world`.
   */
  before(hostState: HostState, actions: readonly PendingAction[]): Promise<Json>
  /**
   * Called when the actions have been tried. Why the change must be undone: what worked before and does not now, a line
   * each; none, and it stays. `before` is what the first look found. Once more with `undone`, when the old state should
   * be in force again, and everything where it was.
   */
  after(
    hostState: HostState,
    actions: readonly PendingAction[],
    before: Json,
    undone: boolean,
  ): Promise<string[]>
}

/** A change that stays. */
export interface AppliedChange {
  /** The same one after a crash: then it may come twice. */
  id: string
  /** ISO 8601. */
  at: string
  revision: string
  /** Why the service ran. */
  cause: string
  /** Known facts about our leaves now, and the rollback that is in force. */
  state: Pick<SettingsState, 'leaves' | 'pin'>
  /** HistoryKeep. */
  keep: number
  /** The plan, for people; secrets masked. */
  files: PlannedFile[]
  actions: PendingAction[]
  /**
   * Every output in force, also those that stayed as they were: the text in its place now. It may hold secrets.
   * `leaves`: of config.json, the paths of the leaves that are ours.
   */
  outputs: { output: string; path: string; text: string; leaves?: string[][] | undefined }[]
}

/** Collaborators of the settings service; the composition root puts it together. */
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
  /** Runs what touches Mattermost's service while no request of ours is under way there. Default: at once. */
  undisturbed?: <T>(work: () => Promise<T>) => Promise<T>
  /** Looks at the site before and after a change; without it every change stays. */
  health?: SiteHealth
  /** Keeps a change that stays; without it the folder of generations does. What it throws is told and undoes nothing. */
  recordGeneration?: (change: AppliedChange) => Promise<void>
  /** Called before each step that changes the disk; tests end the process there, or let the disk fail. */
  atStep?: StepHook
  /** What swaps two names; without it the kernel does. */
  exchange?: RenameExchange
  sleep?: (milliseconds: number) => Promise<void>
}
