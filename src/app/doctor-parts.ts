import type { DoctorParts } from '../doctor/view.js'
import type { Paths } from '../paths.js'
import { PeopleStateStore } from '../people/state.js'
import { lookUpName, ownAddresses } from '../services/name-lookup.js'
import { SettingsService } from '../settings/service.js'
import { type Exec, exec } from '../system/exec.js'
import { versionOf } from '../system/files/line-file.js'
import { machineId } from '../system/machine-id.js'
import { configApi, createConnections } from './connections.js'
import { SettingsSource } from './settings-source.js'

/** Less than the doctor's limit of a check: a child that hangs must not keep the command alive. */
const CHILD_LIMIT_MS = 8_000
const DIRECTORY_LIMIT_MS = 6_000

const quickExec: Exec = (command, args, options = {}) =>
  exec(command, args, {
    ...options,
    timeoutMs: Math.min(options.timeoutMs ?? CHILD_LIMIT_MS, CHILD_LIMIT_MS),
  })

/** The doctor's means of looking: parts of its own, that only read, and whose every wait is short. */
export function doctorParts({ paths, env }: { paths: Paths; env: NodeJS.ProcessEnv }): DoctorParts {
  const source = new SettingsSource(paths)
  const { mattermost, provider } = createConnections({
    paths,
    env,
    exec: quickExec,
    mattermostMs: CHILD_LIMIT_MS,
    directoryMs: DIRECTORY_LIMIT_MS,
  })
  const settings = new SettingsService({
    paths,
    env,
    exec: quickExec,
    readSettings: () => source.read(),
    writeDb: () => Promise.reject(new Error('the doctor writes nothing')),
    mattermost: current => ({
      ...configApi(mattermost(current)),
      reloadConfig: () => Promise.reject(new Error('the doctor changes nothing')),
    }),
  })
  return {
    paths,
    env,
    exec: quickExec,
    now: () => new Date(),
    readSettings: () => source.read(),
    people: {
      machine: () => machineId(paths.machineId),
      host: async () => (await new PeopleStateStore(paths).read()).host,
      areLinksThere: () => versionOf(paths.linksFile) !== undefined,
      confirmed: async () => (await new PeopleStateStore(paths).read()).confirmed,
    },
    management: () => settings.management(),
    progress: () => settings.status(),
    mattermost,
    provider,
    lookUpName,
    ownAddresses,
  }
}
