import type { Account } from '../../directory/account.js'
import type { MattermostBot, MattermostUser } from '../../mattermost/types.js'
import type { Ignored, Link, Tombstone } from '../types.js'
import { isExactUsername, usernameOf } from './names.js'
import type { UserIndex } from './user-index.js'
import type { EmailFrom } from './values.js'

/** What the decisions are made from; nothing else counts. */
export interface PlanInput {
  /** Of one successful read, system accounts included. */
  accounts: Account[]
  /** True where `accounts` are all there are: only then can somebody be gone. */
  complete: boolean
  /** False: nobody can be told to be unlocked, so nobody is reactivated. */
  locksKnown: boolean
  /** How many accounts the last full read that was believed held; undefined: there was none. */
  lastCount: number | undefined
  /** All links. */
  links: Link[]
  ignored: Ignored[]
  /** Ended links: their users are given to nobody else. */
  former: Tombstone[]
  /** At least every user whom an account or a link could mean. */
  users: UserIndex
  /** Ids of the active system administrators, bots left out. */
  administrators: ReadonlySet<string>
  /** Those whose owner is linked, at least; stopped ones as well. */
  bots: MattermostBot[]
  /** ServiceSettings.DisableBotsWhenOwnerIsDeactivated */
  botsStopWithOwner: boolean
  /** undefined: nobody is put into a team. An undefined id: the team will be created. */
  team: { id: string | undefined } | undefined
  /** undefined: the team takes everybody. */
  room: TeamRoom | undefined
  /** '' where unknown. */
  domainName: string
  emailFrom: EmailFrom
  /** Milliseconds since 1970. */
  now: number
  /** How long somebody must be gone, in milliseconds. */
  goneAfterMs: number
  /** Account ids that a `user-delete` named and that a believable read did not show. */
  deleted: ReadonlySet<string>
  /** ReleaseNames: a new person gets the name of a former one. */
  releaseNames: boolean
  /** Account ids that a believable read of named people did not show; of no meaning where `complete`. */
  absent: ReadonlySet<string>
  seats: Seats | undefined
  /** undefined: a command whose operator watches it; nothing is held, no answer is doubted. */
  rateLimits: RateLimits | undefined
  mails: { notifications: boolean; verification: boolean }
}

/** How many active users, bots left out, the server has and admits; undefined: as many as one likes. */
export interface Seats {
  active: number
  limit: number | undefined
}

/** How much one hour may change by itself. */
export interface RateLimits {
  /** undefined: by the number of linked people. */
  maxDeactivate: number | undefined
  maxCreate: number
  /** Account ids of the last hour. */
  recent: { gone: ReadonlySet<string>; hand: ReadonlySet<string>; created: ReadonlySet<string> }
  /** Keys (`brakeKey`) that an operator has confirmed. */
  confirmed: ReadonlySet<string>
}

/** The input with what can be found in it at once. */
export interface PlanView extends PlanInput {
  linkOf: ReadonlyMap<string, Link>
  linkTo: ReadonlyMap<string, Link>
  formerTo: ReadonlyMap<string, Tombstone>
  /** Account ids of linked people whom the read has shown. */
  present: ReadonlySet<string>
  /**
   * Unlinked accounts by the username that they would get, where it is that of more than one; the ones who have it to
   * the letter, else the others.
   */
  claims: ReadonlyMap<string, Account[]>
  botsOf: ReadonlyMap<string, MattermostBot[]>
  isIgnored: (account: Account) => boolean
}

export function viewOf(input: PlanInput, accounts: Account[]): PlanView {
  const linkOf = new Map(input.links.map(link => [link.accountId, link]))
  const ignoredIds = new Set(input.ignored.map(one => one.accountId).filter(id => id !== undefined))
  const ignoredLogins = new Set(
    input.ignored.filter(one => one.accountId === undefined).map(one => one.login.toLowerCase()),
  )
  const isIgnored = ({ id, login }: Account) => ignoredIds.has(id) || ignoredLogins.has(login.toLowerCase())
  const botsOf = new Map<string, MattermostBot[]>()
  for (const bot of [...input.bots].sort((a, b) => (a.username < b.username ? -1 : 1)))
    botsOf.set(bot.owner_id, [...(botsOf.get(bot.owner_id) ?? []), bot])
  return {
    ...input,
    linkOf,
    linkTo: new Map(input.links.map(link => [link.userId, link])),
    formerTo: new Map(input.former.map(one => [one.link.userId, one])),
    // System accounts as well: whoever is only hidden is not gone.
    present: presentOf(input.accounts, linkOf),
    claims: claimsOf(accounts.filter(account => !linkOf.has(account.id) && !isIgnored(account))),
    botsOf,
    isIgnored,
  }
}

function presentOf(accounts: Account[], linkOf: ReadonlyMap<string, Link>): Set<string> {
  const present = new Set<string>()
  for (const { id } of accounts) if (linkOf.has(id)) present.add(id)
  return present
}

function claimsOf(accounts: Account[]): Map<string, Account[]> {
  const first = new Map<string, Account>()
  const claims = new Map<string, Account[]>()
  for (const account of accounts) {
    const username = usernameOf(account.login)
    if (!('value' in username)) continue
    const name = username.value
    const other = first.get(name)
    if (other === undefined) {
      first.set(name, account)
      continue
    }
    const before = claims.get(name) ?? [other]
    const exact = isExactUsername(account.login)
    const sameRank = before.filter(one => isExactUsername(one.login) === exact)
    if (sameRank.length > 0 || exact) claims.set(name, [...(exact ? sameRank : before), account])
    else claims.set(name, before)
  }
  return claims
}

/** A user who must never be changed by us, whatever a link says. */
export function isBot(user: MattermostUser): boolean {
  return user.is_bot === true
}

/** How many a team takes, and has. */
export interface TeamRoom {
  name: string
  /** TeamSettings.MaxUsersPerTeam of the running server. */
  takes: number
  /** Active members. */
  has: number
}
