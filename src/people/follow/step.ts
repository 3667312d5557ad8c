import type { MarkChange } from '../../directory/change-mark.js'
import { backoffMs } from '../../system/concurrency/backoff.js'

/** Known facts about the directory that is followed. Times are milliseconds since 1970. */
export interface FollowView {
  /** When everybody was last read; undefined: not yet, or it was another directory. */
  readAt: number | undefined
  /** When everybody was last listed because something had moved. */
  listedAt: number | undefined
  /** Something has moved since: somebody may be gone. */
  listOwed: boolean
  /** When something comes by the clock alone, as the end of an account: no entry changes then. */
  nextDue: number | undefined
  /** Something could not be done, or a brake holds it: worth another look before the time. */
  unsettled: boolean
  /** Runs that failed one after the other, and when the last one began. */
  failures: number
  triedAt: number
}

/** Seconds, as the settings have them. */
export interface FollowTiming {
  syncInterval: number
  fullReadInterval: number
}

/** `none`: there is no counter. undefined: it was not asked, or did not answer. */
export type CounterSaid = MarkChange | 'none' | undefined

/** The next step: nothing; look for what has changed; read everybody. */
export type FollowStep = 'nothing' | 'changes' | 'everybody'

/** A person who could not be brought in line is tried again then: a fault of a server is over, or a seat is free. */
const UNSETTLED_MS = 300_000

/** Decides what the directory's counter and the clock ask for. Pure. */
export function followStep(
  view: FollowView,
  said: CounterSaid,
  timing: FollowTiming,
  now: number,
): FollowStep {
  const syncMs = timing.syncInterval * 1000
  if (view.failures > 0 && sinceThen(view.triedAt, now) < backoffMs(view.failures - 1, syncMs))
    return 'nothing'
  if (view.readAt === undefined) return 'everybody'
  const since = sinceThen(view.readAt, now)
  if (since >= timing.fullReadInterval * 1000) return 'everybody'
  if (view.nextDue !== undefined && now >= view.nextDue) return 'everybody'
  if (view.unsettled && since >= Math.max(syncMs, UNSETTLED_MS)) return 'everybody'
  if (said === 'none' && since >= syncMs) return 'everybody'
  if (said === 'moved') return 'changes'
  // A counter that begins anew each time must not mean that everybody is read each time.
  return (said === 'other' || view.listOwed) && isListDue(view, timing, now) ? 'changes' : 'nothing'
}

/** Whether everybody may be listed now because something has moved. */
export function isListDue(
  { listedAt }: Pick<FollowView, 'listedAt'>,
  { syncInterval }: Pick<FollowTiming, 'syncInterval'>,
  now: number,
): boolean {
  return listedAt === undefined || sinceThen(listedAt, now) >= syncInterval * 1000
}

/** A clock that was set back says nothing of how long ago that is: long enough, or nobody would be read for a year. */
function sinceThen(at: number, now: number): number {
  return now < at ? Number.POSITIVE_INFINITY : now - at
}
