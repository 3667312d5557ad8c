import type { Management } from '../api/contract/settings.js'
import { virtualHostOf } from '../config/addresses.js'
import type { Settings } from '../configdb/settings.js'
import type { AccountProvider } from '../directory/account-provider.js'
import { asTeamchatError, type TeamchatError } from '../errors.js'
import type { MattermostClient } from '../mattermost/client.js'
import type { ApachePaths, Paths } from '../paths.js'
import type { PeopleState } from '../people/state.js'
import type { NameAnswer } from '../services/name-lookup.js'
import { createSystemctl, systemctlProgram, type UnitFacts } from '../services/systemd.js'
import type { SettingsReading } from '../settings/parts.js'
import type { SettingsStatus } from '../settings/status.js'
import type { Exec } from '../system/exec.js'

/** What is kept of people, as far as the doctor looks at it. */
export interface PeopleRecords {
  machine: () => Promise<string | undefined>
  host: () => Promise<PeopleState['host']>
  /** Whether there is a links.json. */
  areLinksThere: () => boolean
  confirmed: () => Promise<PeopleState['confirmed']>
}

/** What stands in the way of applying the settings, and what is left to do of those that were. */
export type Progress = Pick<SettingsStatus, 'lastError' | 'owed'>

/** The effects that the doctor works with; the composition root puts it together. Every effect is bounded in time. */
export interface DoctorParts {
  paths: Paths
  env: NodeJS.ProcessEnv
  exec: Exec
  now: () => Date
  readSettings: () => Promise<SettingsReading>
  /** Links, and whose they are. */
  people: PeopleRecords
  /** Never throws. */
  management: () => Promise<Management>
  /** Never throws. */
  progress: () => Promise<Progress>
  mattermost: (settings: Settings) => MattermostClient
  provider: (settings: Settings) => AccountProvider
  lookUpName: (name: string) => Promise<NameAnswer>
  ownAddresses: () => string[]
}

/** The view of one check; a question of several checks is asked once. */
export interface View extends DoctorParts {
  settings: Settings
  reading: SettingsReading
  managed: Management
  /** The name of the site; undefined where nothing says one. */
  host: string | undefined
  apache: ApachePaths
  client: MattermostClient
  /** undefined where no service manager may be asked (--root without TEAMCHAT_SYSTEMCTL). */
  unit: ((name: string) => Promise<UnitFacts>) | undefined
  /** Why Mattermost does not answer through its socket; undefined where it does. Never throws. */
  silence: () => Promise<TeamchatError | undefined>
}

/** Beyond this Mattermost is as good as down for people. */
const PING_MS = 5_000

/** Puts together what the checks see; only settings and management are read here. Throws `db.unreadable`. */
export async function openView(parts: DoctorParts): Promise<View> {
  const reading = await parts.readSettings()
  const { settings } = reading
  const { paths, env, exec } = parts
  const client = parts.mattermost(settings)
  const program = systemctlProgram(paths.root, env)
  const systemctl = program === undefined ? undefined : createSystemctl(program, { exec, env })
  return {
    ...parts,
    settings,
    reading,
    managed: await parts.management(),
    host: virtualHostOf(settings),
    apache: paths.apache(settings.httpd.platform ?? paths.hostPlatform),
    client,
    unit: systemctl === undefined ? undefined : onceEach(name => systemctl.show(name)),
    silence: once(() =>
      client
        .until(AbortSignal.timeout(PING_MS))
        .ping()
        .then(
          () => undefined,
          error => asTeamchatError(error, 'mattermost.unreachable', 'reach Mattermost'),
        ),
    ),
  }
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  return () => {
    answer ??= ask()
    return answer
  }
}

function onceEach<T>(ask: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>()
  return name => {
    const answer = answers.get(name) ?? ask(name)
    answers.set(name, answer)
    return answer
  }
}
