import t from 'tap'
import { rateLimitsAt, withRecentActions } from '../../../src/people/run/rate-limit-memory.js'
import type { PeopleState } from '../../../src/people/state.js'

const HOUR = 3_600_000
const NOW = new Date('2026-03-01T12:00:00.000Z')
const before = (ms: number) => new Date(NOW.getTime() - ms).toISOString()
const settings = { maxDeactivate: undefined, maxCreate: 100 }

function act(accountId: string, at: string) {
  return { at, kind: 'hand' as const, accountId }
}

t.test('acts count for an hour; a clock that was set back does not keep them for ever', async t => {
  const acts = [act('old', before(HOUR)), act('young', before(HOUR - 1)), act('future', before(-9000 * HOUR))]
  const state: PeopleState = { version: 1, acts }
  t.same([...rateLimitsAt(NOW, state, settings).recent.hand], ['young', 'future'])
  const kept = withRecentActions(NOW, acts, [])
  t.same(kept, [act('young', before(HOUR - 1)), act('future', NOW.toISOString())])
  const later = new Date(NOW.getTime() + HOUR)
  t.same([...rateLimitsAt(later, { version: 1, acts: kept }, settings).recent.hand], [])
})

t.test('a confirmation counts for an hour, and not at another time', async t => {
  for (const [at, counts] of [
    [before(HOUR - 1), true],
    [before(HOUR), false],
    [before(-HOUR), false],
  ] as const) {
    const state: PeopleState = { version: 1, confirmedActs: { at, keys: ['hand ann'] } }
    t.equal(rateLimitsAt(NOW, state, settings).confirmed.has('hand ann'), counts, at)
  }
})
