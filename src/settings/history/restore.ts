import { listenAddressOf, siteUrlOf, urlOf } from '../../config/addresses.js'
import { changedProperties, concerningProperties } from '../../config/causes.js'
import { baseOf, type DesiredSetting, sameValue } from '../../config/merge.js'
import { VHOST_OUTPUT } from '../../config/outputs/definition.js'
import type { Settings } from '../../configdb/settings.js'
import { reasonOf, TeamchatError } from '../../errors.js'
import type { SettingsState } from '../../transaction/state.js'
import type { HostState } from '../host/host-state.js'
import { type Generation, type GenerationStore, isSitesOwn, storedValue } from './generation-store.js'

/** A rollback that is in force or asked for; without `pin` the DB counts. */
export interface Restore {
  pin: SettingsState['pin']
  /** What it puts back; undefined where the DB counts. */
  generation: Generation | undefined
  /** What is worth knowing about it, a line each. */
  notes: string[]
  /** One that was in force has just come to its end: in words. */
  over?: string
  /** What it puts back cannot be read any more. */
  trouble?: TeamchatError
}

/**
 * How teamchatd itself reaches Mattermost, and where Mattermost finds its database, follow the DB and the secret files
 * alone: a rollback must cut off neither.
 */
const NEVER_RESTORED = new Set([
  'SqlSettings.DriverName',
  'SqlSettings.DataSource',
  'ServiceSettings.EnableLocalMode',
  'ServiceSettings.LocalModeSocketLocation',
])

/** Whether the rollback in the state still counts: until a property that concerns the outputs changes. */
export async function readRestore(
  state: SettingsState,
  settings: Settings,
  store: GenerationStore,
): Promise<Restore> {
  const { pin } = state
  if (pin === undefined) return { pin: undefined, generation: undefined, notes: [] }
  const changed = changedProperties(pin.properties, concerningProperties(settings))
  if (changed.length > 0) {
    const over = overText(pin)
    const note = `${over}, since ${changed.join(', ')}: the DB counts again`
    return { pin: undefined, generation: undefined, notes: [note], over }
  }
  try {
    const generation = await store.read(pin.generation)
    const inForce = `the rollback to generation ${pin.generation} is in force since ${pin.since}, until a property that concerns it changes; teamchat rollback --release ends it`
    return { pin, generation, notes: [inForce] }
  } catch (cause) {
    const trouble = new TeamchatError(
      'state.unreadable',
      `cannot keep the rollback to generation ${pin.generation}: ${reasonOf(cause)}`,
      {
        hint: 'nothing is done meanwhile; restore the file from a backup, or let the DB count: teamchat rollback --release',
        cause,
      },
    )
    return { pin, generation: undefined, notes: [], trouble }
  }
}

function overText({ generation }: NonNullable<SettingsState['pin']>): string {
  return `the rollback to generation ${generation} is over`
}

/** Throws `state.unreadable` where what the rollback puts back cannot be read any more. */
export function usable(restore: Restore): Restore {
  if (restore.trouble !== undefined) throw restore.trouble
  return restore
}

/** The end of a rollback by the operator. Throws `usage` where there is none. */
export function releasedRestore(state: SettingsState): Restore {
  if (state.pin !== undefined) {
    const over = overText(state.pin)
    return { pin: undefined, generation: undefined, notes: [`${over}: the DB counts again`], over }
  }
  throw new TeamchatError('usage', 'cannot release: no rollback is in force', { hint: 'see teamchat status' })
}

/** A rollback that is asked for. Throws `usage` for one that is none, `generation.unknown`, `state.unreadable`. */
export async function newRestore(
  to: number,
  settings: Settings,
  store: GenerationStore,
  now: Date,
): Promise<Restore> {
  if (to === 0) {
    throw new TeamchatError('usage', "cannot roll back to generation 0: it is the site's own", {
      hint: 'it is from before teamchatd; teamchat diff 0 shows it, teamchat retire gives it back',
    })
  }
  const generation = await store.read(to)
  if (settings.mattermost.status !== 'enabled' || generation.configFile === null) {
    const which = generation.configFile === null ? `it was disabled in generation ${to}` : 'it is disabled'
    throw new TeamchatError('settings.invalid', `cannot roll back Mattermost: ${which}`, {
      hint: 'enable or disable it: teamchat config setprop mattermost status enabled',
    })
  }
  const pin = { generation: to, since: now.toISOString(), properties: concerningProperties(settings) }
  return { pin, generation, notes: [] }
}

/** The settings with the values of the generation in place of the DB's; `notes` tell what stays as the DB says. */
export function restoredSettings(
  wanted: DesiredSetting[],
  generation: Generation | undefined,
  { leaves: bases }: Pick<SettingsState, 'leaves'>,
): { settings: DesiredSetting[]; notes: string[] } {
  if (generation === undefined) return { settings: wanted, notes: [] }
  const stored = new Map(generation.leaves.map(leaf => [leaf.name, leaf]))
  const notes: string[] = []
  const settings = wanted.map(setting => {
    const leaf = stored.get(setting.name)
    const value = leaf === undefined ? undefined : storedValue(leaf)
    if (leaf === undefined || value === undefined || setting.secret) return setting
    if (isSitesOwn(leaf) && baseOf(bases, setting.name)?.value === undefined) return setting
    if (!NEVER_RESTORED.has(setting.name)) return { ...setting, value, restored: true }
    if (!sameValue(setting.compare, setting.value, value)) {
      notes.push(`${setting.name} is not rolled back: it stays as the DB says`)
    }
    return setting
  })
  return { settings, notes }
}

/** The host with the addresses of the generation in place of the DB's: what is checked and asked must be what will be. */
export function restoredHostState(hostState: HostState, { generation }: Restore): HostState {
  if (generation === undefined) return hostState
  const { settings } = hostState
  const text = (name: string) => {
    const leaf = generation.leaves.find(one => one.name === name)
    const value = leaf === undefined ? undefined : storedValue(leaf)
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const listenAddress = text('ServiceSettings.ListenAddress') ?? listenAddressOf(settings)
  const siteUrl = text('ServiceSettings.SiteURL') ?? siteUrlOf(settings) ?? ''
  // Where the address of the site is another one, so is its name.
  const isSame = siteUrl === siteUrlOf(settings)
  const virtualHost = (isSame ? undefined : urlOf(siteUrl)?.hostname) ?? settings.mattermost.virtualHost
  const mattermost = { ...settings.mattermost, listenAddress, siteUrl, virtualHost }
  return { ...hostState, settings: { ...settings, mattermost } }
}

/** The text of an output as the generation has it; undefined where the generation has none at this place. */
export function restoredText(
  generation: Generation | undefined,
  output: string,
  path: string,
): string | undefined {
  return generation?.files.find(file => file.output === output && file.path === path)?.text
}

/** True where the generation is of a site without our virtual host. */
export function hadNoVhost(generation: Generation | undefined): boolean {
  return generation !== undefined && !generation.files.some(file => file.output === VHOST_OUTPUT)
}
