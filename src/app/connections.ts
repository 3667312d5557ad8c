import type { Settings } from '../configdb/settings.js'
import type { AccountProvider } from '../directory/account-provider.js'

import { createProvider } from '../directory/provider.js'
import { MattermostClient } from '../mattermost/client.js'
import type { TransportOptions } from '../mattermost/transport.js'
import type { Paths } from '../paths.js'
import { readSecret } from '../settings/secrets.js'
import { type Exec, exec } from '../system/exec.js'
import type { MattermostConfigApi } from '../transaction/actions.js'
import { uidsOfUnit } from './unit-user.js'

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

/** The part of the client that the settings story calls. */
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
