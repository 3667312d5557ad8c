import type { Decision } from '../plan/decision.js'
import type { Link } from '../types.js'

/**
 * When something that a plan holds comes due by the clock alone, in milliseconds since 1970: a `users hold` that ends,
 * somebody who is gone for long enough. undefined: nothing does. `now` is the time of the read; whoever it shows as gone
 * must be gone in another one, `againMs` later at the earliest.
 */
export function nextDue(
  decisions: Decision[],
  linkOf: (accountId: string) => Link | undefined,
  { now, goneAfterMs, againMs }: { now: number; goneAfterMs: number; againMs: number },
): number | undefined {
  const dues: number[] = []
  for (const decision of decisions) {
    if (decision.kind !== 'hold') continue
    const { goneSince, hold } = linkOf(decision.accountId) ?? {}
    if (decision.cause === 'gone' && goneSince !== undefined)
      dues.push(Math.max(Date.parse(goneSince) + goneAfterMs, now + againMs))
    if (decision.cause === 'hold' && hold?.until !== undefined) dues.push(Date.parse(hold.until))
  }
  return dues.length === 0 ? undefined : Math.min(...dues)
}
