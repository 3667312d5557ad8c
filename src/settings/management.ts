import type { Management } from '../api/contract/settings.js'
import { virtualHostOf } from '../config/addresses.js'
import { valueAt } from '../config/json/json.js'
import {
  configurationElsewhere,
  decideManagement,
  type Obstacle,
  retired,
  unmanaged,
} from '../config/management.js'
import { type Output, readOutputs, readPackageOutputs } from '../config/outputs/outputs.js'
import type { Settings } from '../configdb/settings.js'
import { asTeamchatError, TeamchatError } from '../errors.js'
import type { Paths } from '../paths.js'
import { readVhostFiles, serves } from '../services/apache/vhosts.js'
import { allSettledOrThrow } from '../system/concurrency/all-settled-or-throw.js'
import { readFileIfPresent } from '../system/files/files.js'
import { readLiveConfig } from '../transaction/files.js'
import { isKnownHost, type SettingsState, type StateFile } from '../transaction/state.js'
import { liveActions } from './adopt/old-module.js'
import { configFileOf, type HostState, vhostOf } from './host/host-state.js'
import type { SettingsParts, SettingsReading } from './parts.js'
import { comparableSettings, shownValue, siteValues } from './plan/leaves.js'
import { DATA_SOURCE_FILE, PASSWORD_FILE, readSecret } from './secrets.js'

/**
 * Throws `settings.invalid` for values that cannot be used, and `db.lost` as `checkNotLost` does. Either way nothing is
 * done and the last good state stays.
 */
export function checkReading(reading: SettingsReading, state: SettingsState, path: string): void {
  checkNotLost(reading, state, path)
  const { settings, problems } = reading
  const [first, ...others] = problems
  if (first === undefined || (settings.mattermost.status === undefined && !problems.some(isAboutStatus)))
    return
  const also = others.length === 0 ? '' : `; also: ${others.map(problem => problem.message).join('; ')}`
  throw new TeamchatError('settings.invalid', `${first.message}${also}`, { hint: first.hint })
}

/** Throws `db.lost` where a DB that was good once has no explicit status any more. */
function checkNotLost(reading: SettingsReading, state: SettingsState, path: string): void {
  const { settings, problems } = reading
  if (
    state.lastGood === undefined ||
    state.retiredAt !== undefined ||
    settings.mattermost.status !== undefined ||
    problems.some(isAboutStatus)
  ) {
    return
  }
  const lost = !reading.exists
    ? 'the file is gone'
    : reading.mattermostRecord
      ? 'its record mattermost has lost the property status'
      : 'its record mattermost is gone'
  throw new TeamchatError('db.lost', `cannot use ${path}: ${lost}`, {
    // A record made anew would have none of the site's other properties.
    hint: reading.mattermostRecord
      ? 'nothing is done and the last good state stays; type: teamchat config setprop mattermost status enabled'
      : `nothing is done and the last good state stays; put ${path} back from a backup`,
  })
}

/** True for a problem with the status itself; a broken line may well be the one that held it. */
function isAboutStatus({ property }: { property: string }): boolean {
  return property === 'mattermost.status' || property.startsWith('line ')
}

/** Whether this Mattermost is ours to touch, by what was read. */
export function managementOf(
  hostState: HostState,
  paths: Paths,
  outputs: ReadonlyMap<string, Output>,
): Management {
  const { settings, state } = hostState
  return decided(state, settings, {
    obstacle: obstacleOf(hostState),
    differences: isKnownHost(state) ? [] : differencesOf(hostState, paths, outputs),
  })
}

function decided(
  state: SettingsState,
  { mattermost: { status } }: Settings,
  site: { obstacle: Obstacle | undefined; differences: string[] },
): Management {
  return decideManagement({
    status,
    mattermostRecord: status !== undefined,
    known: isKnownHost(state),
    adopting: state.adopting === true,
    held: state.held,
    retiredAt: state.retiredAt,
    ...site,
  })
}

/** The obstacle to managing: the old module's live actions, which an adoption masks, or what forbids that as well. */
function obstacleOf(hostState: HostState): Obstacle | undefined {
  return hostState.oldModule.length === 0 ? unsupported(hostState) : liveOldModule(hostState.oldModule)
}

/** `actions`: the old module's, by their paths. */
function liveOldModule(actions: readonly string[]): Obstacle {
  return {
    reason: `the actions of nethserver-mattermost are live (${actions.join(', ')}), and two writers would fight`,
    hint: 'look at teamchat adopt --dry-run, then run teamchat adopt, which masks them (teamchat retire puts them back)',
  }
}

