import type { PersonPlan, PlanSummary } from '../../api/contract/people.js'
import type { Account } from '../../directory/account.js'
import { byByteOrder } from '../../directory/byte-order.js'
import type { Link } from '../types.js'
import { byLogin, type Decision } from './decision.js'
import { type PlanInput, type PlanView, viewOf } from './input.js'
import { decideGone, decideLinked } from './linked.js'
import { decideNew, withoutSharedMails } from './new.js'
import { applyRateLimits, type SafetyStop, safetyStopOf, stopEverybody } from './rate-limits.js'
import { orderRenames, type Step } from './renames.js'
import { seat, withinTeam } from './seats.js'
import { summaryOf } from './summary.js'
import { isSameValues } from './values.js'

export type { PlanInput } from './input.js'

export interface PeoplePlan {
  /** By login in byte order. System accounts have none. */
  decisions: Decision[]
  /** The requests that rename, in their order: whoever has a wanted name goes first. */
  renames: Step[]
  /** User ids in the order in which their new e-mail addresses are free. */
  mailOrder: string[]
  /** Links as this read shows them, where that is other than they are kept: logins, who is gone since when. */
  seen: Link[]
  /** Why nobody at all is changed; undefined: the directory's answer is believed. */
  stop: SafetyStop | undefined
  summary: PlanSummary
}

/**
 * Decides for each account, and for each linked person who is gone. Pure: the same input gives the same plan, in
 * whatever order it comes. Throws `settings.invalid` where the bulk command would create somebody without a `mail`, and
 * DomainName is not set.
 */
export function planPeople(input: PlanInput): PeoplePlan {
  const accounts = input.accounts.filter(account => !account.system).sort(byAccount)
  const view = viewOf(input, accounts)
  const stop = safetyStopOf(accounts, view)
  const linked = decideAllLinked(accounts, view)
  const gone = decideGone(view)
  const renames = orderRenames(linked.decisions, view)
  const created = accounts
    .filter(account => !view.linkOf.has(account.id))
    .map(account => decideNew(account, view, renames.holders))
  const wanted = [...renames.decisions, ...gone.decisions, ...withoutSharedMails(created)].sort(byLogin)
  const decisions = stop === undefined ? within(wanted, view) : stopEverybody(wanted)
  const steps = stop === undefined ? renames.steps : []
  return {
    decisions,
    renames: steps,
    mailOrder: renames.mailOrder,
    seen: stop === undefined ? changedLinks([...linked.seen, ...gone.seen], view) : [],
    stop,
    summary: summaryOf(decisions, steps, view),
  }
}

/** The line of a printed plan. */
export function personPlan({ login, kind, reason }: Decision): PersonPlan {
  return { login, kind, reason }
}

/**
 * What the brakes, the last administrator, the seats and the team leave of it. Who leaves is settled first, since that
 * frees seats; MaxCreate holds only people who fit.
 */
function within(wanted: Decision[], view: PlanView): Decision[] {
  const leaving = keepAdministrator(applyRateLimits(wanted, ['gone', 'hand'], view), view)
  const coming = applyRateLimits(seat(leaving, view.seats), ['created'], view)
  return view.room === undefined ? coming : withinTeam(coming, view.room)
}

function decideAllLinked(accounts: Account[], view: PlanView): { decisions: Decision[]; seen: Link[] } {
  const decisions: Decision[] = []
  const seen: Link[] = []
  for (const account of accounts) {
    const link = view.linkOf.get(account.id)
    if (link === undefined) continue
    const one = decideLinked(account, link, view)
    decisions.push(one.decision)
    seen.push(one.seen)
  }
  return { decisions, seen }
}

/** Of administrators who would go, the last by login stays where nobody else is left. */
function keepAdministrator(decisions: Decision[], { administrators }: PlanView): Decision[] {
  const leaving = decisions.filter(one => one.kind === 'deactivate' && administrators.has(one.user.id))
  if (leaving.length === 0 || leaving.length < administrators.size) return decisions
  const last = leaving.at(-1)
  return decisions.map(decision => {
    if (decision !== last || decision.kind !== 'deactivate') return decision
    const { accountId, login, user } = decision
    const reason = `'${user.username}' left alone: the last administrator of Mattermost`
    return { kind: 'refuse', cause: 'administrator', account: undefined, accountId, login, reason }
  })
}

function changedLinks(seen: Link[], { linkOf }: PlanView): Link[] {
  return seen.filter(link => !isSameLink(link, linkOf.get(link.accountId)))
}

function isSameLink(a: Link, b: Link | undefined): boolean {
  if (a === b) return true
  if (b === undefined) return false
  return (
    a.login === b.login &&
    a.displayName === b.displayName &&
    a.goneSince === b.goneSince &&
    a.goneReads === b.goneReads &&
    a.deactivated === b.deactivated &&
    isSameValues(a.written, b.written)
  )
}

function byAccount(a: Account, b: Account): number {
  return byByteOrder(a.login, b.login) || (a.id < b.id ? -1 : 1)
}
