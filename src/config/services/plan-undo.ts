import type { UnitFacts } from '../../services/systemd.js'
import type { PendingAction } from './pending-action.js'
import { isRunning } from './plan.js'

/** A unit as it was before a change. */
export interface UnitBefore {
  unit: string
  running: boolean
  enabled: boolean
}

export interface UndoFacts {
  /** What the change wanted, done or not. */
  actions: readonly PendingAction[]
  before: readonly UnitBefore[]
  now: ReadonlyMap<string, UnitFacts>
  /** The web server's, which is never stopped. */
  apacheUnit: string
  /** What was owed before the change. */
  owed: readonly PendingAction[]
  /** What of the change was never asked for, or is not done. */
  left: readonly PendingAction[]
  cause: string
}

/**
 * Actions that bring the old state back into force, in reverse order: what ran before runs again and has read the old files, what
 * did not is stopped. What was owed before the change stays owed.
 */
export function planUndo(facts: UndoFacts): PendingAction[] {
  const undone = facts.actions.toReversed().flatMap(action => inReverse(action, facts))
  const first = undone.filter(
    (action, at) => undone.findIndex(one => one.unit === action.unit && one.verb === action.verb) === at,
  )
  const kept = facts.owed.filter(
    action => !first.some(one => one.unit === action.unit && one.verb === action.verb),
  )
  return [...first, ...kept]
}

function inReverse(action: PendingAction, facts: UndoFacts): PendingAction[] {
  const { unit, verb } = action
  const before = facts.before.find(one => one.unit === unit)
  const now = facts.now.get(unit)
  if (before === undefined || now === undefined) return []
  // A start that the change has asked for is ours to replace, also while it is under way; anybody else's is waited for.
  const wasAsked = !facts.left.some(one => one.unit === unit && one.verb === verb && !one.issued)
  const issued = wasAsked && (verb === 'start' || verb === 'restart')
  const as = (back: PendingAction['verb']): PendingAction[] => [
    { verb: back, unit, causes: [facts.cause], issued },
  ]
  const isUp = isRunning(now) || now.activeState === 'activating'
  switch (verb) {
    case 'enable':
      return before.enabled ? [] : as('disable')
    case 'disable':
      return before.enabled ? as('enable') : []
    case 'stop':
    case 'start':
      if (before.running) return isUp ? [] : as('start')
      return isUp && unit !== facts.apacheUnit ? as('stop') : []
    case 'restart':
      if (before.running) return as(isUp ? 'restart' : 'start')
      return isUp && unit !== facts.apacheUnit ? as('stop') : []
    default:
      if (before.running) return as(isUp ? verb : 'start')
      return []
  }
}
