import { backendOf, listenAddressOf, siteUrlOf, urlOf, virtualHostOf } from '../../config/addresses.js'
import { valueAt } from '../../config/json/json.js'
import { leafVariable } from '../../config/leaves.js'
import type { PendingAction } from '../../config/services/pending-action.js'
import type { Settings } from '../../configdb/settings.js'
import type { Paths } from '../../paths.js'
import { parseVhosts } from '../../services/apache/vhosts.js'
import type { Systemctl } from '../../services/systemd.js'
import type { MattermostConfigApi } from '../../transaction/actions.js'

import type { HostState } from '../host/host-state.js'
import { otherSiteCheck, portCheck, siteCheck, socketCheck, unitCheck, webServerCheck } from './checks.js'
import type { HealthCheck } from './look.js'

export interface HealthParts {
  paths: Pick<Paths, 'root'>
  /** undefined: services are not touched, and so nothing is looked at. */
  systemctl: Systemctl | undefined
  mattermost: (settings: Settings) => MattermostConfigApi
}

/** Verbs after which a unit shall run. */
const BRINGS_UP = new Set<PendingAction['verb']>(['start', 'restart', 'reload', 'api-reload'])
/** One question each, before and after; a host with more sites loses them all at once or none. */
const MOST_SITES = 12
/** What Mattermost ships. */
const SHIPPED = {
  ListenAddress: ':8065',
  LocalModeSocketLocation: '/var/tmp/mattermost_local.socket',
  SiteURL: '',
}

/** Where Mattermost and its site are to be found. */
export interface Places {
  listenAddress: string
  /** undefined: local mode is off, and nobody listens there. */
  socket: string | undefined
  siteUrl: string
  /** The name that the virtual host answers to; undefined where Apache is the site's own matter. */
  host: string | undefined
}

/**
 * What may break by these actions: the units, Mattermost on its socket and port, its site by TLS, and the other sites of
 * a web server that is reloaded. Nothing where there is no action. Below --root the ports of the machine are somebody
 * else's: there units and socket are looked at alone.
 */
export function healthChecks(
  hostState: HostState,
  actions: readonly PendingAction[],
  places: Places,
  parts: HealthParts,
): HealthCheck[] {
  const { systemctl } = parts
  if (systemctl === undefined) return []
  const { settings, unit, apache } = hostState
  const checks: HealthCheck[] = []
  const touched = new Set(actions.filter(action => BRINGS_UP.has(action.verb)).map(action => action.unit))
  if (touched.has(apache.unit)) checks.push(...webServerChecks(hostState, systemctl, parts.paths.root))
  for (const name of touched) {
    if (name !== apache.unit && name !== unit?.unit) checks.push(unitCheck(name, name, systemctl))
  }
  if (actions.length === 0 || settings.mattermost.status !== 'enabled' || unit === undefined) return checks
  checks.push(unitCheck('unit of Mattermost', unit.unit, systemctl))
  return [...checks, ...mattermostChecks(places, settings, parts)]
}

function mattermostChecks(places: Places, settings: Settings, parts: HealthParts): HealthCheck[] {
  const { root } = parts.paths
  const { listenAddress, socket, siteUrl, host } = places
  const checks: HealthCheck[] = []
  if (socket !== undefined) {
    const localSocket = root !== '' && socket.startsWith(`${root}/`) ? socket.slice(root.length) : socket
    const api = parts.mattermost({ ...settings, mattermost: { ...settings.mattermost, localSocket } })
    checks.push(socketCheck(socket, signal => api.reachable(signal)))
  }
  if (root !== '') return checks
  const prefix = (urlOf(siteUrl)?.pathname ?? '').replace(/\/+$/, '')
  const backend = urlOf(`http://${backendOf(listenAddress)}`)
  if (backend !== undefined) {
    const name = backend.hostname.replace(/^\[|\]$/g, '')
    checks.push(portCheck({ host: name, port: Number(backend.port || 80), prefix }))
  }
  return host === undefined ? checks : [...checks, siteCheck({ host, prefix })]
}

function webServerChecks(hostState: HostState, systemctl: Systemctl, root: string): HealthCheck[] {
  const unit = unitCheck('unit of the web server', hostState.apache.unit, systemctl)
  return root === '' ? [unit, webServerCheck(), ...otherSites(hostState)] : [unit]
}

/** The sites of others in the same Apache, by their first name that is one. */
function otherSites({ vhostFiles, apache }: HostState): HealthCheck[] {
  const sites = new Map<string, HealthCheck>()
  for (const file of vhostFiles) {
    if (file.ours || file.realPath === apache.vhostFile) continue
    for (const { names, ports, certificate } of file.vhosts) {
      const host = names.find(name => /^[a-z0-9.-]+$/.test(name))
      if (host === undefined) continue
      const scheme = certificate !== undefined || ports.includes(443) ? 'https' : 'http'
      const check = otherSiteCheck({ scheme, host, port: ports[0] ?? (scheme === 'https' ? 443 : 80) })
      sites.set(check.name, check)
    }
  }
  return [...sites.values()].slice(0, MOST_SITES)
}

/** As the live files and the unit's variables have it; before a first start that is what Mattermost ships. */
export function placesNow(hostState: HostState): Places {
  const { live, settings, vhost } = hostState
  const leaf = (name: keyof typeof SHIPPED) => {
    const value = valueAt(live?.value, ['ServiceSettings', name])
    return overriding(hostState, name) ?? (typeof value === 'string' && value !== '' ? value : SHIPPED[name])
  }
  const localMode =
    hostState.variables.get(leafVariable('ServiceSettings.EnableLocalMode')) ??
    valueAt(live?.value, ['ServiceSettings', 'EnableLocalMode'])
  const served = parseVhosts(vhost?.text ?? '').find(one => one.certificate !== undefined)?.names[0]
  return {
    listenAddress: leaf('ListenAddress'),
    socket: String(localMode) === 'true' ? leaf('LocalModeSocketLocation') : undefined,
    siteUrl: leaf('SiteURL'),
    host: settings.mattermost.webServer === 'apache' ? (served ?? virtualHostOf(settings)) : undefined,
  }
}

/** As the DB wants them, and the unit's variables. */
export function placesThen(hostState: HostState, root: string): Places {
  const { settings } = hostState
  const { webServer, localSocket } = settings.mattermost
  return {
    listenAddress: overriding(hostState, 'ListenAddress') ?? listenAddressOf(settings),
    socket: overriding(hostState, 'LocalModeSocketLocation') ?? root + localSocket,
    siteUrl: overriding(hostState, 'SiteURL') ?? siteUrlOf(settings) ?? '',
    host: webServer === 'apache' ? virtualHostOf(settings) : undefined,
  }
}

/** What a variable of the unit says in the place of the file. */
function overriding(hostState: HostState, leaf: keyof typeof SHIPPED): string | undefined {
  return hostState.variables.get(leafVariable(`ServiceSettings.${leaf}`))
}
