import type { Decision } from '../plan/decision.js'
import type { RateLimits } from '../plan/input.js'
import { type RateLimitKind, rateLimitKey, rateLimitKindOf } from '../plan/rate-limits.js'
import type { PeopleState } from '../state.js'

type Act = NonNullable<PeopleState['acts']>[number]

/** The window of every brake; also how long a confirmation counts. */
const HOUR_MS = 3_600_000

/** The brakes as the durable state and the settings have them at that time. */
export function rateLimitsAt(
  now: Date,
  state: PeopleState,
  { maxDeactivate, maxCreate }: { maxDeactivate: number | undefined; maxCreate: number },
): RateLimits {
  const acts = within(now, state.acts)
  const of = (kind: RateLimitKind) => new Set(acts.filter(act => act.kind === kind).map(act => act.accountId))
  const { confirmedActs } = state
  const confirmed = confirmedActs !== undefined && isFresh(now, confirmedActs.at) ? confirmedActs.keys : []
  return {
    maxDeactivate,
    maxCreate,
    recent: { gone: of('gone'), hand: of('hand'), created: of('created') },
    confirmed: new Set(confirmed),
  }
}

/**
 * The acts of the last hour with those of `decisions`: kept before anything is done, so that a crash cannot let a
 * brake forget. Each person counts once.
 */
export function withRecentActions(now: Date, acts: Act[] | undefined, decisions: Decision[]): Act[] {
  const at = now.toISOString()
  // What seems to come in the future counts from now on, or it would take room until then.
  const kept = within(now, acts).map(act => (Date.parse(act.at) > now.getTime() ? { ...act, at } : act))
  const known = new Set(kept.map(act => rateLimitKey(act.kind, act.accountId)))
  for (const decision of decisions) {
    const kind = rateLimitKindOf(decision)
    const { accountId } = decision
    if (kind !== undefined && !known.has(rateLimitKey(kind, accountId))) kept.push({ at, kind, accountId })
  }
  return kept
}

/** Without those who were not changed after all, and did not count `before`: what failed takes no room. */
export function withoutRecentActions(
  acts: Act[] | undefined,
  decisions: Decision[],
  before: Act[] | undefined,
): Act[] {
  const counted = new Set((before ?? []).map(act => rateLimitKey(act.kind, act.accountId)))
  const undone = new Set(
    decisions.flatMap(decision => {
      const kind = rateLimitKindOf(decision)
      return kind === undefined ? [] : [rateLimitKey(kind, decision.accountId)]
    }),
  )
  return (acts ?? []).filter(act => {
    const key = rateLimitKey(act.kind, act.accountId)
    return counted.has(key) || !undone.has(key)
  })
}

/** The keys of what brakes hold in a plan. */
export function throttledKeys(decisions: Decision[]): string[] {
  return decisions.flatMap(decision => {
    if (decision.kind !== 'hold' || decision.cause !== 'brake' || decision.wanted === undefined) return []
    const kind = rateLimitKindOf(decision.wanted)
    return kind === undefined ? [] : [rateLimitKey(kind, decision.accountId)]
  })
}

function within(now: Date, acts: Act[] | undefined): Act[] {
  return (acts ?? []).filter(act => isWithin(now, act.at))
}

/** A time in the future, after a clock was set back, counts as now. */
export function isWithin(now: Date, at: string): boolean {
  return now.getTime() - Date.parse(at) < HOUR_MS
}

/** Whether a confirmation still counts: one of another time, before or after, is none. */
function isFresh(now: Date, at: string): boolean {
  return Math.abs(now.getTime() - Date.parse(at)) < HOUR_MS
}
