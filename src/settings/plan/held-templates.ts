import { valueHash } from '../../config/hash.js'
import {
  baseOf,
  type DesiredSetting,
  isKnown,
  type LeafChange,
  type Merge,
  mergeLeaves,
} from '../../config/merge.js'
import type { Output } from '../../config/outputs/outputs.js'
import { usedVariables, type Variables } from '../../config/templates/render.js'
import { differingLines, linesText } from '../../config/text/diff.js'
import type { SettingsState } from '../../transaction/state.js'
import type { PlanPart } from './change-plan.js'
import type { Planning } from './planning.js'

type Rendered = NonNullable<SettingsState['rendered']>[string]

/** An output with the variables that it is rendered with. */
export interface Source {
  output: Output
  variables: Variables
}

/**
 * Merges the leaves; those that only the templates of an updated package would change are left as they are, and said,
 * until `teamchat apply`. What somebody changed in the file, and what the DB changes, is done as ever.
 */
export function mergeUnlessHeld(
  wanted: DesiredSetting[],
  source: Source,
  planning: Planning,
): { unheld: DesiredSetting[]; merge: Merge; part: PlanPart } {
  const { state, live } = planning.hostState
  const merge = mergeLeaves(live?.value, wanted, state.leaves)
  const waits = live !== undefined && areTemplatesNew(source, planning)
  const held = waits
    ? merge.changes.filter(change => comesFromTemplate(change, state) && change.setting.restored !== true)
    : []
  if (held.length === 0) {
    // What a rollback wrote was not rendered: what the templates would change must still be seen to wait.
    const isRestored = planning.options.restore.generation !== undefined
    return { unheld: wanted, merge, part: isRestored ? {} : rememberRendered(source) }
  }
  const names = new Set(held.map(({ setting }) => setting.name))
  const unheld = wanted.filter(setting => !names.has(setting.name))
  const drift = [heldLine(source.output.name, [...names].join(', '))]
  return { unheld, merge: mergeLeaves(live?.value, unheld, state.leaves), part: { remarks: { drift } } }
}

/** Whether a text would change only by the templates of an updated package: then it stays, and that is said. */
export function holdText(
  source: Source,
  file: { path: string; live: string | undefined; text: string },
  planning: Planning,
): { isHeld: boolean; part: PlanPart } {
  const { live, text, path } = file
  if (live === undefined || live === text || !areTemplatesNew(source, planning)) {
    return { isHeld: false, part: rememberRendered(source) }
  }
  const lines = `${linesText(differingLines(live, text).length)} of ${path}`
  return { isHeld: true, part: { remarks: { drift: [heldLine(source.output.name, lines)] } } }
}

/** Other templates than last time, and none of the values that they were rendered with is another one. */
function areTemplatesNew(
  { output, variables }: Source,
  { hostState: { state, settings }, options }: Planning,
): boolean {
  const last = state.rendered?.[output.name]
  if (options.asked || last === undefined || last.templates === output.packageHash) return false
  if (state.applied?.status !== settings.mattermost.status) return false
  // A variable that is gone went with the package, not by the DB.
  return Object.entries(last.variables).every(
    ([name, hash]) => !Object.hasOwn(variables, name) || valueHash(variables[name]) === hash,
  )
}

/** What we wrote before is what we want now: then somebody changed the file, or the property has come or gone. */
function comesFromTemplate({ setting }: LeafChange, state: SettingsState): boolean {
  // What a fragment of the site says comes with no package.
  if (setting.source !== undefined) return false
  const base = baseOf(state.leaves, setting.name)
  if (base === undefined) return true
  if (base.explicit !== setting.explicit) return false
  if (setting.secret && base.value === undefined && base.mark === undefined) return !base.done
  return !isKnown(setting, base)
}

function rememberRendered({ output, variables }: Source): PlanPart {
  if (output.packageHash === undefined) return {}
  const names = [...usedVariables(output, variables)].sort()
  const rendered: Rendered = {
    templates: output.packageHash,
    variables: Object.fromEntries(names.map(name => [name, valueHash(variables[name])])),
  }
  return { next: { remember: { rendered: { [output.name]: rendered } } } }
}

function heldLine(name: string, what: string): string {
  return `${name}: the templates of the new version would change ${what}; it waits for teamchat apply (see teamchat plan)`
}
