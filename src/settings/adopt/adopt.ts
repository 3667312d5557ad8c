import { sha256 } from '../../config/hash.js'
import { leafRules } from '../../config/leaves.js'
import { VHOST_OUTPUT } from '../../config/outputs/definition.js'
import { readOutputs } from '../../config/outputs/outputs.js'
import { emptyState, type SettingsState } from '../../transaction/state.js'
import { keepOriginals } from '../history/keep.js'
import { type HostState, readHostState } from '../host/host-state.js'
import type { RecordChange } from '../parts.js'
import { comparableSettings } from '../plan/leaves.js'
import { DATA_SOURCE_FILE, writeSecret } from '../secrets.js'
import { mask, masksFor } from './old-module.js'
import { type AdoptParts, readSite, refuseWithoutUnit, type Site } from './site.js'
import { type TakenVhost, takeOverVhost } from './take-over-vhost.js'
import { keptAtAdoption } from './unchanged.js'
import { type Adopted, checkAdopted, emptyAdopted, takeLiveValues } from './values.js'
import { leaveVhost } from './vhost.js'

/** An adoption that is thought out and not yet done. */
export interface Adoption {
  site: Site
  taken: Adopted
  /** What is written into the DB. */
  changes: RecordChange[]
  before: SettingsState
  after: SettingsState
}

/** How the host reads once something has been done that is only thought of. */
export interface Preview {
  state: SettingsState
  changes: RecordChange[]
  dataSource: string | undefined
}

/**
 * Thinks an adoption out: what is taken over, what is masked, what the state remembers. undefined where there is nothing
 * to adopt. Throws whatever forbids it; nothing at all is written.
 */
export async function planAdoption(
  options: AdoptParts,
  wanted: { vhost: boolean },
): Promise<Adoption | undefined> {
  const { parts, stateFile, now } = options
  const before = await stateFile.read()
  const state = before.retiredAt === undefined ? before : afterRetirement(before)
  if (before.retiredAt === undefined && before.managedSince !== undefined) {
    return adoptMore(before, options, wanted)
  }
  const site = await readSite(state, options)
  const { hostState } = site
  refuseWithoutUnit(hostState)
  const into = emptyAdopted()
  takeLiveValues(hostState, site.stated, parts.paths, into)
  const takenVhosts = wanted.vhost ? await takeOverVhost(hostState, parts.paths, into) : []
  if (!wanted.vhost) leaveVhost(hostState, parts.paths, into)
  checkAdopted(into.taken)
  const { taken } = into
  const changes = changesOf(taken)
  const masked = masksFor(hostState.oldModule, state.masked)
  taken.lines.push(...maskLines(hostState))
  const { adopting: _half, takenVhosts: earlier, ...whole } = state
  const gone = (earlier ?? []).filter(one => one.disabled)
  const known: SettingsState = {
    ...whole,
    adoptedAt: state.adoptedAt ?? now.toISOString(),
    held: true,
    ...(masked.length === 0 ? {} : { masked }),
    ...(gone.length === 0 ? {} : { takenVhosts: gone }),
    ...(wanted.vhost ? vhostMemory(hostState, state, takenVhosts) : {}),
    ...(isUpOnlyNow(hostState) ? { notAtBoot: true } : {}),
    lastGood: { mattermostRecord: true, domainName: hostState.settings.domainName },
  }
  const dataSource = taken.dataSource ?? hostState.dataSource
  const inputs = await seenAfter({ state: known, changes, dataSource }, options)
  const after = { ...known, ...(await remembered(inputs, options)) }
  return { site, taken, changes, before, after }
}

/**
 * Does it: originals first, config.json and vhost keep every byte, everything is held until `teamchat apply`. Said twice,
 * it is done once. An adoption that is interrupted is marked as such on disk, so that nothing is applied on half of it.
 */
export async function runAdoption(adoption: Adoption, options: AdoptParts): Promise<void> {
  const { parts, stateFile, now } = options
  const { site, taken, changes, before, after } = adoption
  const state = before.retiredAt === undefined ? before : afterRetirement(before)
  // What is masked must be known before it moves; a managed host must be held before its DB says something else.
  const managed = state.managedSince !== undefined && after.adoptedAt === before.adoptedAt
  await stateFile.write({
    ...state,
    ...(managed ? { held: after.held } : { adopting: true }),
    ...(after.masked === undefined ? {} : { masked: after.masked }),
  })
  const vhosts = (after.takenVhosts ?? []).filter(one => !one.disabled).map(one => one.path)
  await keepOriginals(site.hostState, parts.paths, now, { whole: !managed, vhosts })
  if (taken.dataSource !== undefined && taken.dataSource !== site.hostState.dataSource) {
    await writeSecret(parts.paths, DATA_SOURCE_FILE, taken.dataSource)
  }
  await mask(after.masked ?? [], parts.paths)
  if (changes.length > 0) await parts.writeDb(changes)
  await stateFile.write(after)
}

