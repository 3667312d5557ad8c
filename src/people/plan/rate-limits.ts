import type { Account } from '../../directory/account.js'
import { type Acting, byOrder, type Decision, type Hold, isActing } from './decision.js'
import type { PlanView, RateLimits } from './input.js'
import { loginKey } from './names.js'

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
  const { rateLimits } = view
  if (rateLimits === undefined) return decisions
  const held = new Map<string, Hold>()
  for (const kind of kinds) {
    const rateLimited = decisions.filter((one): one is Acting => rateLimitKindOf(one) === kind)
    for (const hold of heldOf(rateLimited, kind, view, rateLimits)) held.set(hold.accountId, hold)
  }
  if (held.size === 0) return decisions
  return decisions.map(decision =>
    isActing(decision) ? (held.get(decision.accountId) ?? decision) : decision,
  )
}

function heldOf(rateLimited: Acting[], kind: RateLimitKind, view: PlanView, rateLimits: RateLimits): Hold[] {
  const { recent, confirmed } = rateLimits
  const linked = view.links.filter(link => link.deactivated === undefined).length
  const limit = limitOf(kind, linked, rateLimits)
  const asking = rateLimited
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

/** Why nobody at all is changed, and what the operator can do. */
export interface SafetyStop {
  /** half: an operator can confirm it. ids: only new links help. */
  cause: 'half' | 'ids'
  reason: string
  hint: string
}

/**
 * Whether the answer of the directory is to be believed. Only a full read can tell.
 * Less than a half of the last full read is a part of it, whoever is missing. Names that are known with ids that are
 * not, in bulk, are another directory with the same people: creating or deactivating anybody would be wrong.
 */
export function safetyStopOf(accounts: Account[], view: PlanView): SafetyStop | undefined {
  if (!view.complete || view.rateLimits === undefined) return undefined
  const { lastCount } = view
  if (lastCount !== undefined && view.accounts.length * 2 < lastCount) {
    return {
      cause: 'half',
      reason: `the directory shows ${view.accounts.length} accounts, and ${lastCount} at the last full read: less than a half is not believed, nobody is changed`,
      hint: 'check BaseDN, UserDN, UserFilter and what the bind account may read; if it is right: teamchat users sync --confirm',
    }
  }
  const known = new Map<string, string>()
  for (const link of view.links)
    if (!view.present.has(link.accountId)) known.set(loginKey(link.login), link.accountId)
  const strangers = accounts.filter(({ id, login }) => !view.linkOf.has(id) && known.has(loginKey(login)))
  if (!isBulk(strangers.length, view.links.length)) return undefined
  const names = strangers.slice(0, 3).map(account => `'${account.login}'`)
  const more = strangers.length > names.length ? ', …' : ''
  return {
    cause: 'ids',
    reason: `${strangers.length} of ${view.links.length} linked people have another id in the directory than before (${names.join(', ')}${more}): names known, ids new; nobody is changed`,
    hint: 'if it is the same people in a directory that was made anew: teamchat users relink',
  }
}

/** One person made anew is one person; a quarter of all, or ten, are a directory made anew. */
function isBulk(strangers: number, links: number): boolean {
  return strangers >= 10 || (strangers >= 2 && strangers * 4 >= links)
}

/** Everything that would change somebody waits. */
export function stopEverybody(decisions: Decision[]): Decision[] {
  return decisions.map(decision => {
    if (!isActing(decision)) return decision
    const { accountId, login, account } = decision
    const reason = `waits, since nobody is changed now; else: ${decision.reason}`
    return { kind: 'hold', cause: 'stopped', accountId, login, account, wanted: decision, reason }
  })
}
