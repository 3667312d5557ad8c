import { asTeamchatError, TeamchatError } from '../errors.js'
import { runHookProgram } from '../events/hook-program.js'
import type { EventProcessorParts } from '../events/processor.js'
import type { Paths } from '../paths.js'
import { exec } from '../system/exec.js'
import type { Logger } from '../system/log.js'
import type { SettingsSource } from './settings-source.js'

/** Runs executable hooks by the settings of the moment. */
export function hookRunner(parts: {
  paths: Paths
  env: NodeJS.ProcessEnv
  source: SettingsSource
  log: Logger
  signal: AbortSignal
}): EventProcessorParts['runProgram'] {
  const { paths, env, source, log, signal } = parts
  return async (hook, event) => {
    const settings = await source
      .current()
      .catch((error: unknown) => asTeamchatError(error, 'failed', 'read the DB'))
    if (settings instanceof TeamchatError) {
      const { message: reason, hint } = settings
      return { state: 'waiting', message: `waits: ${reason}`, reason, hint }
    }
    const timeoutMs = settings.teamchatd.hookTimeout * 1000
    return runHookProgram(hook, event, { exec, env, root: paths.root, timeoutMs, signal, log })
  }
}
