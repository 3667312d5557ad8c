import type { UnitFacts } from '../../services/systemd.js'
import type { PendingAction } from './pending-action.js'

/** A change of an output, as far as services care. */
export interface ChangeCause {
  how: 'restart' | 'reload'
  /** `mattermost.ListenPort 8065 → 8066`, each of them; secrets masked. */
  causes: readonly string[]
}

export interface ServiceFacts {
  /** What the DB wants. */
  status: 'enabled' | 'disabled'
  /** `mattermost.status disabled → enabled`; undefined where it is what was applied last. */
  statusChange: string | undefined
  /** `teamchat apply`: also what was stopped by hand. */
  insist: boolean
  /** Changed leaves of config.json. */
  leaves: ChangeCause[]
  /** Why the vhost changes; undefined where it does not. */
  vhost: string[] | undefined
  /** none: the site's own matter; Apache is only told that a vhost of ours has gone. */
  webServer: 'apache' | 'none'
  /** The web server's record says enabled. */
  webServerEnabled: boolean
  /** undefined where services are not ours to touch. */
  mattermost: UnitFacts | undefined
  apache: UnitFacts | undefined
  owed: readonly PendingAction[]
  /** It was adopted running and not enabled at boot: an administrator's choice. */
  notAtBoot: boolean
}

export interface ServicePlan {
  /** In the order in which they are done. */
  actions: PendingAction[]
  notes: string[]
  /** What somebody did by hand and stays. */
  drift: string[]
}

/**
 * Which services are touched, and why: nothing without a change that concerns them, something owed, or `apply`.
 * What was owed by an earlier run is joined with what is new, or dropped where it has lost its point.
 */
export function planServices(facts: ServiceFacts): ServicePlan {
  const plan: ServicePlan = { actions: [], notes: [], drift: [] }
  if (facts.status === 'enabled') {
    planEnabled(facts, plan)
    planApache(facts, plan)
  } else {
    planApache(facts, plan)
    planDisabled(facts, plan)
  }
  return plan
}

/** True for a unit that serves; `reloading` is running too. */
export function isRunning(unit: UnitFacts): boolean {
  return ['active', 'reloading', 'refreshing'].includes(unit.activeState)
}

function planEnabled(facts: ServiceFacts, plan: ServicePlan): void {
  const unit = facts.mattermost
  if (unit === undefined) return
  if (unit.loadState === 'masked' || unit.unitFileState === 'masked') {
    plan.notes.push(`${unit.unit} is masked and stays so: systemctl unmask ${unit.unit}`)
    return
  }
  const owed = facts.owed.filter(action => action.unit === unit.unit)
  const owes = (...verbs: PendingAction['verb'][]) => owed.filter(action => verbs.includes(action.verb))
  const started = owes('start', 'restart').some(action => action.issued)
  const restarts = facts.leaves.filter(leaf => leaf.how === 'restart').flatMap(leaf => leaf.causes)
  const reloads = facts.leaves.filter(leaf => leaf.how === 'reload').flatMap(leaf => leaf.causes)
  const wanted = [
    ...(facts.statusChange === undefined ? [] : [facts.statusChange]),
    ...(facts.insist ? ['teamchat apply'] : []),
    ...restarts,
    ...reloads,
    ...causesOf(owes('enable', 'start', 'restart', 'api-reload')),
  ]
  const add = (verb: PendingAction['verb'], causes: string[], issued = false) =>
    plan.actions.push({ verb, unit: unit.unit, causes: unique(causes), issued })

  if (unit.unitFileState === 'disabled' && facts.notAtBoot) {
    plan.notes.push(`${unit.unit} is not enabled at boot, as it was adopted: systemctl enable ${unit.unit}`)
  } else if (unit.unitFileState === 'disabled' && wanted.length > 0) add('enable', wanted)
  const pendingRestart = owes('restart')
  const mustRestart = restarts.length > 0 || pendingRestart.length > 0
  if (isRunning(unit) || unit.activeState === 'activating') {
    // A restart brings into force what a reload would.
    const joined = [...restarts, ...reloads, ...causesOf(owes('restart', 'api-reload'))]
    if (mustRestart) add('restart', joined, started)
    else if (reloads.length > 0 || owes('api-reload').length > 0) {
      add('api-reload', [...reloads, ...causesOf(owes('api-reload'))])
    } else if (!isRunning(unit) && started) add('start', causesOf(owes('start')), true)
  } else if (wanted.length > 0) add('start', wanted)
  else {
    plan.drift.push(
      `${unit.unit} is ${unit.activeState} though mattermost.status is enabled: it was stopped by hand or has failed; teamchat apply starts it`,
    )
  }
}

function planDisabled(facts: ServiceFacts, plan: ServicePlan): void {
  const unit = facts.mattermost
  if (unit === undefined || unit.loadState === 'not-found') return
  const owed = facts.owed.filter(
    action => action.unit === unit.unit && ['stop', 'disable'].includes(action.verb),
  )
  const causes = unique([
    ...(facts.statusChange === undefined ? [] : [facts.statusChange]),
    ...(facts.insist ? ['teamchat apply'] : []),
    ...causesOf(owed),
  ])
  const up = isRunning(unit) || unit.activeState === 'activating'
  if (causes.length === 0) {
    if (up) {
      plan.drift.push(
        `${unit.unit} is ${unit.activeState} though mattermost.status is disabled: it was started by hand; teamchat apply stops it`,
      )
    }
    return
  }
  if (unit.unitFileState.startsWith('enabled')) {
    plan.actions.push({ verb: 'disable', unit: unit.unit, causes, issued: false })
  }
  if (up) plan.actions.push({ verb: 'stop', unit: unit.unit, causes, issued: false })
}

/** The web server is reloaded, or started where its record says so; never stopped, restarted or disabled. */
function planApache(facts: ServiceFacts, plan: ServicePlan): void {
  const unit = facts.apache
  if (unit === undefined) return
  const owed = facts.owed.filter(action => action.unit === unit.unit)
  const causes = unique([...(facts.vhost ?? []), ...causesOf(owed)])
  if (isRunning(unit) || unit.activeState === 'activating') {
    if (causes.length > 0) plan.actions.push({ verb: 'reload', unit: unit.unit, causes, issued: false })
    return
  }
  if (facts.status !== 'enabled' || facts.webServer === 'none') return
  if (!facts.webServerEnabled || unit.loadState === 'not-found') {
    plan.notes.push(
      `${unit.unit} is ${unit.activeState || 'not there'}: it is yours to start, since its record does not say enabled`,
    )
    return
  }
  if (causes.length > 0 || facts.insist) {
    const why = causes.length > 0 ? causes : ['teamchat apply']
    plan.actions.push({ verb: 'start', unit: unit.unit, causes: why, issued: false })
  } else plan.drift.push(`${unit.unit} is ${unit.activeState}: teamchat apply starts it`)
}

function causesOf(actions: readonly PendingAction[]): string[] {
  return actions.flatMap(action => action.causes)
}

function unique(texts: string[]): string[] {
  return [...new Set(texts)]
}

export interface SiteChange {
  unit: string
  action: 'reload' | 'restart'
  causes: string[]
}

/**
 * Plans the actions on units that only the site's own outputs name: those that run are reloaded or restarted, once each, a
 * restart before a reload; those that do not are never started, since they read their files when they start. What an
 * earlier run owes a unit is joined with what is new.
 */
export function planSiteServices(
  changes: readonly SiteChange[],
  units: ReadonlyMap<string, UnitFacts>,
  owed: readonly PendingAction[],
): { actions: PendingAction[]; notes: string[] } {
  const actions: PendingAction[] = []
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
