import type { HostOutcome } from '../people/links/host.js'
import type { Relinked } from '../people/plan/relink.js'
import type { PlanSummary } from '../people/plan/summary.js'
import type { Ignored, PersonPlan, Tombstone } from '../people/types.js'

export const linkActions = ['link', 'unlink', 'ignore', 'unignore', 'hold', 'unhold', 'release'] as const
export type LinkAction = (typeof linkActions)[number]

/** One change of who is who, by command. */
export interface LinkRequest {
  action: LinkAction
  /** A login of the directory, or the account's id where several have that login; release: also the username. */
  name: string
  /** link: the Mattermost user; by default the one whom the login would get. */
  username?: string | undefined
  /** hold: ISO 8601. */
  until?: string | undefined
  dryRun: boolean
}

/** What a change came to, or would come to. */
export interface LinkOutcome {
  /** False: it was so already. */
  changed: boolean
  told: string[]
  /** What the next sync does about these people then. */
  next: PersonPlan[]
  /** How many mails Mattermost sends because of that. */
  mails: number
  notes: string[]
}

/** A linked person. */
export interface LinkedPerson {
  /** In the directory, when last seen. */
  login: string
  accountId: string
  userId: string
  /** undefined: Mattermost could not be asked, or has no such user. */
  username: string | undefined
  /** missing: Mattermost has no user of that id. unknown: it could not be asked. */
  state: 'active' | 'deactivated' | 'missing' | 'unknown'
  origin: 'created' | 'adopted' | 'linked'
  linkedAt: string
  /** Held, gone, deactivated by us: in words. */
  remarks: string[]
}

export interface UserList {
  people: LinkedPerson[]
  ignored: Ignored[]
  /** Links that have ended; their users are given to nobody else. */
  former: Tombstone[]
  notes: string[]
}

export interface RelinkRequest {
  /** Logins; empty: everybody whose id is another than before. */
  names: string[]
  /** In place of that: links whose user is not in Mattermost any more are dropped. */
  forgetMissing: boolean
  /** Nothing is changed without it. */
  confirm: boolean
}

/** What `users relink` came to, or would come to. */
export interface RelinkOutcome {
  people: Relinked[]
  /** Logins whose link is dropped. */
  forgotten: string[]
  /** Who stays as it is, and why. */
  left: { login: string; reason: string }[]
  /** What the next sync of everybody does then. */
  summary: PlanSummary | undefined
  notes: string[]
}

/** What a command can ask for about links. */
export interface LinkOperations {
  listUsers(): Promise<UserList>
  /** Throws `failed` with the reason where it is refused. */
  changeLink(request: LinkRequest): Promise<LinkOutcome>
  /** Goes on with the people service on a restored or cloned host. Throws `mattermost.*`. */
  acceptHost(): Promise<HostOutcome>
  /** Throws `directory.*`, `mattermost.*`: both are read as a whole. */
  relinkUsers(request: RelinkRequest): Promise<RelinkOutcome>
}
