import { valueHash } from '../../config/hash.js'
import {
  baseOf,
  isKnown,
  type LeafChange,
  type LeafWish,
  type Merge,
  mergeLeaves,
} from '../../config/merge.js'
import type { Output } from '../../config/outputs/outputs.js'
import { usedVariables, type Variables } from '../../config/templates/render.js'
import { differingLines, linesText } from '../../config/text/diff.js'
import type { SettingsState } from '../../transaction/state.js'
import type { World } from '../host/host-state.js'
import type { Draft, DraftOptions } from './change-plan.js'

type Rendered = NonNullable<SettingsState['rendered']>[string]

/**
 * Merges the leaves; those that only the templates of an updated package would change are left as they are, and said,
 * until `teamchat apply`. What somebody changed in the file, and what the DB changes, is done as ever.
 */
export function mergeUnlessHeld(
  wanted: LeafWish[],
  output: Output,
  variables: Variables,
  world: World,
  options: DraftOptions,
  draft: Draft,
): { wishes: LeafWish[]; merge: Merge } {
  const live = world.live?.value
  const merge = mergeLeaves(live, wanted, world.state.leaves)
  const waits = world.live !== undefined && areTemplatesNew(output, variables, world, options)
  const held = waits
    ? merge.changes.filter(change => comesFromTemplate(change, world.state) && change.wish.restored !== true)
    : []
  if (held.length === 0) {
    // What a rollback wrote was not rendered: what the templates would change must still be seen to wait.
    if (options.restore.generation === undefined) remember(output, variables, world, draft)
    return { wishes: wanted, merge }
  }
  const names = new Set(held.map(({ wish }) => wish.name))
  draft.drift.push(heldLine(output.name, [...names].join(', ')))
  const wishes = wanted.filter(wish => !names.has(wish.name))
  return { wishes, merge: mergeLeaves(live, wishes, world.state.leaves) }
}

/** True where a text would change only by the templates of an updated package: it stays, and that is said. */
export function holdsText(
  output: Output,
  variables: Variables,
  file: { path: string; live: string | undefined; text: string },
  world: World,
  options: DraftOptions,
  draft: Draft,
): boolean {
  const { live, text } = file
  if (live === undefined || live === text || !areTemplatesNew(output, variables, world, options)) {
    remember(output, variables, world, draft)
    return false
  }
  draft.drift.push(heldLine(output.name, `${linesText(differingLines(live, text).length)} of ${file.path}`))
  return true
}

/** Other templates than last time, and none of the values that they were rendered with is another one. */
function areTemplatesNew(output: Output, variables: Variables, world: World, options: DraftOptions): boolean {
  const { state, settings } = world
  const last = state.rendered?.[output.name]
  if (options.asked || last === undefined || last.templates === output.packageHash) return false
  if (state.applied?.status !== settings.mattermost.status) return false
  // A variable that is gone went with the package, not by the DB.
  return Object.entries(last.variables).every(
    ([name, hash]) => !Object.hasOwn(variables, name) || valueHash(variables[name]) === hash,
  )
}

/** What we wrote before is what we want now: then somebody changed the file, or the property has come or gone. */
function comesFromTemplate({ wish }: LeafChange, state: SettingsState): boolean {
  // What a fragment of the site says comes with no package.
  if (wish.said !== undefined) return false
  const base = baseOf(state.leaves, wish.name)
  if (base === undefined) return true
  if (base.explicit !== wish.explicit) return false
  if (wish.secret && base.value === undefined && base.mark === undefined) return !base.done
  return !isKnown(wish, base)
}

function remember(output: Output, variables: Variables, world: World, draft: Draft): void {
  if (output.packageHash === undefined) return
  const names = [...usedVariables(output, variables)].sort()
  const rendered: Rendered = {
    templates: output.packageHash,
    variables: Object.fromEntries(names.map(name => [name, valueHash(variables[name])])),
  }
  draft.remember.rendered = { ...world.state.rendered, ...draft.remember.rendered, [output.name]: rendered }
}

function heldLine(name: string, what: string): string {
  return `${name}: the templates of the new version would change ${what}; it waits for teamchat apply (see teamchat plan)`
}