/** The obstacle to managing and adopting alike; undefined where nothing does. */
export function unsupported(hostState: HostState): Obstacle | undefined {
  const driver = valueAt(hostState.live?.value, ['SqlSettings', 'DriverName'])
  const source = String(valueAt(hostState.live?.value, ['SqlSettings', 'DataSource']) ?? '')
  if (driver === 'mysql' && !source.startsWith('mmuser:mostest@')) {
    return {
      reason: 'this Mattermost keeps its data in MySQL, which is not supported',
      hint: 'migrate it to PostgreSQL first (Mattermost has a guide for it), then run teamchat plan',
    }
  }
  return configurationElsewhere({
    variables: hostState.variables,
    command: hostState.unit?.command ?? [],
    configFile: hostState.configFile,
    workingDirectory: hostState.unit?.workingDirectory ?? '',
  })
}

/** The part of the host that tells whether a site has settings or a virtual host of its own. */
export type ComparedHost = Pick<
  HostState,
  'settings' | 'dataSource' | 'password' | 'configFile' | 'live' | 'apache' | 'vhost' | 'vhostFiles'
>

/** Lists the settings and virtual hosts that are the site's own, a line each; secrets masked. */
function differencesOf(
  hostState: ComparedHost,
  paths: Paths,
  outputs: ReadonlyMap<string, Output>,
): string[] {
  const { settings, live, apache, vhost } = hostState
  const leaves = siteValues(comparableSettings(hostState, outputs, paths), live?.value).map(
    setting =>
      `${hostState.configFile}: ${setting.name} is ${shownValue(setting, valueAt(live?.value, setting.path))}, and would become ${shownValue(setting, setting.value)}`,
  )
  if (settings.mattermost.webServer === 'none') return leaves
  const host = virtualHostOf(settings)
  const others = hostState.vhostFiles.filter(
    file =>
      !file.ours &&
      file.realPath !== apache.vhostFile &&
      file.vhosts.some(one => host !== undefined && serves(one, host)),
  )
  return [
    ...leaves,
    ...(vhost !== undefined && !vhost.ours ? [`${apache.vhostFile} is a vhost of the site's own`] : []),
    ...others.map(file => `${file.path} serves ${host} already`),
  ]
}

/**
 * Tells whether this Mattermost is ours, which is all that people depend on. Our own record and the DB's `status` decide;
 * before anything was written or adopted here, the site's own settings, virtual hosts and old module decide as well.
 * Templates, certificates, units and other values of the DB play no part: a broken one stops the settings service alone.
 * Never throws: a record or DB that cannot be read counts as refused.
 */
export async function readOwnership(
  parts: Pick<SettingsParts, 'paths' | 'readSettings' | 'sleep'>,
  stateFile: Pick<StateFile, 'read'>,
): Promise<Management> {
  try {
    const state = await stateFile.read()
    const reading = await parts.readSettings()
    checkNotLost(reading, state, parts.paths.configurationDb)
    const { settings, mattermostRecord, problems } = reading
    if (state.retiredAt !== undefined) return retired(state.retiredAt)
    if (settings.mattermost.status === undefined) {
      const wrong = problems.find(isAboutStatus)
      return wrong === undefined
        ? unmanaged(mattermostRecord)
        : { state: 'refused', reason: wrong.message, hint: wrong.hint }
    }
    const before = isKnownHost(state) ? undefined : await readBefore(settings, parts)
    return decided(state, settings, {
      obstacle: before?.oldModule.length ? liveOldModule(before.oldModule) : undefined,
      differences: before?.differences ?? [],
    })
  } catch (error) {
    const { message, hint } = asTeamchatError(error, 'failed', 'tell whether this Mattermost is managed')
    return { state: 'refused', reason: message, hint }
  }
}

/** The site as it is before anything of ours was written there. */
async function readBefore(
  settings: Settings,
  { paths, sleep }: Pick<SettingsParts, 'paths' | 'sleep'>,
): Promise<{ differences: string[]; oldModule: string[] }> {
  const apache = paths.apache(settings.httpd.platform ?? paths.hostPlatform)
  const configFile = configFileOf(settings, paths)
  const { oldModule, ...read } = await allSettledOrThrow({
    live: readLiveConfig(configFile, paths.root, sleep),
    vhost: readFileIfPresent(apache.vhostFile).then(bytes => vhostOf(bytes?.toString('utf8'))),
    vhostFiles: readVhostFiles(apache.enabledFolders, [apache.mainFile]),
    dataSource: readSecret(paths, DATA_SOURCE_FILE),
    password: readSecret(paths, PASSWORD_FILE),
    oldModule: liveActions(paths.oldModuleEvents),
  })
  const host: ComparedHost = { settings, apache, configFile, ...read }
  return { oldModule, differences: await differences(host, paths) }
}

/** A site's own fragments count while they can be rendered; else the package's settings are compared. */
async function differences(host: ComparedHost, paths: Paths): Promise<string[]> {
  const compared = (outputs: ReadonlyMap<string, Output>) => differencesOf(host, paths, outputs)
  try {
    return compared((await readOutputs(paths)).outputs)
  } catch (error) {
    if (
      error instanceof TeamchatError &&
      (error.code === 'template.invalid' || error.code === 'files.unsafe')
    ) {
      return compared(readPackageOutputs(paths.templatesFolder))
    }
    throw error
  }
}
