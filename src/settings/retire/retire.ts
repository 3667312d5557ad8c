import { readOutputs } from '../../config/outputs/outputs.js'
import { emptyState, isKnownHost, type SettingsState } from '../../transaction/state.js'
import { unmask } from '../adopt/old-module.js'
import type { AdoptParts } from '../adopt/site.js'
import { type HostState, readHostState } from '../host/host-state.js'
import { checkReading } from '../management.js'
import { comparableSettings } from '../plan/leaves.js'
import { DATA_SOURCE_FILE, PASSWORD_FILE } from '../secrets.js'
import { planRestoringOriginals, type RestoredOriginals } from './restore-originals.js'

/** A retirement that is thought out and not yet done. */
export interface Retirement {
  hostState: HostState
  /** undefined: files and services stay as they are. */
  back: RestoredOriginals | undefined
  /** Things that stay, a line each. */
  stays: string[]
}

/**
 * Thinks a retirement out; undefined where this host is not ours to give back. Throws `settings.invalid` and `db.lost`
 * where originals are asked for and the DB does not say where they belong. Nothing at all is written.
 */
export async function planRetirement(
  options: AdoptParts,
  wanted: { giveBack: boolean },
): Promise<Retirement | undefined> {
  const { parts, stateFile, systemctl } = options
  const state = await stateFile.read()
  const isKnown = isKnownHost(state) || state.adopting === true
  const isHalf = state.retiring === true || (state.masked ?? []).length > 0
  if (!isKnown && !isHalf) return undefined
  if (state.retiredAt !== undefined && !isHalf && !wanted.giveBack) return undefined
  const reading = await parts.readSettings()
  if (wanted.giveBack) checkReading(reading, state, parts.paths.configurationDb)
  const by = { ...options, paths: parts.paths, systemctl, sleep: parts.sleep }
  const hostState = await readHostState(reading.settings, state, by)
  const back = wanted.giveBack
    ? await planRestoringOriginals(
        hostState,
        comparableSettings(hostState, (await readOutputs(parts.paths)).outputs, parts.paths),
        parts.paths,
      )
    : undefined
  return { hostState, back, stays: [...(back?.stays ?? []), ...whatStays(hostState, back, options)] }
}

/**
 * Ends it, once the files of a give-back are in place: unmanaged first, then the old module's actions, then the DB.
 * Interrupted, it is finished by being said again. A line for each thing done.
 */
export async function runRetirement(
  { back }: Retirement,
  { parts, stateFile, now }: AdoptParts,
): Promise<string[]> {
  const state = await stateFile.read()
  const { lastGood: _good, adopting: _half, retiring: _step, masked = [], ...rest } = state
  // The old module reads the DB once it is live again.
  const endsStatus =
    masked.length === 0 && (await parts.readSettings()).settings.explicit.has('mattermost.status')
  const given: SettingsState = {
    ...(back === undefined ? rest : emptyState()),
    held: false,
    owed: [],
    retiredAt: now.toISOString(),
  }
  const left = { ...(masked.length > 0 ? { masked } : {}), ...(endsStatus ? { retiring: true } : {}) }
  await stateFile.write({ ...given, ...left })
  const done = await unmask(masked, parts.paths)
  if (endsStatus) {
    await parts.writeDb([{ key: 'mattermost', props: { status: undefined } }])
    done.push('the DB: mattermost status is gone, so nothing is managed')
  }
  if (Object.keys(left).length > 0) await stateFile.write(given)
  return done
}

function whatStays(
  hostState: HostState,
  back: RestoredOriginals | undefined,
  { parts }: AdoptParts,
): string[] {
  const { apache, configFile, state, vhost } = hostState
  const { paths } = parts
  const aside = (state.takenVhosts ?? []).filter(one => one.disabled).map(one => one.path)
  const left = 'and it is no longer rendered'
  return [
    ...(back === undefined ? [`${configFile} stays as it is, ${left}`] : []),
    ...(back === undefined && vhost?.ours === true
      ? [`${apache.vhostFile} stays as it is and serves the site, ${left}`]
      : []),
    ...(back === undefined && aside.length > 0
      ? [`${aside.join(', ')} stays disabled (teamchat retire --give-back puts it back)`]
      : []),
    ...((state.modules ?? []).length === 0
      ? []
      : [
          `modules of Apache stay enabled, since others may use them by now: ${state.modules?.join(', ')} (a2dismod)`,
        ]),
    ...Object.values(state.siteOutputs ?? {}).map(({ path }) => `${path} stays as it is, ${left}`),
    ...state.owed.map(action => `still owed, and yours to do: ${action.verb} ${action.unit}`),
    `${hostState.unit?.unit ?? 'Mattermost'} and its database stay as they are`,
    `the secret files ${paths.secretFile(PASSWORD_FILE)} and ${paths.secretFile(DATA_SOURCE_FILE)} stay, where they are there`,
    ...(state.adoptedAt === undefined ? [] : [`the originals stay in ${paths.generationsFolder}/0`]),
    (state.masked ?? []).length > 0
      ? 'the DB stays as it is: the old module reads it'
      : 'the DB keeps every property of mattermost but status',
  ]
}
