import t from 'tap'
import type { PendingAction } from '../../../src/config/services/pending-action.js'
import { planUndo } from '../../../src/config/services/plan-undo.js'
import type { UnitFacts } from '../../../src/services/systemd.js'

const act = (verb: PendingAction['verb'], unit = 'm', issued = false): PendingAction => ({
  verb,
  unit,
  causes: ['c'],
  issued,
})

type Verb = PendingAction['verb']
/** What the change did, how the unit was and is, what is left of the change, and what takes it back. */
const cases: [what: string, did: Verb, was: boolean, is: string, left: PendingAction[], back: string[]][] = [
  ['a restart', 'restart', true, 'active', [], ['restart issued']],
  [
    'a restart that never gets ready: ours to replace',
    'restart',
    true,
    'activating',
    [act('start', 'm', true)],
    ['restart issued'],
  ],
  [
    'a restart that was never asked for: somebody else’s start',
    'restart',
    true,
    'activating',
    [act('restart')],
    ['restart'],
  ],
  ['a restart that ended it', 'restart', true, 'failed', [], ['start issued']],
  [
    'a first start that never gets ready',
    'start',
    false,
    'activating',
    [act('start', 'm', true)],
    ['stop issued'],
  ],
  ['a start that was never asked for', 'start', false, 'activating', [act('start')], ['stop']],
  ['a reload', 'reload', true, 'active', [], ['reload']],
  ['a reload that ended the web server', 'reload', true, 'failed', [act('reload')], ['start']],
  ['a stop', 'stop', true, 'inactive', [], ['start']],
]

for (const [what, verb, running, activeState, left, back] of cases) {
  t.test(what, async t => {
    const undone = planUndo({
      actions: [act(verb)],
      before: [{ unit: 'm', running, enabled: true }],
      now: new Map([['m', { unit: 'm', activeState } as UnitFacts]]),
      apacheUnit: 'a',
      owed: [],
      left,
      cause: 'undo',
    })
    t.same(
      undone.map(action => `${action.verb}${action.issued ? ' issued' : ''}`),
      back,
    )
  })
}
