import type { Trouble } from '../api/contract/common.js'
import type { ServiceState, Status } from '../api/contract/service.js'
import type { Management, SettingsPlan } from '../api/contract/settings.js'
import { actionText } from '../config/services/pending-action.js'
import { asTeamchatError } from '../errors.js'
import type { Preview } from './adopt/adopt.js'
import { type Assessment, assessHost, planFor } from './assess.js'
import { readHistory } from './history/history.js'
import type { HostState } from './host/host-state.js'
import type { ChangePlan } from './plan/change-plan.js'
import { mayPlan, planOf, refuseRestore, withNotes } from './plan/printed.js'
import { planFingerprint, type Refusal, refusalLine, standingRefusal } from './plan/refusal.js'
import { restoreFor } from './run.js'
import { historyParts, type ServiceParts } from './service-parts.js'

/** The settings' part of `teamchat status`. */
export interface SettingsStatus {
  management: Management
  revision: string | undefined
  applied: { revision: string | undefined; at: string | undefined }
  owed: string[]
  drift: string[]
  services: ServiceState[]
  lastError: Trouble | undefined
  generation: Status['generation']
  pin: Status['pin']
}

/** The state as it is known now; writes nothing, never throws. */
export async function readStatus(
  service: ServiceParts,
  lastError: Trouble | undefined,
): Promise<SettingsStatus> {
  const status: SettingsStatus = {
    management: { state: 'managed' },
    revision: undefined,
    applied: { revision: undefined, at: undefined },
    owed: [],
    drift: [],
    services: [],
    lastError,
    generation: undefined,
    pin: undefined,
  }
  try {
    const state = await service.stateFile.read()
    status.applied = { revision: state.applied?.revision, at: state.applied?.at }
    status.owed = state.owed.map(actionText)
    status.revision = (await service.parts.readSettings()).settings.revision
    const { entries, pin } = await readHistory(state, historyParts(service))
    status.pin = pin
    status.generation = entries
      .filter(entry => entry.newest)
      .map(({ number, at, cause }) => ({ number, at, cause }))[0]
    const assessment = await assessHost(service)
    status.management = assessment.management
    status.services = await servicesOf(service, assessment)
    const { management, inputs } = assessment
    if (inputs !== undefined && mayPlan(management)) {
      const changePlan = planFor(service, inputs, {})
      status.drift = [
        ...changePlan.remarks.drift,
        // Nobody watches Mattermost's own file: it stays so until the service runs.
        ...changePlan.remarks.putBack.map(
          line => `${line} with the next change of the DB, or by teamchat apply`,
        ),
        // A reload by anybody else, as of logrotate, would find what cannot be loaded.
        ...changePlan.remarks.renewing.map(line => `${line}: Apache serves the former one`),
      ]
      for (const refused of standing(inputs.hostState, changePlan)) status.lastError ??= refused
    }
  } catch (error) {
    const known = asTeamchatError(error, 'failed', 'read the settings')
    if ((await readManagement(service)).state !== 'managed') {
      status.management = { state: 'refused', reason: known.message, hint: known.hint }
    }
    status.lastError ??= { at: service.now().toISOString(), message: known.message, hint: known.hint }
  }
  return status
}

/** Whether this Mattermost is ours to touch; writes nothing, never throws. */
export async function readManagement(service: ServiceParts): Promise<Management> {
  try {
    return (await assessHost(service)).management
  } catch (error) {
    const known = asTeamchatError(error, 'failed', 'read the settings')
    return { state: 'refused', reason: known.message, hint: known.hint }
  }
}

async function servicesOf(
  { systemctl }: ServiceParts,
  { inputs, settings }: Pick<Assessment, 'inputs' | 'settings'>,
): Promise<ServiceState[]> {
  const units =
    inputs === undefined
      ? [await systemctl?.show(settings.mattermost.unit)]
      : [inputs.hostState.unit, inputs.hostState.apacheUnit]
  return units
    .filter(unit => unit !== undefined)
    .map(unit => ({
      unit: unit.unit,
      active: unit.loadState === 'not-found' ? 'not-found' : unit.activeState,
      enabled: unit.unitFileState,
    }))
}

/** The plan of `teamchat apply`; writes nothing. Throws what it would throw for values, templates and certificates. */
export async function planSettings(service: ServiceParts, preview?: Preview): Promise<SettingsPlan> {
  try {
    const assessment = await assessHost(service, preview)
    const { management, inputs } = assessment
    if (inputs === undefined || !mayPlan(management)) return planOf(assessment, undefined)
    const changePlan = planFor(service, inputs, { insist: true })
    return withNotes(planOf(assessment, changePlan), standing(inputs.hostState, changePlan).map(refusalLine))
  } catch (error) {
    throw asTeamchatError(error, 'failed', 'plan the settings')
  }
}

/** The plan of a rollback to generation `to`; writes nothing. */
export async function planRollback(service: ServiceParts, to: number): Promise<SettingsPlan> {
  try {
    const assessment = await assessHost(service)
    const { management, inputs } = assessment
    refuseRestore(management)
    if (inputs === undefined) return planOf(assessment, undefined)
    const restore = await restoreFor(service, { cause: 'rollback', to }, inputs)
    return planOf(assessment, planFor(service, inputs, { asked: true, restore }))
  } catch (error) {
    throw asTeamchatError(error, 'failed', 'plan the rollback')
  }
}

/** The plan after an adoption, which is done whatever stands in the way of applying. */
export async function remainingPlan(
  service: ServiceParts,
  preview: Preview | undefined,
): Promise<SettingsPlan> {
  try {
    return await planSettings(service, preview)
  } catch (error) {
    const known = asTeamchatError(error, 'failed', 'plan the settings')
    const { settings } = await service.parts.readSettings(preview?.changes)
    return {
      management: (await assessHost(service, preview)).management,
      revision: settings.revision,
      files: [],
      actions: [],
      notes: [`before it can be applied: ${known.message} (${known.hint})`],
    }
  }
}

/** What would not be tried by itself, as things are: one or none. */
export function standing(hostState: HostState, changePlan: ChangePlan): Refusal[] {
  const how = { cause: 'db-changed', force: false }
  const refused = standingRefusal(hostState.state, planFingerprint(changePlan, hostState), how)
  return refused === undefined ? [] : [refused]
}
