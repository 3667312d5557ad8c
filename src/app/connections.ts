import type { Settings } from '../configdb/settings.js'
import type { AccountProvider } from '../directory/account-provider.js'
import { createProvider } from '../directory/provider.js'
import type { TransportOptions } from '../mattermost/call.js'
import { MattermostClient } from '../mattermost/client.js'
import type { Paths } from '../paths.js'
import { createSystemctl, systemctlProgram } from '../services/systemd.js'
import { readSecret } from '../settings/secrets.js'
import { type Exec, exec } from '../system/exec.js'
import type { MattermostConfigApi } from '../transaction/actions.js'

/** What may differ between the daemon, which is patient, and the doctor, which is not. */
export interface ConnectionOptions {
  paths: Paths
  env: NodeJS.ProcessEnv
  exec?: Exec
  /** Milliseconds for a request to Mattermost, and for a step with the directory; without them their own defaults. */
  mattermostMs?: number
  directoryMs?: number
  /** See TransportOptions. */
  turn?: TransportOptions['turn']
}

/** How Mattermost and the directory are reached, by the settings that are given at each call. */
export interface Connections {
  mattermost: (settings: Settings) => MattermostClient
  provider: (settings: Settings) => AccountProvider
}

/** Nothing is connected yet. */
export function createConnections(options: ConnectionOptions): Connections {
  const { paths, env, mattermostMs, directoryMs, turn } = options
  return {
    mattermost: settings =>
      new MattermostClient({
        socket: paths.below(settings.mattermost.localSocket),
        root: paths.root,
        allowedUids: () => uidsOfUnit(settings.mattermost.unit, paths.root, env, options.exec ?? exec),
        ...(mattermostMs === undefined ? {} : { timeoutMs: mattermostMs }),
        ...(turn === undefined ? {} : { turn }),
      }),
    provider: settings =>
      createProvider(settings.provider, {
        below: paths.below,
        readSecret: name => readSecret(paths, name),
        secretFile: paths.secretFile,
        ...(directoryMs === undefined ? {} : { timeoutMs: directoryMs }),
      }),
  }
}

/** The part of the client that the settings service calls. */
export function configApi(client: MattermostClient): MattermostConfigApi {
  return {
    reachable: signal =>
      (signal === undefined ? client : client.until(signal)).ping().then(
        () => true,
        () => false,
      ),
    reloadConfig: () => client.reloadConfig(),
    config: () => client.config(),
  }
}

/**
 * The uid that Mattermost's unit runs as, beside which only root may own the local-mode socket. Empty where no service
 * manager may be asked (--root without TEAMCHAT_SYSTEMCTL), where the unit runs as root, or where its user is unknown.
 */
async function uidsOfUnit(
  unit: string,
  root: string,
  env: NodeJS.ProcessEnv,
  run: Exec = exec,
): Promise<number[]> {
  const program = systemctlProgram(root, env)
  if (program === undefined) return []
  const { user } = await createSystemctl(program, { exec: run, env }).show(unit)
  if (user === '') return []
  if (/^\d+$/.test(user)) return [Number(user)]
  const answer = await run('id', ['-u', '--', user])
  return answer.status === 0 ? [Number(answer.stdout.trim())] : []
}
