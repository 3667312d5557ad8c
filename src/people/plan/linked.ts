import type { Account } from '../../directory/account.js'
import type { MattermostUser } from '../../mattermost/types.js'
import type { DeactivationRule, Link } from '../types.js'
import { about, type Deactivate, type Decision, type Hold, isActing, refuse, skip } from './decision.js'
import { isBot, type PlanView } from './input.js'
import { isSameValues, type ValueChanges, valueChanges } from './values.js'

/** A decision, and the link as it shall be kept now, whether or not anything is done. */
export interface LinkedDecision {
  decision: Decision
  seen: Link
}

/** Somebody who is linked and was read, with the Mattermost user and what is to change in it. */
interface LinkedCase {
  account: Account
  link: Link
  user: MattermostUser
  values: ValueChanges
  view: PlanView
}

/** Decides about somebody who is linked and was read. */
export function decideLinked(account: Account, link: Link, view: PlanView): LinkedDecision {
  const user = view.users.byId(link.userId)
  const present = asPresent(link, account)
  if (user === undefined) {
    const gone = `its Mattermost user (${link.userId}) is gone for good; it is not created a second time; that ends with teamchat users unlink ${account.login}`
    return { decision: refuse('impossible', account, gone), seen: present }
  }
  if (isBot(user)) {
    const bot = `linked to the bot '${user.username}', which is left alone`
    return { decision: refuse('impossible', account, bot), seen: present }
  }
  const values = valueChanges(account, link, user, view)
  const seen = isSameValues(values.written, link.written) ? present : { ...present, written: values.written }
  const linked = { account, link: seen, user, values, view }
  const decision = user.delete_at > 0 ? inactive(linked) : active(linked)
  if (!isActing(decision) || !isHeld(link, view.now))
    return { decision, seen: settled(decision, seen, view.now) }
  return { decision: held(link, decision.reason, account, decision), seen }
}

/** Whether `users hold` leaves this person alone at that time. */
export function isHeld({ hold }: Link, now: number): boolean {
  return hold !== undefined && (hold.until === undefined || Date.parse(hold.until) > now)
}

export function held(link: Link, reason: string, account: Account | undefined, wanted: Hold['wanted']): Hold {
  const until = link.hold?.until === undefined ? '' : ` until ${link.hold.until}`
  const { accountId, login } = link
  const why = `left alone${until} by teamchat users hold; else: ${reason}`
  return {
    kind: 'hold',
    cause: 'hold',
    accountId,
    login: account?.login ?? login,
    account,
    wanted,
    reason: why,
  }
}

/** The deactivation of a linked, active user, with the bots that go with it; `why` in words. */
export function deactivation(
  { account, link, user }: Pick<LinkedCase, 'link' | 'user'> & { account: Account | undefined },
  { cause, why }: { cause: DeactivationRule; why: string },
  view: PlanView,
): Deactivate {
  const bots = view.botsStopWithOwner
    ? (view.botsOf.get(user.id) ?? []).filter(bot => bot.delete_at === 0)
    : []
  const stopping =
    bots.length === 0 ? '' : `; bots that stop with it: ${bots.map(bot => bot.username).join(', ')}`
  const reason = `'${user.username}': ${why}${stopping}`
  const login = account?.login ?? link.login
  return { kind: 'deactivate', cause, accountId: link.accountId, login, account, link, user, bots, reason }
}

function inactive(linked: LinkedCase): Decision {
  const { account, link, user, view } = linked
  const name = `'${user.username}'`
  if (account.locked === true)
    return skip('locked', account, `locked in the directory; ${name} is deactivated`, link)
  if (account.expired) return skip('expired', account, `the account has ended; ${name} is deactivated`, link)
  if (link.deactivated === undefined) {
    return skip('deactivated', account, `${name} was deactivated in Mattermost, not by teamchatd`, link)
  }
  if (!view.locksKnown || account.locked === undefined) {
    const unknown = `${name} stays deactivated: locks are unknown, so nobody is reactivated`
    return skip('deactivated', account, unknown, link)
  }
  return work('reactivate', `${name}: deactivated by us, and back in the directory`, linked)
}

function active(linked: LinkedCase): Decision {
  const { account, link, user, values, view } = linked
  // An unknown lock counts as none; that locks are unknown is said once, by whoever read the directory.
  if (account.locked === true)
    return deactivation(linked, { cause: 'locked', why: 'locked in the directory' }, view)
  if (account.expired) {
    return deactivation(linked, { cause: 'expired', why: 'the account has ended' }, view)
  }
  if (stoppedBots(link, view).length > 0) {
    return work('reactivate', `'${user.username}' is active again`, linked)
  }
  const { username, changes, remarks } = values
  if (username !== undefined) {
    return work('rename', `'${user.username}' becomes '${username}'`, linked)
  }
  if (Object.keys(changes).length > 0) return work('update', `'${user.username}'`, linked)
  if (needsJoin(link, view)) {
    return work('join', 'created earlier, and not in the team yet', linked)
  }
  const reason = [`linked to the Mattermost user '${user.username}'`, ...remarks].join('; ')
  return skip('linked', account, reason, link)
}

