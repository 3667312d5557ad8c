import { type Acting, byOrder, type Decision, type Hold, isActing } from './decision.js'
import type { PlanView, RateLimits } from './input.js'

/** What a brake counts. hand: locked, ended, or named by a `user-delete`. */
export type RateLimitKind = 'gone' | 'hand' | 'created'

/** Names what an operator confirms: this change of this person, nothing else. */
export function rateLimitKey(kind: RateLimitKind, accountId: string): string {
  return `${kind} ${accountId}`
}

/** What a decision counts as; undefined: no brake is on it. */
export function rateLimitKindOf(decision: Decision): RateLimitKind | undefined {
  if (decision.kind === 'create') return 'created'
  if (decision.kind !== 'deactivate') return undefined
  return decision.cause === 'gone' ? 'gone' : 'hand'
}

/**
 * How many people one hour may bring or take, by the number of linked ones (design: gone is the rule that a fault of
 * the directory looks like, so it is the narrow one; locks and deletions are made by hand, person by person).
 */
export function limitOf(
  kind: RateLimitKind,
  linked: number,
  { maxDeactivate, maxCreate }: RateLimits,
): number {
  if (kind === 'created') return maxCreate
  if (maxDeactivate !== undefined) return maxDeactivate
  const tenth = Math.floor(linked / 10)
  return kind === 'gone' ? Math.max(2, Math.min(5, tenth)) : Math.max(5, tenth)
}

/**
 * Holds what is more than one hour may change. Whoever was let through within the hour, or was confirmed, passes and
 * does not count again. People who are gone in a full read pass all or none: more than the limit at once is what an
 * unreadable part of the directory looks like. Everything else passes in order, until the limit.
 */
export function applyRateLimits(decisions: Decision[], kinds: RateLimitKind[], view: PlanView): Decision[] {
  const { rateLimits: brakes } = view
  if (brakes === undefined) return decisions
  const held = new Map<string, Hold>()
  for (const kind of kinds) {
    const braked = decisions.filter((one): one is Acting => rateLimitKindOf(one) === kind)
    for (const hold of heldOf(braked, kind, view, brakes)) held.set(hold.accountId, hold)
  }
  if (held.size === 0) return decisions
  return decisions.map(decision =>
    isActing(decision) ? (held.get(decision.accountId) ?? decision) : decision,
  )
}

function heldOf(braked: Acting[], kind: RateLimitKind, view: PlanView, brakes: RateLimits): Hold[] {
  const { recent, confirmed } = brakes
  const linked = view.links.filter(link => link.deactivated === undefined).length
  const limit = limitOf(kind, linked, brakes)
  const asking = braked
    .filter(one => !recent[kind].has(one.accountId) && !confirmed.has(rateLimitKey(kind, one.accountId)))
    .sort(byOrder)
  const room = Math.max(0, limit - recent[kind].size)
  if (asking.length <= room) return []
  const allOrNone = kind === 'gone'
  const why = `${wordsOf(kind, asking.length, recent[kind].size)}, more than ${nameOf(kind)} lets through in an hour (${limit})`
  return asking.slice(allOrNone ? 0 : room).map(wanted => {
    const { accountId, login, account, reason } = wanted
    const text = `${reason}; waits${view.complete ? ' for teamchat users sync --confirm' : ''}: ${why}`
    return { kind: 'hold', cause: 'brake', accountId, login, account, wanted, reason: text }
  })
}

function wordsOf(kind: RateLimitKind, count: number, before: number): string {
  const what = { gone: 'gone', hand: 'locked, ended or deleted', created: 'new' }[kind]
  const people = count === 1 ? '1 person is' : `${count} people are`
  return `${people} ${what}${before === 0 ? '' : ` after ${before} within the last hour`}`
}

function nameOf(kind: RateLimitKind): string {
  return kind === 'created' ? 'MaxCreate' : 'MaxDeactivate'
}
