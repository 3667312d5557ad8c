import { asTeamchatError } from '../errors.js'
import type { SettingsPlan } from '../stories/operations.js'
import type { Outlook } from './adopt/adopt.js'
import { draftOf, judgeHost } from './assess.js'
import type { World } from './host/host-state.js'
import type { Draft } from './plan/change-plan.js'
import { mayDraft, planOf, refuseRestore, withNotes } from './plan/printed.js'
import { draftFingerprint, type Refusal, refusalLine, standingRefusal } from './plan/refusal.js'
import { restoreFor } from './run.js'
import type { StoryParts } from './service-parts.js'

/** What `teamchat apply` would do; writes nothing. Throws what it would throw for values, templates and certificates. */
export async function planSettings(story: StoryParts, outlook?: Outlook): Promise<SettingsPlan> {
  try {
    const judged = await judgeHost(story, outlook)
    const { management, seen } = judged
    if (seen === undefined || !mayDraft(management)) return planOf(judged, undefined)
    const draft = draftOf(story, seen, { insist: true })
    return withNotes(planOf(judged, draft), standing(seen.world, draft).map(refusalLine))
  } catch (error) {
    throw asTeamchatError(error, 'failed', 'plan the settings')
  }
}

/** What a rollback to generation `to` would do; writes nothing. */
export async function planRollback(story: StoryParts, to: number): Promise<SettingsPlan> {
  try {
    const judged = await judgeHost(story)
    const { management, seen } = judged
    refuseRestore(management)
    if (seen === undefined) return planOf(judged, undefined)
    const restore = await restoreFor(story, { cause: 'rollback', to }, seen)
    return planOf(judged, draftOf(story, seen, { asked: true, restore }))
  } catch (error) {
    throw asTeamchatError(error, 'failed', 'plan the rollback')
  }
}

/** The plan after an adoption, which is done whatever stands in the way of applying. */
export async function remainingPlan(story: StoryParts, outlook: Outlook | undefined): Promise<SettingsPlan> {
  try {
    return await planSettings(story, outlook)
  } catch (error) {
    const known = asTeamchatError(error, 'failed', 'plan the settings')
    const { settings } = await story.parts.readSettings(outlook?.changes)
    return {
      management: (await judgeHost(story, outlook)).management,
      revision: settings.revision,
      files: [],
      actions: [],
      notes: [`before it can be applied: ${known.message} (${known.hint})`],
    }
  }
}

/** What would not be tried by itself, as things are: one or none. */
export function standing(world: World, draft: Draft): Refusal[] {
  const how = { cause: 'db-changed', force: false }
  const refused = standingRefusal(world.state, draftFingerprint(draft, world), how)
  return refused === undefined ? [] : [refused]
}