function work(
  kind: 'reactivate' | 'rename' | 'update' | 'join',
  why: string,
  { account, link, user, values, view }: LinkedCase,
): Decision {
  const { username, changes, remarks } = values
  const bots = kind === 'reactivate' ? stoppedBots(link, view) : []
  const parts = [why]
  if (username !== undefined && kind !== 'rename') parts.push(`username '${username}'`)
  for (const [name, value] of Object.entries(changes)) parts.push(changeText(name, value, user, view))
  if (bots.length > 0) parts.push(`bots that come back: ${bots.map(bot => bot.username).join(', ')}`)
  const join = needsJoin(link, view)
  if (join && kind !== 'join') parts.push('put into the team')
  const reason = [...parts, ...remarks].join('; ')
  return { kind, ...about(account), account, link, user, username, changes, join, bots, reason }
}

const WORDS: Record<string, string> = { firstName: 'first name', lastName: 'last name', position: 'position' }

function changeText(name: string, value: string | undefined, user: MattermostUser, view: PlanView): string {
  if (name !== 'email') return `${WORDS[name]} '${value}'`
  const later = view.mails.verification ? ' once its owner has confirmed it by mail' : ''
  return `e-mail address ${user.email} becomes ${value}${later}`
}

/** Of the bots that stopped when we deactivated the owner, those that are still stopped. */
function stoppedBots({ deactivated, userId }: Link, { botsOf }: PlanView) {
  const ours = new Set(deactivated?.bots ?? [])
  return (botsOf.get(userId) ?? []).filter(bot => ours.has(bot.user_id) && bot.delete_at > 0)
}

/** Adopted users are not joined: they found their teams themselves. */
function needsJoin(link: Link, { team }: PlanView): boolean {
  if (team === undefined || link.origin !== 'created') return false
  return team.id === undefined || !link.joinedTeams.includes(team.id)
}

/** The link itself where nothing is new, as for nearly everybody in nearly every run. */
function asPresent(link: Link, { login, displayName }: Account): Link {
  const isKnown = link.login === login && link.displayName === displayName
  if (isKnown && link.goneSince === undefined && link.goneReads === undefined) return link
  const { goneSince: _since, goneReads: _reads, ...rest } = link
  return { ...rest, login, displayName }
}

/** Somebody active, with nothing left to come back, is not deactivated by us any more. */
function settled(decision: Decision, link: Link, now: number): Link {
  if (link.deactivated === undefined || decision.kind === 'deactivate' || decision.kind === 'reactivate')
    return link
  if (decision.kind === 'skip' && decision.cause !== 'linked') return link
  const { deactivated: _by, ...rest } = link
  return { ...rest, backAt: new Date(now).toISOString() }
}

/** A read that follows at once may have met the same fault; two that agree, a day apart, have not. */
const READS = 2

/**
 * Decides about linked people whom the directory does not show: those of a `user-delete` at once, all others only
 * after two full reads and GoneAfter. Whoever is inactive already, or has no user any more, needs no decision.
 * `seen`: the link with this read counted.
 */
export function decideGone(view: PlanView): { decisions: Decision[]; seen: Link[] } {
  const decisions: Decision[] = []
  const seen: Link[] = []
  for (const link of view.links) {
    const deleted = view.deleted.has(link.accountId)
    if (view.present.has(link.accountId) || !(view.complete || deleted)) continue
    const counted = view.complete ? countRead(link, view.now) : link
    seen.push(counted)
    const user = view.users.byId(link.userId)
    if (user === undefined || user.delete_at > 0 || isBot(user)) continue
    const { login } = link
    const cause = deleted ? 'user-delete' : 'gone'
    const words = deleted
      ? 'deleted from the directory'
      : `no longer in the directory since ${counted.goneSince}`
    const wanted = deactivation({ account: undefined, link: counted, user }, { cause, why: words }, view)
    if (isHeld(link, view.now)) decisions.push(held(link, wanted.reason, undefined, wanted))
    else if (deleted || isOver(counted, view)) decisions.push(wanted)
    else {
      const reason = `${wanted.reason}; deactivated after ${until(counted, view)}, if it is still gone then`
      const { accountId } = link
      decisions.push({ kind: 'hold', cause: 'gone', accountId, login, account: undefined, wanted, reason })
    }
  }
  return { decisions, seen }
}

function countRead(link: Link, now: number): Link {
  const reads = Math.min(READS, (link.goneReads ?? 0) + 1)
  return { ...link, goneSince: new Date(sinceOf(link, now)).toISOString(), goneReads: reads }
}

/**
 * A time that cannot be right is now: one in the future, or one before the person was linked, as a host without a
 * clock has it until it is told the time. Else a day would be over in two reads, or never.
 */
function sinceOf({ goneSince, linkedAt }: Link, now: number): number {
  const since = goneSince === undefined ? now : Date.parse(goneSince)
  const linked = Date.parse(linkedAt)
  const isBefore = linked <= now && since < linked
  return since <= now && !isBefore ? since : now
}

function isOver({ goneSince, goneReads }: Link, { now, goneAfterMs }: PlanView): boolean {
  return (goneReads ?? 0) >= READS && goneSince !== undefined && now - Date.parse(goneSince) >= goneAfterMs
}

function until({ goneSince }: Link, { now, goneAfterMs }: PlanView): string {
  return new Date(Math.max(now, Date.parse(goneSince ?? '') + goneAfterMs)).toISOString()
}
