import t from 'tap'
import {
  type CounterSaid,
  type FollowStep,
  type FollowView,
  followStep,
} from '../../../src/people/follow/step.js'

const timing = { syncInterval: 60, fullReadInterval: 3600 }
const MINUTE = 60_000

const view: FollowView = {
  readAt: 0,
  listedAt: undefined,
  listOwed: false,
  nextDue: undefined,
  unsettled: false,
  failures: 0,
  triedAt: 0,
}

const cases: [string, Partial<FollowView>, CounterSaid, number, FollowStep][] = [
  ['nothing known yet', { readAt: undefined }, undefined, 0, 'everybody'],
  ['quiet', {}, 'same', 30 * MINUTE, 'nothing'],
  ['moved: at once', {}, 'moved', 1, 'changes'],
  ['moved, and listed a moment ago: at once all the same', { listedAt: 0 }, 'moved', 1, 'changes'],
  ['a list is owed, and too early', { listOwed: true, listedAt: 0 }, 'same', MINUTE - 1, 'nothing'],
  ['a list is owed', { listOwed: true, listedAt: 0 }, 'same', MINUTE, 'changes'],
  [
    'a list is owed while the counter is silent',
    { listOwed: true, listedAt: 0 },
    undefined,
    MINUTE,
    'changes',
  ],
  ['FullReadInterval', {}, 'same', 60 * MINUTE, 'everybody'],
  ['FullReadInterval while the counter is silent', {}, undefined, 60 * MINUTE, 'everybody'],
  ['another history: at once', {}, 'other', 1, 'changes'],
  ['another history each time', { listedAt: 0 }, 'other', MINUTE - 1, 'nothing'],
  ['another history once more', { listedAt: 0 }, 'other', MINUTE, 'changes'],
  ['no counter, too early', {}, 'none', MINUTE - 1, 'nothing'],
  ['no counter', {}, 'none', MINUTE, 'everybody'],
  ['an account ends', { nextDue: 5000 }, 'same', 5000, 'everybody'],
  ['an account will end', { nextDue: 5000 }, 'same', 4999, 'nothing'],
  ['unsettled, too early', { unsettled: true }, 'same', 5 * MINUTE - 1, 'nothing'],
  ['unsettled', { unsettled: true }, 'same', 5 * MINUTE, 'everybody'],
  ['failed once, too early', { failures: 1 }, 'moved', 999, 'nothing'],
  ['failed once', { failures: 1 }, 'moved', 1000, 'changes'],
  ['failed often: SyncInterval at most', { failures: 50 }, 'moved', MINUTE - 1, 'nothing'],
  ['failed often', { failures: 50 }, 'moved', MINUTE, 'changes'],
  ['the clock was set back: read', { readAt: 9 * MINUTE }, 'same', MINUTE, 'everybody'],
  ['a list is owed, and the clock was set back', { listOwed: true, listedAt: 2 }, 'same', 1, 'changes'],
  ['failed, and the clock was set back', { failures: 50, triedAt: 9 * MINUTE }, 'moved', 1, 'changes'],
  ['failed at the start', { readAt: undefined, failures: 1 }, undefined, 999, 'nothing'],
]

t.test('what the counter and the clock ask for', async t => {
  for (const [name, over, said, now, expected] of cases)
    t.equal(followStep({ ...view, ...over }, said, timing, now), expected, name)
})
