import type { Pause, PauseOperations } from '../events/pause.js'
import type { EventReport, Waiting } from '../events/types.js'
import type { Following } from '../people/follow/followed.js'
import type { PlanSummary } from '../people/plan/summary.js'
import type { ImportLine, PersonPlan, SyncReport } from '../people/types.js'
import type { AdoptionOperations } from './adoption-operations.js'
import type { HandoutOperations } from './handout-operations.js'
import type { HistoryEntry, HistoryOperations, PinStatus } from './history-operations.js'
import type { LinkOperations } from './link-operations.js'
import type { PeoplePlanOperations } from './people-operations.js'

/** Whether the settings service may touch this host. */
export type Management =
  | { state: 'managed' }
  /** No explicit `status`: nothing is done, and that is fine. */
  | { state: 'unmanaged'; reason: string; hint: string }
  /** The site has its own values or vhost: `teamchat adopt` first. `differences`: one line each, secrets masked. */
  | { state: 'not-adopted'; reason: string; hint: string; differences: string[] }
  /** Adopted, and held until `teamchat apply`. */
  | { state: 'held'; reason: string; hint: string }
  /** Managing is not possible here (configuration in the database, old module live, DB lost or invalid …). */
  | { state: 'refused'; reason: string; hint: string }

/** One step that a plan wants, with what caused it. */
export interface PlannedAction {
  /** enable, disable, start, stop, restart, reload, api-reload, create-secret, enable-module … */
  verb: string
  /** A unit or `mattermost`; '' where the verb says it all. */
  target: string
  /** "mattermost.ListenPort 8065 → 8066"; secrets masked. */
  causes: string[]
}

/** A file that would change. */
export interface PlannedFile {
  output: string
  path: string
  change: 'create' | 'change' | 'remove'
  /** A line each, secrets masked: "ServiceSettings.SiteURL: "" → "https://chat.example.org"" or lines of a diff. */
  changes: string[]
}

/** A file of a plan. */
export interface PlannedDiff extends PlannedFile {
  /** A unified diff, for config.json a line a leaf; secrets masked. */
  diff: string[]
}

export interface SettingsPlan {
  management: Management
  revision: string
  files: PlannedDiff[]
  actions: PlannedAction[]
  /** Kept edits and other things worth knowing, a line each. */
  notes: string[]
}

export interface SettingsOutcome {
  /** applied: something was done; unchanged: nothing to do; held: it waits for the operator, and the notes say why. */
  state: 'applied' | 'unchanged' | 'held'
  plan: SettingsPlan
  /** What was done, a line each. */
  done: string[]
  /** Certificates that could not be loaded just now, in words; absent where there are none. */
  renewing?: string[]
}

export interface Trouble {
  at: string
  message: string
  hint: string
}

export interface ServiceState {
  unit: string
  active: string
  enabled: string
}

export interface Status {
  daemon: { running: boolean; pid: number | undefined; version: string; startedAt: string | undefined }
  management: Management
  db: { path: string; revision: string | undefined }
  applied: { revision: string | undefined; at: string | undefined }
  /** The last applied set; undefined where there is none. */
  generation: Pick<HistoryEntry, 'number' | 'at' | 'cause'> | undefined
  /** A rollback that is in force. */
  pin: PinStatus | undefined
  /** While it is there, everything but queueing stands still. */
  pause: Pause | undefined
  /** Actions that are still owed, with the last reason. */
  owed: string[]
  drift: string[]
  services: ServiceState[]
  lastError: Trouble | undefined
  people: {
    sync: 'off' | 'events' | 'full'
    /** full: confirmed for this provider. */
    confirmed: boolean
    provider: string
    /** How the directory is followed; undefined: it is not, or was not read yet by this process. */
    following: Following | undefined
    links: number
    credentials: number
    lastRead: Trouble | { at: string; accounts: number; locksKnown: boolean } | undefined
    lastImport: SyncReport | undefined
    /** What the people service waits for, if it does. */
    waiting: Waiting | undefined
    /** Active users, and what the server admits; undefined: Mattermost was never asked. `trouble`: no seat is left. */
    seats:
      | { active: number; limit: number | undefined; version: string; trouble: string | undefined }
      | undefined
    /** Links to users that Mattermost does not have, in words. */
    missing: string | undefined
    /** Why the last full read changed nobody. */
    stop: Trouble | undefined
    lastError: Trouble | undefined
  }
  /** Events that are not finished: what waits for what. */
  events: EventReport[]
}

export interface ConfirmOutcome {
  provider: string
  plan: PersonPlan[]
  summary: PlanSummary
  /** Whether carrying the plan out would change anything. */
  pending: boolean
  notes: string[]
  confirmed: boolean
}

/** All that a command can ask for; implemented by the daemon's API and, without a daemon, in the command's process. */
export interface Operations
  extends AdoptionOperations,
    PauseOperations,
    HistoryOperations,
    PeoplePlanOperations,
    HandoutOperations,
    LinkOperations {
  status(): Promise<Status>
  plan(): Promise<SettingsPlan>
  apply(options: { force: boolean }): Promise<SettingsOutcome>
  /** Prints the plan of a full sync; with `confirm` records provider, base and filter, and runs it. */
  syncUsers(options: { confirm: boolean }): Promise<ConfirmOutcome & { report: SyncReport | undefined }>
  /** The bulk import; `onLine` is called as things happen and awaited. */
  importUsers(
    options: { password: string | undefined },
    onLine: (line: ImportLine) => Promise<void>,
  ): Promise<SyncReport>
  /** Waits up to `waitMs` for the event to finish, or to wait for something that needs the operator. */
  eventReport(id: string, waitMs: number): Promise<EventReport | undefined>
}
