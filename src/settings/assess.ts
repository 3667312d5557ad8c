import type { Management } from '../api/contract/settings.js'
import { retired, unmanaged } from '../config/management.js'
import { type Output, readOutputs } from '../config/outputs/outputs.js'
import type { Settings } from '../configdb/settings.js'
import { allSettledOrThrow } from '../system/concurrency/all-settled-or-throw.js'
import type { Preview } from './adopt/adopt.js'
import { checkPlan } from './checks/check-plan.js'
import { type Restore, readRestore, restoredHostState, usable } from './history/restore.js'
import { type HostState, readHostState } from './host/host-state.js'
import { readSiteOutputs, type SiteWorld } from './host/site-outputs.js'
import { checkReading, managementOf } from './management.js'
import { type ChangePlan, remembering } from './plan/change-plan.js'
import { planChange } from './plan/plan-change.js'
import type { PlanOptions } from './plan/planning.js'
import type { ServiceParts } from './service-parts.js'

/** The host as it was read, and whether it is ours to touch. */
export interface Assessment {
  settings: Settings
  management: Management
  notes: string[]
  /** undefined where nobody has asked us to manage anything: then nothing on the host can be wrong for us. */
  inputs: Inputs | undefined
}

export interface Inputs {
  hostState: HostState
  outputs: ReadonlyMap<string, Output>
  site: SiteWorld
  /** A rollback that is in force. */
  restore: Restore
}

/** How a plan is made; without it: what the daemon would do by itself, told and not refused. */
export type PlanRules = Partial<Pick<PlanOptions, 'insist' | 'asked' | 'shrink' | 'restore'>>

/** Reads the host; writes nothing. `preview`: as if that had been written. Throws what cannot be read or used. */
export async function assessHost(service: ServiceParts, preview?: Preview): Promise<Assessment> {
  const { parts, stateFile, generations, templates: known, exec, env, systemctl } = service
  const { paths, readSettings, sleep } = parts
  const templates = begun(readOutputs(paths, known))
  const dbRead = begun(readSettings(preview?.changes))
  const state = preview?.state ?? (await stateFile.read())
  const reading = await dbRead
  checkReading(reading, state, paths.configurationDb)
  const { settings } = reading
  if (state.retiredAt !== undefined) {
    return { settings, management: retired(state.retiredAt), notes: [], inputs: undefined }
  }
  if (settings.mattermost.status === undefined) {
    return { settings, management: unmanaged(reading.mattermostRecord), notes: [], inputs: undefined }
  }
  const by = { paths, exec, env, systemctl, sleep }
  const read = await allSettledOrThrow({ templates, now: readHostState(settings, state, by) })
  const { now } = read
  const { outputs, siteOutputs, notes } = read.templates
  const hostState =
    preview === undefined ? now : { ...now, dataSource: preview.dataSource ?? now.dataSource, oldModule: [] }
  const site = await readSiteOutputs(siteOutputs, hostState, { ...by, property: reading.property })
  const restore = await readRestore(state, settings, generations)
  const management = managementOf(hostState, paths, outputs)
  return { settings, management, notes, inputs: { hostState, outputs, site, restore } }
}

/** Work that goes on meanwhile; whoever awaits it gets its error, and nobody else does. */
function begun<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return work
}

/** The host as a change that is under way finds it, whether or not it is ours by now: a give-back makes it nobody's. */
export async function readHost(service: ServiceParts): Promise<HostState> {
  const { parts, stateFile, generations, exec, env, systemctl } = service
  const { paths, readSettings, sleep } = parts
  const state = await stateFile.read()
  const reading = await readSettings()
  checkReading(reading, state, paths.configurationDb)
  const { settings } = reading
  const hostState = await readHostState(settings, state, { paths, exec, env, systemctl, sleep })
  return restoredHostState(hostState, await readRestore(state, settings, generations))
}

/** The plan of what would be written and done. Throws for values, templates and certificates that cannot be used. */
export function planFor(service: ServiceParts, inputs: Inputs, how: PlanRules): ChangePlan {
  const { hostState, outputs, site, restore: found } = inputs
  const { paths } = service.parts
  const { insist = false, asked = insist, shrink = 'tell', restore = usable(found) } = how
  const options = { paths, outputs, site, insist, asked, shrink, restore, now: service.now() }
  return planChange(restoredHostState(hostState, restore), options)
}

/**
 * Tries everything that must hold before anything is written. Gives remarks, and the plan with what the checks learned: the
 * certificates that Apache will have loaded. Throws `check.failed`.
 */
export async function checkBeforeWriting(
  service: ServiceParts,
  hostState: HostState,
  changePlan: ChangePlan,
): Promise<{ checked: ChangePlan; notes: string[] }> {
  const { parts, exec, env, systemctl } = service
  const by = { paths: parts.paths, exec, env, services: systemctl !== undefined }
  const { notes, certificates } = await checkPlan(hostState, changePlan, by)
  if (Object.keys(certificates).length === 0) return { checked: changePlan, notes }
  const known = changePlan.next.remember.certificates
  return { checked: remembering(changePlan, { certificates: { ...certificates, ...known } }), notes }
}
