import { existsSync } from 'node:fs'
import { configAccessTrouble } from '../settings/checks/access.js'
import { configFileOf } from '../settings/host/host-state.js'
import { belowRoot, type Check, notWanted } from './check.js'
import { fail, pass, warn } from './finding.js'

/** Mattermost's user can read config.json: one that root has made or copied stops it at its next start. */
export const configFileCheck: Check = {
  name: 'config.json',
  unless: view => notWanted(view) ?? belowRoot(view),
  look: async ({ unit, settings, paths, exec }) => {
    const facts = await unit?.(settings.mattermost.unit)
    if (facts === undefined) return []
    const path = configFileOf(settings, paths)
    const trouble = await configAccessTrouble(path, facts, exec)
    if (trouble !== undefined) return [fail(path, trouble.reason, trouble.remedy)]
    if (!existsSync(path)) return [warn(path, 'there is none', 'teamchat plan')]
    return [pass(path, `${facts.unit} can read it`)]
  },
}
