import { decideManagement, retired, unmanaged } from '../config/management.js'
import { type Output, readOutputs, readPackageOutputs } from '../config/outputs/outputs.js'
import type { Settings } from '../configdb/settings.js'
import { asTeamchatError, TeamchatError } from '../errors.js'
import type { Paths } from '../paths.js'
import { hasMark, readVhostFiles } from '../services/apache/vhosts.js'
import type { Management } from '../stories/operations.js'
import { allSettledOrThrow } from '../system/concurrency/all-settled-or-throw.js'
import { readFileIfPresent } from '../system/files/files.js'
import { readLiveConfig } from '../transaction/files.js'
import type { StateFile } from '../transaction/state.js'
import { liveActions } from './adopt/old-module.js'
import { configFileOf } from './host/host-state.js'
import { type ComparedHost, checkNotLost, differencesOf, isAboutStatus, liveOldModule } from './management.js'
import type { SettingsParts } from './parts.js'
import { DATA_SOURCE_FILE, PASSWORD_FILE, readSecret } from './secrets.js'

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
    const { status } = settings.mattermost
    if (state.retiredAt !== undefined) return retired(state.retiredAt)
    if (status === undefined) {
      const wrong = problems.find(isAboutStatus)
      return wrong === undefined
        ? unmanaged(mattermostRecord)
        : { state: 'refused', reason: wrong.message, hint: wrong.hint }
    }
    const known = state.managedSince !== undefined || state.adoptedAt !== undefined
    const before = known ? undefined : await readBefore(settings, parts)
    return decideManagement({
      status,
      mattermostRecord,
      known,
      adopting: state.adopting === true,
      held: state.held,
      retiredAt: undefined,
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
    vhost: readFileIfPresent(apache.vhostFile).then(bytes =>
      bytes === undefined
        ? undefined
        : { text: bytes.toString('utf8'), ours: hasMark(bytes.toString('utf8')) },
    ),
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
