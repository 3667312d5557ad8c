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
import type { HostState } from '../host/host-state.js'
import type { ChangePlan, PlanOptions } from './change-plan.js'

type Rendered = NonNullable<SettingsState['rendered']>[string]

/**
 * Merges the leaves; those that only the templates of an updated package would change are left as they are, and said,
 * until `teamchat apply`. What somebody changed in the file, and what the DB changes, is done as ever.
 */
export function mergeUnlessHeld(
  wanted: DesiredSetting[],
  output: Output,
  variables: Variables,
  hostState: HostState,
  options: PlanOptions,
  changePlan: ChangePlan,
): { unheld: DesiredSetting[]; merge: Merge } {
  const live = hostState.live?.value
  const merge = mergeLeaves(live, wanted, hostState.state.leaves)
  const waits = hostState.live !== undefined && areTemplatesNew(output, variables, hostState, options)
  const held = waits
    ? merge.changes.filter(
        change => comesFromTemplate(change, hostState.state) && change.setting.restored !== true,
      )
    : []
  if (held.length === 0) {
    // What a rollback wrote was not rendered: what the templates would change must still be seen to wait.
    if (options.restore.generation === undefined) remember(output, variables, hostState, changePlan)
    return { unheld: wanted, merge }
  }
  const names = new Set(held.map(({ setting }) => setting.name))
  changePlan.drift.push(heldLine(output.name, [...names].join(', ')))
  const unheld = wanted.filter(setting => !names.has(setting.name))
  return { unheld, merge: mergeLeaves(live, unheld, hostState.state.leaves) }
}

/** True where a text would change only by the templates of an updated package: it stays, and that is said. */
export function holdsText(
  output: Output,
  variables: Variables,
  file: { path: string; live: string | undefined; text: string },
  hostState: HostState,
  options: PlanOptions,
  changePlan: ChangePlan,
): boolean {
  const { live, text } = file
  if (live === undefined || live === text || !areTemplatesNew(output, variables, hostState, options)) {
    remember(output, variables, hostState, changePlan)
    return false
  }
  changePlan.drift.push(
    heldLine(output.name, `${linesText(differingLines(live, text).length)} of ${file.path}`),
  )
  return true
}

/** Other templates than last time, and none of the values that they were rendered with is another one. */
function areTemplatesNew(
  output: Output,
  variables: Variables,
  hostState: HostState,
  options: PlanOptions,
): boolean {
  const { state, settings } = hostState
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

function remember(output: Output, variables: Variables, hostState: HostState, changePlan: ChangePlan): void {
  if (output.packageHash === undefined) return
  const names = [...usedVariables(output, variables)].sort()
  const rendered: Rendered = {
    templates: output.packageHash,
    variables: Object.fromEntries(names.map(name => [name, valueHash(variables[name])])),
  }
  changePlan.remember.rendered = {
    ...hostState.state.rendered,
    ...changePlan.remember.rendered,
    [output.name]: rendered,
  }
}

function heldLine(name: string, what: string): string {
  return `${name}: the templates of the new version would change ${what}; it waits for teamchat apply (see teamchat plan)`
}
