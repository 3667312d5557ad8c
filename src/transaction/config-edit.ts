import { parseJson, valueAt } from '../config/json/json.js'
import { removeValues, setValues } from '../config/json/json-edit.js'
import { sameValue } from '../config/merge.js'
import type { JournalLeaf } from './journal.js'

/**
 * Puts the leaves of a change into a config.json that somebody else has written meanwhile. Enforced ones are ours; of
 * the others what somebody has set since we read the file stays. Throws `JsonError`.
 */
export function applyLeaves(text: string, leaves: readonly JournalLeaf[]): string {
  const live = parseJson(text)
  const missing = leaves.filter(leaf => {
    const now = valueAt(live, leaf.path)
    if (sameValue(leaf.compare, now, leaf.value)) return false
    return leaf.class === 'enforced' || sameValue(leaf.compare, now, leaf.from)
  })
  return setValues(text, missing)
}

/**
 * Gives the leaves of a change their former values, but for those that somebody has changed since: `kept` names them.
 * Throws `JsonError`.
 */
export function revertLeaves(text: string, leaves: readonly JournalLeaf[]): { text: string; kept: string[] } {
  const live = parseJson(text)
  const isOurs = (leaf: JournalLeaf) => sameValue(leaf.compare, valueAt(live, leaf.path), leaf.value)
  const ours = leaves.filter(isOurs)
  const former = ours.flatMap(({ path, from }) => (from === undefined ? [] : [{ path, value: from }]))
  const absent = ours.filter(leaf => leaf.from === undefined).map(leaf => leaf.path)
  return {
    text: removeValues(setValues(text, former), absent),
    kept: leaves
      .filter(leaf => !isOurs(leaf) && !sameValue(leaf.compare, valueAt(live, leaf.path), leaf.from))
      .map(leaf => leaf.name),
  }
}
