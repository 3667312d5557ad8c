import { leafProperties } from '../../config/causes.js'
import { leafRule } from '../../config/leaves.js'
import type { LeafChange } from '../../config/merge.js'
import { CONFIG_OUTPUT } from '../../config/outputs/definition.js'
import { usedVariables } from '../../config/templates/render.js'
import type { HostState } from '../host/host-state.js'
import type { Source } from './held-templates.js'
import { changeLine } from './leaves.js'
import { outputOf, type Planning, variablesOf } from './planning.js'

type Recorded = Pick<HostState, 'settings' | 'state'>

/** Why a leaf changes: the properties that do, else what becomes of the leaf itself. Secrets are masked. */
export function leafCauses(change: LeafChange, planning: Planning): string[] {
  const { setting } = change
  const { changed, hostState } = planning
  const line = changeLine(change)
  const { generation, over } = planning.options.restore
  if (setting.restored === true) return [`rollback to generation ${generation?.number}: ${line}`]
  const causes =
    leafRule(setting.name) === undefined
      ? changed.ofVariables(ownVariables(planning))
      : changed.of(leafProperties(setting.name))
  if (causes.length > 0) return causes
  if (over !== undefined) return [`${over}: ${line}`]
  if (change.putBack) return [`put back: ${line}`]
  if (setting.source !== undefined) return [`${setting.source}: ${line}`]
  return [withProperties(setting.causes, line, hostState)]
}

/** Why a text changes: the properties that it is rendered from, else `what` says what becomes of it. */
export function textCauses(
  { output, variables }: Source,
  { what, restored }: { what: string; restored: boolean },
  { changed, options }: Planning,
): string[] {
  const { generation, over } = options.restore
  if (restored) return [`rollback to generation ${generation?.number}: ${what}`]
  const causes = changed.ofVariables(usedVariables(output, variables))
  if (causes.length > 0) return causes
  return [over === undefined ? what : `${over}: ${what}`]
}

/** The variables that the site's own fragments of config.json name. */
function ownVariables(planning: Planning): Set<string> {
  const { options } = planning
  const output = outputOf(options, CONFIG_OUTPUT)
  const own = output.fragments.filter(({ path }) => path.startsWith(options.paths.siteTemplatesFolder))
  return usedVariables({ ...output, fragments: own }, variablesOf(planning))
}

/** Where it was never recorded what properties said, the explicit ones are named. */
function withProperties(properties: readonly string[], line: string, { settings, state }: Recorded): string {
  const named = state.properties === undefined ? properties.filter(name => settings.explicit.has(name)) : []
  return named.length === 0 ? line : `${named.join(', ')}: ${line}`
}
