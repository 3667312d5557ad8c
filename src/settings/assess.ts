import { retired, unmanaged } from '../config/management.js'
import { type Output, readOutputs } from '../config/outputs/outputs.js'
import type { Settings } from '../configdb/settings.js'
import type { Management } from '../stories/operations.js'
import { together } from '../system/concurrency/all-settled-or-throw.js'
import type { Outlook } from './adopt/adopt.js'
import { checkDraft } from './checks/check-plan.js'
import { type Restore, readRestore, restoredWorld, usable } from './history/restore.js'
import { readWorld, type World } from './host/host-state.js'
import { readSiteOutputs, type SiteWorld } from './host/site-outputs.js'
import { checkReading, judge } from './management.js'
import type { Draft, DraftOptions } from './plan/change-plan.js'
import { draftSettings } from './plan/plan-change.js'
import type { StoryParts } from './service-parts.js'

/** The host as it was read, and whether it is ours to touch. */
export interface Judged {
  settings: Settings
  management: Management
  notes: string[]
  /** undefined where nobody has asked us to manage anything: then nothing on the host can be wrong for us. */
  seen: Seen | undefined
}

export interface Seen {
  world: World
  outputs: ReadonlyMap<string, Output>
  site: SiteWorld
  /** A rollback that is in force. */
  restore: Restore
}

/** How a draft is made; without it: what the daemon would do by itself, told and not refused. */
export type DraftRules = Partial<Pick<DraftOptions, 'insist' | 'asked' | 'shrink' | 'restore'>>

/** Reads the host; writes nothing. `outlook`: as if that had been written. Throws what cannot be read or used. */
export async function judgeHost(story: StoryParts, outlook?: Outlook): Promise<Judged> {
  const { parts, stateFile, generations, templates: known, exec, env, systemctl } = story
  const { paths, readSettings, sleep } = parts
  const templates = begun(readOutputs(paths, known))
  const dbRead = begun(readSettings(outlook?.changes))
  const state = outlook?.state ?? (await stateFile.read())
  const reading = await dbRead
  checkReading(reading, state, paths.configurationDb)
  const { settings } = reading
  if (state.retiredAt !== undefined) {
    return { settings, management: retired(state.retiredAt), notes: [], seen: undefined }
  }
  if (settings.mattermost.status === undefined) {
    return { settings, management: unmanaged(reading.mattermostRecord), notes: [], seen: undefined }
  }
  const by = { paths, exec, env, systemctl, sleep }
  const read = await together({ templates, now: readWorld(settings, state, by) })
  const { now } = read
  const { outputs, siteOutputs, notes } = read.templates
  const world =
    outlook === undefined ? now : { ...now, dataSource: outlook.dataSource ?? now.dataSource, oldModule: [] }
  const site = await readSiteOutputs(siteOutputs, world, { ...by, property: reading.property })
  const restore = await readRestore(state, settings, generations)
  const management = judge(world, paths, outputs)
  return { settings, management, notes, seen: { world, outputs, site, restore } }
}

/** Work that goes on meanwhile; whoever awaits it gets its error, and nobody else does. */
function begun<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return work
}

/** The host as a change that is under way finds it, whether or not it is ours by now: a give-back makes it nobody's. */
export async function readHost(story: StoryParts): Promise<World> {
  const { parts, stateFile, generations, exec, env, systemctl } = story
  const { paths, readSettings, sleep } = parts
  const state = await stateFile.read()
  const reading = await readSettings()
  checkReading(reading, state, paths.configurationDb)
  const { settings } = reading
  const world = await readWorld(settings, state, { paths, exec, env, systemctl, sleep })
  return restoredWorld(world, await readRestore(state, settings, generations))
}

/** What would be written and done. Throws for values, templates and certificates that cannot be used. */
export function draftOf(story: StoryParts, seen: Seen, how: DraftRules): Draft {
  const { world, outputs, site, restore: found } = seen
  const { paths } = story.parts
  const { insist = false, asked = insist, shrink = 'tell', restore = usable(found) } = how
  const options = { paths, outputs, site, insist, asked, shrink, restore, now: story.now() }
  return draftSettings(restoredWorld(world, restore), options)
}

/** All that is tried before anything is written; remarks. Throws `check.failed`. */
export function checkOf(story: StoryParts, world: World, draft: Draft): Promise<string[]> {
  const { parts, exec, env, systemctl } = story
  return checkDraft(world, draft, { paths: parts.paths, exec, env, services: systemctl !== undefined })
}
