import type { UnitFacts } from '../../services/systemd.js'
import type { OwedAction } from '../../transaction/state.js'
import { isRunning } from './plan.js'

export interface SiteChange {
  unit: string
  action: 'reload' | 'restart'
  causes: string[]
}

/**
 * What happens to units that only the site's own outputs name: those that run are reloaded or restarted, once each, a
 * restart before a reload; those that do not are never started, since they read their files when they start. What an
 * earlier run owes a unit is joined with what is new.
 */
export function planSiteServices(
  changes: readonly SiteChange[],
  units: ReadonlyMap<string, UnitFacts>,
  owed: readonly OwedAction[],
): { actions: OwedAction[]; notes: string[] } {
  const actions: OwedAction[] = []
  const notes: string[] = []
  const names = new Set([...owed.map(action => action.unit), ...changes.map(change => change.unit)])
  for (const name of names) {
    const unit = units.get(name)
    if (unit === undefined) continue
    const old = owed.filter(action => action.unit === name)
    const fresh = changes.filter(change => change.unit === name)
    const causes = [
      ...new Set([...old.flatMap(action => action.causes), ...fresh.flatMap(change => change.causes)]),
    ]
    const wants = (verb: 'restart' | 'reload') =>
      old.some(action => action.verb === verb) || fresh.some(change => change.action === verb)
    const isUp = isRunning(unit) || unit.activeState === 'activating'
    if (isUp && wants('restart')) actions.push({ verb: 'restart', unit: name, causes, issued: false })
    else if (isUp && wants('reload')) actions.push({ verb: 'reload', unit: name, causes, issued: false })
    else if (!isRunning(unit) && old.some(action => action.verb === 'start' && action.issued)) {
      // Our restart took it down: it must come up again.
      actions.push({ verb: 'start', unit: name, causes, issued: true })
    } else if (!isUp) {
      const state = unit.loadState === 'not-found' ? 'not there' : unit.activeState
      notes.push(`${name} is ${state} and stays so: it reads its files when it starts`)
    }
  }
  return { actions, notes }
}
