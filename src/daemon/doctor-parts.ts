import type { Settings } from '../db/settings.js'
import { createProvider } from '../directory/provider.js'
import { MattermostClient } from '../mattermost/client.js'
import { lookUpName, ownAddresses } from '../services/name-lookup.js'
import type { DoctorParts } from '../stories/doctor/view.js'
import { SettingsStory } from '../stories/settings.js'
import { type Exec, exec } from '../system/exec.js'
import type { HouseOptions } from './house.js'
import { readSecret } from './secrets.js'
import { SettingsSource } from './settings-source.js'
import { uidsOfUnit } from './unit-user.js'

/** Less than the doctor's limit of a check: a child that hangs must not keep the command alive. */
const CHILD_LIMIT_MS = 8_000
const DIRECTORY_LIMIT_MS = 6_000

const quickExec: Exec = (command, args, options = {}) =>
  exec(command, args, {
    ...options,
    timeoutMs: Math.min(options.timeoutMs ?? CHILD_LIMIT_MS, CHILD_LIMIT_MS),
  })

/** What the doctor looks with: parts of its own, that only read, and whose every wait is short. */
export function doctorParts({ paths, env }: Pick<HouseOptions, 'paths' | 'env'>): DoctorParts {
  const source = new SettingsSource(paths)
  const mattermost = (settings: Settings) =>
    new MattermostClient({
      socket: paths.below(settings.mattermost.localSocket),
      root: paths.root,
      allowedUids: () => uidsOfUnit(settings.mattermost.unit, paths.root, env, quickExec),
      timeoutMs: CHILD_LIMIT_MS,
    })
  const settings = new SettingsStory({
    paths,
    env,
    exec: quickExec,
    readSettings: () => source.read(),
    writeDb: () => Promise.reject(new Error('the doctor writes nothing')),
    mattermost: current => {
      const client = mattermost(current)
      return {
        reachable: () =>
          client.ping().then(
            () => true,
            () => false,
          ),
        reloadConfig: () => Promise.reject(new Error('the doctor changes nothing')),
        config: () => client.config(),
      }
    },
  })
  return {
    paths,
    env,
    exec: quickExec,
    now: () => new Date(),
    readSettings: () => source.read(),
    management: () => settings.management(),
    mattermost,
    provider: current =>
      createProvider(current.provider, {
        below: paths.below,
        readSecret: name => readSecret(paths, name),
        secretFile: paths.secretFile,
        timeoutMs: DIRECTORY_LIMIT_MS,
      }),
    lookUpName,
    ownAddresses,
  }
}
