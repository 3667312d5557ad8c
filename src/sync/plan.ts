import type { Account } from '../directory/account.js'
import { TeamchatError } from '../errors.js'
import type { MattermostUser } from '../mattermost/types.js'
import { mailOf } from './mail.js'
import { usernameOf } from './names.js'
import { type LaterChange, notYetDone } from './not-yet.js'
import type { Link, PersonPlan } from './types.js'
import { isPrivileged, type UserIndex } from './user-index.js'

/** What the decisions are made from; nothing else counts. */
export interface PlanInput {
  /** Of one successful read, system accounts included. */
  accounts: Account[]
  /** True where `accounts` are all there are: only then can somebody be gone. */
  complete: boolean
  /** All links. */
  links: Link[]
  /** At least every user whom an account or a link could mean. */
  users: UserIndex
  /** undefined: nobody is put into a team. An undefined id: the team will be created. */
  team: { id: string | undefined } | undefined
  /** '' where unknown. */
  domainName: string
}

/** What is done for one person, and why. */
export type Decision =
  | { kind: 'create'; account: Account; username: string; email: string; reason: string }
  | { kind: 'adopt'; account: Account; user: MattermostUser; reason: string }
  | { kind: 'join'; account: Account; link: Link; reason: string }
  | {
      kind: 'skip'
      cause: 'locked' | 'expired' | 'linked' | 'deactivated'
      account: Account
      link: Link | undefined
      reason: string
    }
  /** conflict: a user of that name exists and is left alone. impossible: it cannot be done as things are. */
  | { kind: 'refuse'; cause: 'conflict' | 'impossible'; account: Account; reason: string }

export interface PeoplePlan {
  /** By login in byte order. System accounts have none. */
  decisions: Decision[]
  /** Seen and left for later: updates, locks, people who are gone or back. */
  notYetDone: LaterChange[]
}

/**
 * Decides for each account. Pure: the same input gives the same plan, in whatever order it comes.
 * Throws `settings.invalid` where somebody without a `mail` would be created and DomainName is not set: then nothing
 * is created at all, since half of an import is worse than a line to correct.
 */
export function planPeople(input: PlanInput): PeoplePlan {
  const accounts = input.accounts.filter(account => !account.system).sort(byLogin)
  const view = lookups(input, accounts)
  const decisions = accounts.map(account => decide(account, view))
  return { decisions: withoutSharedMails(decisions), notYetDone: notYetDone(input, view.linkOf) }
}

/** The line of a printed plan. */
export function personPlan({ account, kind, reason }: Decision): PersonPlan {
  return { login: account.login, kind, reason }
}

interface View extends PlanInput {
  linkOf: Map<string, Link>
  linkTo: Map<string, Link>
  /** Unlinked accounts by the username that they would get. */
  claims: Map<string, Account[]>
}

function lookups(input: PlanInput, accounts: Account[]): View {
  const linkOf = new Map(input.links.map(link => [link.accountId, link]))
  const linkTo = new Map(input.links.map(link => [link.userId, link]))
  const claims = new Map<string, Account[]>()
  for (const account of accounts) {
    const username = usernameOf(account.login)
    if (linkOf.has(account.id) || !('value' in username)) continue
    claims.set(username.value, [...(claims.get(username.value) ?? []), account])
  }
  return { ...input, linkOf, linkTo, claims }
}

function decide(account: Account, view: View): Decision {
  const link = view.linkOf.get(account.id)
  if (link !== undefined) return decideLinked(account, link, view)
  // An unknown lock counts as none; that locks are unknown is said once, by whoever read the directory.
  if (account.locked === true) return skip('locked', account, 'locked in the directory')
  if (account.expired) return skip('expired', account, 'the account has expired')
  return decideNew(account, view)
}

