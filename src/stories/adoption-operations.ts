import type { PlannedAction, PlannedFile, SettingsPlan } from './operations.js'

export interface AdoptOptions {
  /** Says what would be done; writes nothing at all. */
  dryRun: boolean
  /** The site's own virtual host is taken over as well. */
  vhost: boolean
}

export interface AdoptOutcome {
  dryRun: boolean
  /** What was, or would be, taken over: a line each, secrets masked. */
  taken: string[]
  /** What remains, or would remain, to be applied with `teamchat apply`. */
  plan: SettingsPlan
}

export interface RetireOptions {
  /** Says what would be done; writes nothing at all. */
  dryRun: boolean
  /** config.json and the web server come back to what the last adoption found. */
  giveBack: boolean
}

export interface RetireOutcome {
  dryRun: boolean
  /** retired: this host is unmanaged from now on (dryRun: would be); nothing: it was not managed. */
  state: 'retired' | 'nothing'
  /** What is given back, and which services are told. */
  files: PlannedFile[]
  actions: PlannedAction[]
  /** The old module's actions that are, or would be, live again. */
  unmasked: string[]
  /** What stays as it is, a line each. */
  stays: string[]
  /** What was done, a line each; none in a dry run. */
  done: string[]
}

/** How a site comes to teamchatd, and leaves it. */
export interface AdoptionOperations {
  adopt(options: AdoptOptions): Promise<AdoptOutcome>
  retire(options: RetireOptions): Promise<RetireOutcome>
}
