import { leafProperties } from '../../config/causes.js'
import { leafRule } from '../../config/leaves.js'
import type { LeafChange } from '../../config/merge.js'
import type { Output } from '../../config/outputs/outputs.js'
import { usedVariables, type Variables } from '../../config/templates/render.js'
import type { HostState } from '../host/host-state.js'
import { type ChangePlan, CONFIG_OUTPUT, outputOf, type PlanOptions, variablesOf } from './change-plan.js'
import { changeLine } from './leaves.js'

type Recorded = Pick<HostState, 'settings' | 'state'>

/** Why a leaf changes: the properties that do, else what becomes of the leaf itself. Secrets are masked. */
export function leafCauses(
  change: LeafChange,
  hostState: HostState,
  options: PlanOptions,
  changePlan: ChangePlan,
): string[] {
  const { setting } = change
  const line = changeLine(change)
  const { generation, over } = options.restore
  if (setting.restored === true) return [`rollback to generation ${generation?.number}: ${line}`]
  const changed =
    leafRule(setting.name) === undefined
      ? changePlan.changed.ofVariables(ownVariables(hostState, options))
      : changePlan.changed.of(leafProperties(setting.name))
  if (changed.length > 0) return changed
  if (over !== undefined) return [`${over}: ${line}`]
  if (change.putBack) return [`put back: ${line}`]
  if (setting.source !== undefined) return [`${setting.source}: ${line}`]
  return [withProperties(setting.causes, line, hostState)]
}

/** Why a text changes: the properties that it is rendered from, else `what` says what becomes of it. */
export function textCauses(
  output: Output,
  variables: Variables,
  what: string,
  restored: boolean,
  options: PlanOptions,
  changePlan: ChangePlan,
): string[] {
  const { generation, over } = options.restore
  if (restored) return [`rollback to generation ${generation?.number}: ${what}`]
  const changed = changePlan.changed.ofVariables(usedVariables(output, variables))
  if (changed.length > 0) return changed
  return [over === undefined ? what : `${over}: ${what}`]
}

/** The variables that the site's own fragments of config.json name. */
function ownVariables(hostState: HostState, options: PlanOptions): Set<string> {
  const output = outputOf(options, CONFIG_OUTPUT)
  const own = output.fragments.filter(({ path }) => path.startsWith(options.paths.siteTemplatesFolder))
  return usedVariables({ ...output, fragments: own }, variablesOf(hostState, options))
}

/** Where it was never recorded what properties said, the explicit ones are named. */
function withProperties(properties: readonly string[], line: string, { settings, state }: Recorded): string {
  const named = state.properties === undefined ? properties.filter(name => settings.explicit.has(name)) : []
  return named.length === 0 ? line : `${named.join(', ')}: ${line}`
}
