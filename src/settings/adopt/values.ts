import { isAbsolute, join } from 'node:path'
import { listenAddressOf, siteUrlOf, urlOf } from '../../config/addresses.js'
import { maskDataSource } from '../../config/data-source.js'
import { valueAt } from '../../config/json/json.js'
import { leafVariable } from '../../config/leaves.js'
import { dataDirectoryOf } from '../../config/template-variables.js'
import { checkProperty } from '../../configdb/schema/schema.js'
import { TeamchatError } from '../../errors.js'
import type { Paths } from '../../paths.js'
import type { HostState } from '../host/host-state.js'

/** The values that an adoption takes over. */
export interface Adopted {
  /** Properties of the record `mattermost`. */
  props: Record<string, string>
  /** The live DataSource, byte for byte. */
  dataSource: string | undefined
  /** A line for each, secrets masked. */
  lines: string[]
}

/** Notes one property; `from` says where its value was found. */
export type AdoptValue = (property: string, value: string, from: string) => void

/** What is in force, and where it was found: a variable of the unit wins over config.json. */
export interface LiveValue {
  value: string
  from: string
}

/** The value of a leaf of Mattermost's that is in force; '' where there is none. */
export function liveValue(
  hostState: Pick<HostState, 'live' | 'variables'>,
  section: string,
  key: string,
): LiveValue {
  const name = leafVariable(`${section}.${key}`)
  const source = hostState.variables.get(name)
  if (source !== undefined) return { value: source, from: `${name} in the unit` }
  const value = valueAt(hostState.live?.value, [section, key])
  return { value: typeof value === 'string' ? value : '', from: `${section}.${key}` }
}

/** Nothing yet, and how it is noted. */
export function emptyAdopted(): { taken: Adopted; take: AdoptValue } {
  const taken: Adopted = { props: {}, dataSource: undefined, lines: [] }
  return {
    taken,
    take: (property, value, from) => {
      taken.props[property] = value
      taken.lines.push(`${from}: mattermost ${property} ${JSON.stringify(value)}`)
    },
  }
}

/** A path of the site as the DB holds it: without --root, which the rendering puts in front again. */
export function withoutRoot(path: string, { root }: Pick<Paths, 'root'>): string {
  return root !== '' && path.startsWith(`${root}/`) ? path.slice(root.length) : path
}

/**
 * The live values of a site as properties, as far as the DB does not say the same already. `stated`: what the DB says;
 * the world may be that of another Home or unit, which was found. What is live wins, since an adoption changes nothing
 * that runs. Throws `check.failed` for a DataSource that a secret file cannot hold.
 */
export function takeLiveValues(
  hostState: HostState,
  stated: { home: string; unit: string },
  paths: Paths,
  { taken, take }: { taken: Adopted; take: AdoptValue },
): void {
  const { explicit, mattermost: known } = hostState.settings
  const live = (section: string, key: string) => liveValue(hostState, section, key)

  if (!explicit.has('mattermost.status')) {
    const runs =
      hostState.unit === undefined ||
      ['active', 'reloading', 'activating'].includes(hostState.unit.activeState)
    const enabled = runs || hostState.unit?.unitFileState.startsWith('enabled') === true
    take('status', enabled ? 'enabled' : 'disabled', hostState.unit?.unit ?? 'config.json')
  }
  if (known.unit !== stated.unit) take('Unit', known.unit, 'the only unit that starts a Mattermost')
  const home = withoutRoot(join(hostState.configFile, '../..'), paths)
  if (home !== stated.home) take('Home', home, 'the unit')
  takeDataSource(live('SqlSettings', 'DataSource'), paths, taken)

  const directory = live('FileSettings', 'Directory')
  if (directory.value !== '') {
    const full = isAbsolute(directory.value)
      ? withoutRoot(directory.value, paths)
      : join(home, directory.value)
    const usual = dataDirectoryOf({ mattermost: { ...known, home } }, paths.isEsmith)
    if (trimmed(full) !== trimmed(usual)) take('DataDirectory', full, directory.from)
  }
  takeListenAddress(live('ServiceSettings', 'ListenAddress'), hostState, take)
  const socket = live('ServiceSettings', 'LocalModeSocketLocation')
  const place = withoutRoot(socket.value, paths)
  if (place !== '' && place !== known.localSocket) take('LocalSocket', place, socket.from)
  takeSiteUrl(live('ServiceSettings', 'SiteURL'), hostState, take)
}

/** A live value that the DB may not hold would leave the site adopted and beyond any apply. */
export function checkAdopted(taken: Adopted): void {
  for (const [property, value] of Object.entries(taken.props)) {
    const problem = checkProperty('mattermost', property, value)
    if (problem === undefined) continue
    throw new TeamchatError('check.failed', `cannot adopt: ${problem.message}`, {
      hint: 'nothing was changed; correct what the site has (config.json, vhost or unit), then run teamchat adopt again',
    })
  }
}

function takeDataSource({ value, from }: LiveValue, paths: Paths, taken: Adopted): void {
  if (value === '') return
  if (/\n/.test(value)) {
    throw new TeamchatError('check.failed', `cannot adopt: ${from} holds a line break`, {
      hint: 'nothing was changed; correct it there',
    })
  }
  taken.dataSource = value
  const file = paths.secretFile('mattermost-datasource')
  taken.lines.push(`${from}: ${maskDataSource(value)}, byte for byte in ${file}`)
}

function takeListenAddress({ value, from }: LiveValue, hostState: HostState, take: AdoptValue): void {
  if (value === '' || value === listenAddressOf(hostState.settings)) return
  const port = /^127\.0\.0\.1:(\d+)$/.exec(value)?.[1]
  if (port === undefined) {
    take('ListenAddress', value, from)
    return
  }
  take('ListenPort', port, from)
  if (hostState.settings.explicit.has('mattermost.ListenAddress')) take('ListenAddress', '', from)
}

function takeSiteUrl({ value: siteUrl, from }: LiveValue, hostState: HostState, take: AdoptValue): void {
  const { settings } = hostState
  const { explicit, mattermost } = settings
  const url = urlOf(siteUrl)
  if (url === undefined) return
  // VirtualHost takes a fully qualified name; a short one or an address can only stand in SiteURL.
  const isName = /[a-z]/i.test(url.hostname) && url.hostname.includes('.')
  const plainHttps = siteUrl.replace(/\/+$/, '').toLowerCase() === `https://${url.hostname}`
  if (plainHttps && isName) {
    if (!explicit.has('mattermost.VirtualHost') || mattermost.virtualHost.toLowerCase() !== url.hostname) {
      take('VirtualHost', url.hostname, from)
    }
    if (explicit.has('mattermost.SiteURL')) take('SiteURL', '', from)
    return
  }
  if (!explicit.has('mattermost.SiteURL') || siteUrlOf(settings) !== siteUrl.replace(/\/+$/, ''))
    take('SiteURL', siteUrl, from)
  if (!explicit.has('mattermost.VirtualHost') && isName) {
    take('VirtualHost', url.hostname, from)
  }
}

function trimmed(folder: string): string {
  return folder.replace(/\/+$/, '')
}
