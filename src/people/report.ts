import type { PersonResult } from './run/run.js'
import type { SyncReport } from './types.js'

/** The parts of a report that are there before the run ends. */
export type Counts = Omit<SyncReport, 'startedAt' | 'finishedAt'>

/** A seat that is not there is a failure of the run, however early it was seen. */
const REFUSED = {
  conflict: 'skipped',
  administrator: 'skipped',
  impossible: 'refused',
  setting: 'refused',
  full: 'failed',
} as const

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
