import { leafRules, leafVariable } from '../config/leaves.js'
import { unitEnvironment } from '../services/mattermost-unit.js'
import { type Check, notWanted } from './check.js'
import { fail, pass, type Said, warn } from './finding.js'

/** No MM_* variable of Mattermost's unit wins over a leaf that teamchatd sets. */
export const environmentCheck: Check = {
  name: 'environment',
  unless: view => notWanted(view) ?? (view.unit === undefined ? '--root: no unit is looked at' : undefined),
  look: async ({ unit, settings, paths }) => {
    const facts = await unit?.(settings.mattermost.unit)
    if (facts === undefined) return []
    return judgeVariables([...(await unitEnvironment(facts, paths.below)).keys()], facts.unit)
  },
}

/** Names alone: values may be secret. */
export function judgeVariables(names: string[], unit: string): Said[] {
  const found = leafRules.flatMap(rule => {
    const name = leafVariable(rule.name)
    if (!names.includes(name)) return []
    const say = rule.class === 'enforced' ? fail : warn
    return [
      say(
        unit,
        `it sets ${name}, which wins over ${rule.name} of config.json`,
        `systemctl edit --full ${unit} && systemctl restart ${unit}  # take ${name} out, also of its EnvironmentFile`,
      ),
    ]
  })
  return found.length > 0 ? found : [pass(unit, 'no variable wins over what teamchatd sets in config.json')]
}
