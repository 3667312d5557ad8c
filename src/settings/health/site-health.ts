import { z } from 'zod'
import { backendOf, listenAddressOf, siteUrlOf, urlOf, virtualHostOf } from '../../config/addresses.js'
import { valueAt } from '../../config/json/json.js'
import { leafVariable } from '../../config/leaves.js'
import type { PendingAction } from '../../config/services/pending-action.js'
import type { Settings } from '../../configdb/settings.js'
import type { Paths } from '../../paths.js'
import { parseVhosts } from '../../services/apache/vhosts.js'
import type { Systemctl } from '../../services/systemd.js'
import type { MattermostConfigApi } from '../../transaction/actions.js'
import { readLiveConfig } from '../../transaction/files.js'
import type { HostState } from '../host/host-state.js'
import type { SiteHealth } from '../parts.js'
import { otherSiteCheck, portCheck, siteCheck, socketCheck, unitCheck, webServerCheck } from './checks.js'
import { type HealthCheck, look, lookAgain, newlyBroken } from './look.js'

/** As it lies in the state file between the two looks. */
const lookedSchema = z.strictObject({
  places: z.strictObject({
    listenAddress: z.string(),
    socket: z.string().optional(),
    siteUrl: z.string(),
    host: z.string().optional(),
  }),
  well: z.array(z.string()),
})

export interface SiteHealthParts extends HealthParts {
  sleep?: (milliseconds: number) => Promise<void>
  /** Milliseconds that pass evenly. */
  now?: () => number
}

/** Ready is not yet well: so long Mattermost may take between the two, however long its start took. */
const AT_LEAST_MS = 5_000

/**
 * Looks at units, Mattermost and sites before and after a change. StartTimeout is what services may take altogether,
 * from the first action on. Only what was well before and is not afterwards counts.
 */
export function siteHealth(parts: SiteHealthParts): SiteHealth {
  const now = parts.now ?? (() => performance.now())
  // After a crash nobody knows: then services get the whole time.
  let began: number | undefined
  return {
    before: async (hostState, actions) => {
      const places = placesNow(hostState)
      const findings = await look(healthChecks(hostState, actions, places, parts))
      const well = findings.filter(({ trouble }) => trouble === undefined).map(({ name }) => name)
      began = now()
      const { host, socket, listenAddress, siteUrl } = places
      const asked = { ...(host === undefined ? {} : { host }), ...(socket === undefined ? {} : { socket }) }
      return { places: { listenAddress, siteUrl, ...asked }, well }
    },
    after: async (hostState, actions, before, undone) => {
      const looked = lookedSchema.safeParse(before).data
      // Of another release: nothing to compare with.
      if (looked === undefined) return []
      const places = undone
        ? { host: undefined, socket: undefined, ...looked.places }
        : await placesAfter(hostState, parts.paths.root)
      const well = looked.well.map(name => ({ name, trouble: undefined }))
      const allowed = hostState.settings.teamchatd.startTimeout * 1000
      const spent = began === undefined ? 0 : now() - began
      const findings = await lookAgain(healthChecks(hostState, actions, places, parts), well, {
        timeoutMs: Math.max(AT_LEAST_MS, allowed - spent),
        now,
        ...(parts.sleep === undefined ? {} : { sleep: parts.sleep }),
      })
      // The undo that may follow has its own time.
      began = now()
      return newlyBroken(well, findings).map(({ trouble = '' }) => trouble)
    },
  }
}

/** What was given back is as its files say, whatever stands in the DB. */
async function placesAfter(hostState: HostState, root: string): Promise<Places> {
  if (hostState.state.retiredAt === undefined) return placesThen(hostState, root)
  return placesNow({ ...hostState, vhost: undefined, live: await readLiveConfig(hostState.configFile, root) })
}

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
/** Values that Mattermost ships. */
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
