import type { AdoptOptions, AdoptOutcome, RetireOptions, RetireOutcome } from '../../api/contract/settings.js'
import { asTeamchatError, TeamchatError } from '../../errors.js'
import { commitChange } from '../apply/commit.js'
import { checkBeforeWriting } from '../assess.js'
import { keepEdited } from '../history/keep.js'
import type { HostState } from '../host/host-state.js'
import { remembering } from '../plan/change-plan.js'
import { plannedActions } from '../plan/printed.js'
import type { RestoredOriginals } from '../retire/restore-originals.js'
import { planRetirement, runRetirement } from '../retire/retire.js'
import { finishEarlier } from '../run.js'
import { adoptParts, commitParts, type ServiceParts } from '../service-parts.js'
import { remainingPlan } from '../status.js'
import { planAdoption, runAdoption } from './adopt.js'

/** See `SettingsService.adopt`. */
export async function adoptHost(service: ServiceParts, options: AdoptOptions): Promise<AdoptOutcome> {
  try {
    if (!options.dryRun) await finishEarlierChange(service, 'adopt')
    const by = adoptParts(service)
    const adoption = await planAdoption(by, options)
    if (adoption === undefined) {
      return { dryRun: options.dryRun, taken: [], plan: await remainingPlan(service, undefined) }
    }
    if (!options.dryRun) await runAdoption(adoption, by)
    const { taken, after: state, changes } = adoption
    const preview = options.dryRun ? { state, changes, dataSource: taken.dataSource } : undefined
    return { dryRun: options.dryRun, taken: taken.lines, plan: await remainingPlan(service, preview) }
  } catch (error) {
    throw asTeamchatError(error, 'failed', 'adopt this Mattermost')
  }
}

/** See `SettingsService.retire`. */
export async function retireHost(service: ServiceParts, options: RetireOptions): Promise<RetireOutcome> {
  const { dryRun } = options
  try {
    const earlier = dryRun ? [] : await finishEarlierChange(service, 'retire')
    const by = adoptParts(service)
    const retirement = await planRetirement(by, options)
    if (retirement === undefined) {
      return { dryRun, state: 'nothing', files: [], actions: [], unmasked: [], stays: [], done: earlier }
    }
    const { hostState, back, stays } = retirement
    const outcome: RetireOutcome = {
      dryRun,
      state: 'retired',
      files: [...(back?.changePlan.files ?? [])],
      actions: plannedActions(back?.changePlan),
      unmasked: (hostState.state.masked ?? []).map(one => one.from),
      stays,
      done: earlier,
    }
    if (dryRun) return outcome
    if (back !== undefined) outcome.done.push(...(await restoreOriginals(service, hostState, back)))
    outcome.done.push(...(await runRetirement(retirement, by)))
    return outcome
  } catch (error) {
    throw asTeamchatError(error, 'failed', 'give this Mattermost back')
  }
}

async function restoreOriginals(
  service: ServiceParts,
  hostState: HostState,
  { changePlan, edited }: RestoredOriginals,
): Promise<string[]> {
  if (changePlan.steps.length === 0) return []
  const { checked, notes } = await checkBeforeWriting(service, hostState, changePlan)
  if (edited !== undefined) await keepEdited(edited.path, edited.text, service.parts.paths, service.now())
  // Unmanaged once all files are in place, and not before: nobody renders again what was given back, and what is undone
  // is managed as it was.
  const retiredAt = hostState.state.retiredAt ?? service.now().toISOString()
  const retired = remembering(checked, { retiredAt, retiring: true })
  const done = await commitChange(hostState, retired, await commitParts(service, 'retire'))
  return [...done, ...notes]
}

/** A change in whose middle an earlier run was ended is finished first, or taken back. */
async function finishEarlierChange(service: ServiceParts, cause: string): Promise<string[]> {
  try {
    return await finishEarlier(service, cause)
  } catch (error) {
    if (error instanceof TeamchatError && error.code === 'change.undone') return [error.message]
    throw error
  }
}
