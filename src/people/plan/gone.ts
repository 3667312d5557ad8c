import type { Link } from '../types.js'
import type { Decision } from './decision.js'
import { isBot, type PlanView } from './input.js'
import { deactivation, held, isHeld } from './linked.js'

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
    const wanted = deactivation(counted, undefined, user, cause, words, view)
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
