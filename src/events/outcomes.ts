import { backoffMs } from '../system/concurrency/backoff.js'
import type { EventReport, Outcome } from './types.js'

/** Somebody who is not there yet, or still locked, is looked at again for so long: accounts come in several steps. */
const LOOK_AGAIN_FOR_MS = 60_000
const LOOK_AGAIN_EVERY_MS = 2_000
/** What waits for something else is tried again at least this often; the operator may be at it just now. */
const WAITING_LIMIT_MS = 60_000

/** How often an event was tried, and when it is due again; milliseconds that pass evenly. */
export interface Tries {
  lookingSince: number | undefined
  tries: number
  nextAt: number
}

/** What an event comes to by what its hooks came to; `tries` then says when it is looked at again. */
export function aggregateOutcomes(
  outcomes: Outcome[],
  tries: Tries,
  now: number,
): Pick<EventReport, 'state' | 'message' | 'hint'> {
  const outcome = worstOf(outcomes)
  if (outcome.state === 'waiting') {
    tries.lookingSince = undefined
    tries.nextAt = now + backoffMs(tries.tries++, WAITING_LIMIT_MS)
    return { state: 'waiting', message: outcome.message, hint: outcome.hint }
  }
  if (outcome.state === 'look-again') {
    tries.lookingSince ??= now
    if (now - tries.lookingSince >= LOOK_AGAIN_FOR_MS) {
      const last = outcomes.map(one => (one.state === 'look-again' ? one.final : one))
      return aggregateOutcomes(last, tries, now)
    }
    tries.nextAt = now + LOOK_AGAIN_EVERY_MS
    return { state: 'look-again', message: outcome.message, hint: '' }
  }
  return {
    state: outcome.state,
    message: outcome.message,
    hint: outcome.state === 'failed' ? outcome.hint : '',
  }
}

export function failed(message: string, hint: string): Outcome {
  return { state: 'failed', message, hint }
}

const ORDER: Outcome['state'][] = ['waiting', 'look-again', 'failed', 'done']

/** What several hooks of one event came to: the first kind of `ORDER` that occurs, with all messages. */
function worstOf(outcomes: Outcome[]): Outcome {
  const worst = ORDER.map(state => outcomes.find(outcome => outcome.state === state)).find(Boolean)
  if (worst === undefined)
    return failed('no hook handles this event any more', 'put the file of the package back')
  const told = outcomes.map(outcome => outcome.message).filter(message => message !== '')
  const message = told.join('; ')
  return { ...worst, message }
}
