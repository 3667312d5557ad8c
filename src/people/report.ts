import type { SyncReport } from '../api/contract/people.js'
import type { StoredCredential } from './credentials/store.js'
import type { Create, Decision } from './plan/decision.js'

/** The parts of a report that are there before the run ends. */
export type Counts = Omit<SyncReport, 'startedAt' | 'finishedAt'>

/** A report without anything done yet. */
export function emptyCounts(): Counts {
  return {
    created: 0,
    adopted: 0,
    joined: 0,
    updated: 0,
    renamed: 0,
    deactivated: 0,
    reactivated: 0,
    skipped: 0,
    held: 0,
    refused: 0,
    failed: 0,
    problems: [],
    waits: [],
  }
}

/**
 * Adds one result. An existing user that is left alone is a skipped one with a problem to tell, as in the bulk
 * command's line; refused are people who cannot be created as things are. A user that was created and could not be
 * put into the team counts as created and as failed.
 */
export function count(counts: Counts, result: PersonResult): void {
  const { login } = result.decision
  switch (result.state) {
    case 'created':
      counts.created += 1
      if (result.problem !== undefined) {
        counts.failed += 1
        counts.problems.push(`${login}: created; ${result.problem}`)
      }
      return
    case 'refused': {
      const cause = result.decision.kind === 'refuse' ? result.decision.cause : 'impossible'
      counts[REFUSED[cause]] += 1
      counts.problems.push(`${login}: ${result.decision.reason}`)
      return
    }
    case 'failed':
      counts.failed += 1
      counts.problems.push(`${login}: ${result.reason}`)
      return
    case 'held':
      counts.held += 1
      counts.waits.push(`${login}: ${result.decision.reason}`)
      return
    default:
      counts[result.state] += 1
  }
}

/** A seat that is not there is a failure of the run, however early it was seen. */
export const REFUSED = {
  conflict: 'skipped',
  administrator: 'skipped',
  impossible: 'refused',
  setting: 'refused',
  full: 'failed',
} as const

/** The outcome of one decision. */
export type PersonResult =
  | {
      state: 'created'
      decision: Create
      credential: StoredCredential
      /** Administrator of Mattermost now, as the first one. */
      administrator: boolean
      /** What could not be done after the creation (team, administrator). */
      problem: string | undefined
    }
  | { state: Settled; decision: Decision }
  | {
      state: 'failed'
      decision: Decision
      reason: string
      hint: string
      limit: boolean
      taken: boolean
      serverFault: boolean
    }

/** The outcome of a decision that worked, or that was none. */
export type Settled =
  | 'adopted'
  | 'joined'
  | 'updated'
  | 'renamed'
  | 'reactivated'
  | 'deactivated'
  | 'skipped'
  | 'held'
  | 'refused'
