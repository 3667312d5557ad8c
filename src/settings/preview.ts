import { asTeamchatError } from '../errors.js'
import type { SettingsPlan } from '../stories/operations.js'
import type { Preview } from './adopt/adopt.js'
import { assessHost, planFor } from './assess.js'
import type { HostState } from './host/host-state.js'
import type { ChangePlan } from './plan/change-plan.js'
import { mayPlan, planOf, refuseRestore, withNotes } from './plan/printed.js'
import { planFingerprint, type Refusal, refusalLine, standingRefusal } from './plan/refusal.js'
import { restoreFor } from './run.js'
import type { ServiceParts } from './service-parts.js'

/** What `teamchat apply` would do; writes nothing. Throws what it would throw for values, templates and certificates. */
export async function planSettings(story: ServiceParts, outlook?: Preview): Promise<SettingsPlan> {
  try {
    const assessment = await assessHost(story, outlook)
    const { management, inputs } = assessment
    if (inputs === undefined || !mayPlan(management)) return planOf(assessment, undefined)
    const changePlan = planFor(story, inputs, { insist: true })
    return withNotes(planOf(assessment, changePlan), standing(inputs.hostState, changePlan).map(refusalLine))
  } catch (error) {
    throw asTeamchatError(error, 'failed', 'plan the settings')
  }
}

/** What a rollback to generation `to` would do; writes nothing. */
export async function planRollback(story: ServiceParts, to: number): Promise<SettingsPlan> {
  try {
    const assessment = await assessHost(story)
    const { management, inputs } = assessment
    refuseRestore(management)
    if (inputs === undefined) return planOf(assessment, undefined)
    const restore = await restoreFor(story, { cause: 'rollback', to }, inputs)
    return planOf(assessment, planFor(story, inputs, { asked: true, restore }))
  } catch (error) {
    throw asTeamchatError(error, 'failed', 'plan the rollback')
  }
}

/** The plan after an adoption, which is done whatever stands in the way of applying. */
export async function remainingPlan(
  story: ServiceParts,
  outlook: Preview | undefined,
): Promise<SettingsPlan> {
  try {
    return await planSettings(story, outlook)
  } catch (error) {
    const known = asTeamchatError(error, 'failed', 'plan the settings')
    const { settings } = await story.parts.readSettings(outlook?.changes)
    return {
      management: (await assessHost(story, outlook)).management,
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
