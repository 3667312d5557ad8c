import type { FileDiff } from '../settings/history/generation-diff.js'
import type { UnreadableGeneration } from '../settings/history/generation-store.js'
import type { SettingsOutcome, SettingsPlan } from './operations.js'

/** A rollback that stays in force. */
export interface PinStatus {
  /** The generation that was put back. */
  generation: number
  since: string
}

/** One applied set, for people and machines; secrets masked. */
export interface HistoryEntry {
  number: number
  at: string
  /** The DB's; '' for generation 0. */
  revision: string
  /** start, db-changed, apply, retry, rollback, release; adopt for generation 0. */
  cause: string
  /** rollback: the generation that was put back. */
  restored: number | undefined
  /** What changed, a line each, with the property that caused it. */
  changes: string[]
  /** What services did, a line each. */
  actions: string[]
  /** The last one of all. */
  newest: boolean
  /** A rollback to it is in force. */
  pinned: boolean
}

export interface History {
  /** The oldest first. */
  entries: HistoryEntry[]
  unreadable: UnreadableGeneration[]
  pin: PinStatus | undefined
}

export interface DiffOutcome {
  /** `generation 3` */
  from: string
  /** `generation 5`, `live` */
  to: string
  /** None: nothing differs. */
  files: FileDiff[]
  notes: string[]
}

/** What a command can ask for about generations. */
export interface HistoryOperations {
  history(): Promise<History>
  /** Generation `from` (else the newest) against generation `to` (else what is live). */
  diff(options: { from: number | undefined; to: number | undefined }): Promise<DiffOutcome>
  /** What `rollback` would do. */
  planRollback(to: number): Promise<SettingsPlan>
  /** Puts back what generation `to` wrote, and keeps it until a property that concerns it changes. */
  rollback(to: number): Promise<SettingsOutcome>
  /** Ends a rollback: the DB counts again, at once. */
  releaseRollback(): Promise<SettingsOutcome>
}
