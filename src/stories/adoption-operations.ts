import type { SettingsPlan } from './operations.js'

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

/** How a site comes to teamchatd, and leaves it. */
export interface AdoptionOperations {
  adopt(options: AdoptOptions): Promise<AdoptOutcome>
}
