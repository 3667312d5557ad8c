import { asTeamchatError, TeamchatError } from '../../errors.js'
import type {
  AdoptOptions,
  AdoptOutcome,
  RetireOptions,
  RetireOutcome,
} from '../../stories/adoption-operations.js'
import { commitDraft } from '../apply/commit.js'
import { checkOf } from '../assess.js'
import { keepEdited } from '../history/keep.js'
import type { World } from '../host/host-state.js'
import { plannedActions } from '../plan/printed.js'
import { remainingPlan } from '../preview.js'
import type { GiveBack } from '../retire/restore-originals.js'
import { carryOutRetirement, considerRetirement } from '../retire/retire.js'
import { finishEarlier } from '../run.js'
import { adoptParts, commitParts, type StoryParts } from '../service-parts.js'
import { carryOut, considerAdoption } from './adopt.js'

/** See `SettingsStory.adopt`. */
export async function adoptHost(story: StoryParts, options: AdoptOptions): Promise<AdoptOutcome> {
  try {
    if (!options.dryRun) await settleEarlier(story, 'adopt')
    const by = adoptParts(story)
    const adoption = await considerAdoption(by, options)
    if (adoption === undefined) {
      return { dryRun: options.dryRun, taken: [], plan: await remainingPlan(story, undefined) }
    }
    if (!options.dryRun) await carryOut(adoption, by)
    const { taken, after: state, changes } = adoption
    const outlook = options.dryRun ? { state, changes, dataSource: taken.dataSource } : undefined
    return { dryRun: options.dryRun, taken: taken.lines, plan: await remainingPlan(story, outlook) }
  } catch (error) {
    throw asTeamchatError(error, 'failed', 'adopt this Mattermost')
  }
}

/** See `SettingsStory.retire`. */
export async function retireHost(story: StoryParts, options: RetireOptions): Promise<RetireOutcome> {
  const { dryRun } = options
  try {
    const earlier = dryRun ? [] : await settleEarlier(story, 'retire')
    const by = adoptParts(story)
    const retirement = await considerRetirement(by, options)
    if (retirement === undefined) {
      return { dryRun, state: 'nothing', files: [], actions: [], unmasked: [], stays: [], done: earlier }
    }
    const { world, back, stays } = retirement
    const outcome: RetireOutcome = {
      dryRun,
      state: 'retired',
      files: back?.draft.files ?? [],
      actions: plannedActions(back?.draft),
      unmasked: (world.state.masked ?? []).map(one => one.from),
      stays,
      done: earlier,
    }
    if (dryRun) return outcome
    if (back !== undefined) outcome.done.push(...(await giveBack(story, world, back)))
    outcome.done.push(...(await carryOutRetirement(retirement, by)))
    return outcome
  } catch (error) {
    throw asTeamchatError(error, 'failed', 'give this Mattermost back')
  }
}

async function giveBack(story: StoryParts, world: World, { draft, edited }: GiveBack): Promise<string[]> {
  if (draft.steps.length === 0) return []
  const notes = await checkOf(story, world, draft)
  if (edited !== undefined) await keepEdited(edited.path, edited.text, story.parts.paths, story.now())
  // Unmanaged once all files are in place, and not before: nobody renders again what was given back, and what is undone
  // is managed as it was.
  draft.remember.retiredAt = world.state.retiredAt ?? story.now().toISOString()
  draft.remember.retiring = true
  const done = await commitDraft(world, draft, await commitParts(story, 'retire'))
  return [...done, ...notes]
}

/** A change in whose middle an earlier run was ended is finished first, or taken back. */
async function settleEarlier(story: StoryParts, cause: string): Promise<string[]> {
  try {
    return await finishEarlier(story, cause)
  } catch (error) {
    if (error instanceof TeamchatError && error.code === 'change.undone') return [error.message]
    throw error
  }
}