function decideLinked(account: Account, link: Link, view: View): Decision {
  const user = view.users.byId(link.userId)
  if (user === undefined) {
    return impossible(
      account,
      `its Mattermost user (${link.userId}) is gone for good; it is not created a second time`,
    )
  }
  if (account.locked === true) return skip('locked', account, 'locked in the directory', link)
  if (account.expired) return skip('expired', account, 'the account has expired', link)
  if (user.delete_at > 0) {
    return skip('deactivated', account, `'${user.username}' is deactivated in Mattermost`, link)
  }
  if (needsJoin(link, view)) {
    return { kind: 'join', account, link, reason: 'created earlier, and not in the team yet' }
  }
  return skip('linked', account, `linked to the Mattermost user '${user.username}'`, link)
}

/** Adopted users are not joined: they found their teams themselves. */
function needsJoin(link: Link, { team }: View): boolean {
  if (team === undefined || link.origin !== 'created') return false
  return team.id === undefined || !link.joinedTeams.includes(team.id)
}

function decideNew(account: Account, view: View): Decision {
  const username = usernameOf(account.login)
  if ('unusable' in username) return impossible(account, username.unusable)
  const others = (view.claims.get(username.value) ?? []).filter(other => other !== account)
  if (others.length > 0) {
    const who = others.map(other => other.dn || other.login).join('; ')
    return impossible(account, `another account has the same username '${username.value}': ${who}`)
  }
  const mail = mailOf(account, view.domainName)
  if ('noDomain' in mail) {
    throw new TeamchatError(
      'settings.invalid',
      `cannot give '${account.login}' an e-mail address: it has no mail, and DomainName is not set`,
      { hint: 'teamchat config set DomainName example.org, or add a mail to the account' },
    )
  }
  if ('unusable' in mail) return impossible(account, mail.unusable)
  const user = view.users.byUsername(username.value)
  if (user !== undefined) return decideExisting(account, user, mail.value, view)
  const holder = view.users.byEmail(mail.value)
  if (holder !== undefined) {
    return impossible(
      account,
      `the Mattermost user '${holder.username}' has its e-mail address ${mail.value}`,
    )
  }
  return {
    kind: 'create',
    account,
    username: username.value,
    email: mail.value,
    reason: `new, ${mail.value}`,
  }
}

function decideExisting(account: Account, user: MattermostUser, email: string, view: View): Decision {
  const conflict = (why: string): Decision => ({ kind: 'refuse', cause: 'conflict', account, reason: why })
  const name = `the Mattermost user '${user.username}'`
  if (view.linkTo.has(user.id)) {
    return conflict(`${name} belongs to another account of the directory, of a former person of that name`)
  }
  if (user.is_bot === true) return conflict(`${name} is a bot`)
  if (user.delete_at > 0) return conflict(`${name} exists and is deactivated`)
  if (isPrivileged(user)) return conflict(`${name} exists and is an administrator`)
  if (user.email.toLowerCase() !== email) {
    return conflict(`${name} exists with the e-mail address ${user.email}, the directory has ${email}`)
  }
  return { kind: 'adopt', account, user, reason: `${name} exists with the same e-mail address` }
}

/** Of several new people with one e-mail address the first by login gets it: Mattermost admits it only once. */
function withoutSharedMails(decisions: Decision[]): Decision[] {
  const taken = new Map<string, Account>()
  return decisions.map(decision => {
    if (decision.kind !== 'create') return decision
    const first = taken.get(decision.email)
    if (first === undefined) {
      taken.set(decision.email, decision.account)
      return decision
    }
    return impossible(decision.account, `'${first.login}' has the same e-mail address ${decision.email}`)
  })
}

function skip(
  cause: 'locked' | 'expired' | 'linked' | 'deactivated',
  account: Account,
  reason: string,
  link?: Link,
): Decision {
  return { kind: 'skip', cause, account, link, reason }
}

function impossible(account: Account, reason: string): Decision {
  return { kind: 'refuse', cause: 'impossible', account, reason }
}

function byLogin(a: Account, b: Account): number {
  return Buffer.compare(Buffer.from(a.login), Buffer.from(b.login)) || (a.id < b.id ? -1 : 1)
}
