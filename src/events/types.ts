import type { Waiting } from '../api/contract/common.js'

/** The outcome of one person, one hook or one event. */
export type Outcome =
  | { state: 'done'; message: string }
  | { state: 'failed'; message: string; hint: string }
  /** Looked at again for a minute (not found yet, still locked, still there); `final` counts when that is over. */
  | {
      state: 'look-again'
      message: string
      final: { state: 'done' | 'failed'; message: string; hint: string }
    }
  /** Something else must come first; tried again until then. */
  | ({ state: 'waiting'; message: string } & Waiting)

/** One fired event as it lies in the spool. Arguments carry identity, never content or secrets. */
export interface TeamchatEvent {
  /** Sorts by time of firing; `^[a-z0-9-]+$`. */
  id: string
  name: string
  args: string[]
  /** ISO 8601, UTC. */
  firedAt: string
}