/** A host that was given back begins anew; what of Apache's we have moved is known still. */
function afterRetirement({ takenVhosts, modules }: SettingsState): SettingsState {
  return {
    ...emptyState(),
    ...(takenVhosts === undefined ? {} : { takenVhosts }),
    ...(modules === undefined ? {} : { modules }),
  }
}

function changesOf(taken: Adopted): RecordChange[] {
  if (Object.keys(taken.props).length === 0) return []
  return [{ key: 'mattermost', type: 'service', props: taken.props }]
}

/** Reads the host as it will be, without a byte of it written. */
async function seenAfter(preview: Preview, options: AdoptParts): Promise<HostState> {
  const { parts, systemctl } = options
  const { settings } = await parts.readSettings(preview.changes)
  const by = { ...options, paths: parts.paths, systemctl, sleep: parts.sleep }
  return {
    ...(await readHostState(settings, preview.state, by)),
    dataSource: preview.dataSource,
    oldModule: [],
  }
}

/**
 * Every initial leaf counts as done; those that follow another record keep the site's value until that record changes.
 * Enforced ones that nobody has said a word about stay as they are.
 */
async function remembered(
  hostState: HostState,
  { parts }: AdoptParts,
): Promise<Pick<SettingsState, 'leaves' | 'kept'>> {
  const { outputs } = await readOutputs(parts.paths)
  const wanted = comparableSettings(hostState, outputs, parts.paths)
  const initial = leafRules.filter(rule => rule.class === 'initial')
  const leaves = Object.fromEntries(
    initial.map(({ name }) => {
      const setting = wanted.find(one => one.name === name)
      if (setting?.keepInitial === true) return [name, { value: setting.value, explicit: true, done: true }]
      return [name, { explicit: false, done: true }]
    }),
  )
  const kept = keptAtAdoption(wanted, hostState)
  return Object.keys(kept).length === 0 ? { leaves } : { leaves, kept }
}

/** It runs, and nobody has asked for it at boot: an adoption is no reason to. */
function isUpOnlyNow({ unit }: HostState): boolean {
  return unit !== undefined && unit.activeState === 'active' && unit.unitFileState === 'disabled'
}

/** What the state says of virtual hosts that were taken over, the one at our own path too. */
function vhostMemory(
  { vhost }: HostState,
  state: SettingsState,
  takenVhosts: TakenVhost[],
): Pick<SettingsState, 'takenVhosts' | 'outputs'> {
  const paths = new Set(takenVhosts.map(one => one.path))
  const gone = (state.takenVhosts ?? []).filter(one => one.disabled && !paths.has(one.path))
  const atOurs = vhost !== undefined && !vhost.ours
  return {
    takenVhosts: [...gone, ...takenVhosts],
    // It may be replaced once `apply` is said, as long as it is still this one.
    outputs: atOurs ? { ...state.outputs, [VHOST_OUTPUT]: sha256(vhost.text) } : state.outputs,
  }
}

/**
 * A host that is managed: its virtual host is taken over, which is held until `teamchat apply` as well, and what a package
 * has put back of the old module is masked. undefined where there is neither.
 */
async function adoptMore(
  state: SettingsState,
  options: AdoptParts,
  wanted: { vhost: boolean },
): Promise<Adoption | undefined> {
  const { parts } = options
  const site = await readSite(state, options)
  const { hostState } = site
  const into = emptyAdopted()
  const { taken } = into
  const takenVhosts = wanted.vhost ? await takeOverVhost(hostState, parts.paths, into) : []
  checkAdopted(taken)
  const isVhost =
    takenVhosts.length > 0 || Object.keys(taken.props).length > 0 || hostState.vhost?.ours === false
  taken.lines.push(...maskLines(hostState))
  if (taken.lines.length === 0) return undefined
  const after = {
    ...state,
    ...(wanted.vhost && isVhost ? { held: true, ...vhostMemory(hostState, state, takenVhosts) } : {}),
    ...(hostState.oldModule.length === 0 ? {} : { masked: masksFor(hostState.oldModule, state.masked) }),
  }
  return { site, taken, changes: changesOf(taken), before: state, after }
}

function maskLines({ oldModule }: HostState): string[] {
  return oldModule.map(path => `${path} is masked (teamchat retire puts it back)`)
}
