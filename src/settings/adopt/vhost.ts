import { isAbsolute, join } from 'node:path'
import { listenAddressOf, urlOf, virtualHostOf } from '../../config/addresses.js'
import { checkProperty } from '../../configdb/schema/schema.js'
import type { Paths } from '../../paths.js'
import type { Vhost, VhostFile } from '../../services/apache/vhosts.js'
import type { CertificateFiles } from '../../services/certificate.js'
import type { HostState } from '../host/host-state.js'
import { type Adopted, type AdoptValue, liveValue, withoutRoot } from './values.js'

/** The virtual hosts of a site that lead to its Mattermost. */
export interface SiteVhosts {
  /** The name by which people reach it; '' where nothing says a name. */
  host: string
  /** Files that hold at least one of them, the vhost at our own path too; none of ours. */
  files: VhostFile[]
  /** Whether a virtual host is one of them. */
  isSites: (vhost: Vhost) => boolean
  /** Names that would be nobody's with a virtual host which does not lead to Mattermost itself. */
  othersOf: (vhost: Vhost) => string[]
  /** Where it leads as well, beside Mattermost. */
  elsewhere: (vhost: Vhost) => string[]
}

/** Looks for the site's own virtual hosts: by the names that the site has, and by where they lead. */
export function siteVhosts(hostState: HostState): SiteVhosts {
  const port = portOf(hostState)
  const siteHost = urlOf(liveValue(hostState, 'ServiceSettings', 'SiteURL').value)?.hostname
  // Another site may hand a few of its paths to Mattermost, and is not Mattermost's for that.
  const proxies = (vhost: Vhost) => vhost.proxies.some(({ target, whole }) => whole && leadsTo(target, port))
  const foreign = hostState.vhostFiles.filter(file => !file.ours)
  const proxying = foreign.flatMap(file => file.vhosts).filter(proxies)
  const stated = hostState.settings.explicit.has('mattermost.VirtualHost')
    ? virtualHostOf(hostState.settings)
    : ''
  const host =
    siteHost || stated || proxying.flatMap(vhost => vhost.names)[0] || virtualHostOf(hostState.settings)
  const names = [siteHost, stated, host].filter(name => name !== undefined && name !== '')
  // The other half of certbot's pair redirects: it has the names of the one that leads to Mattermost.
  const own = proxying.filter(vhost => vhost.names.length > 0).map(vhost => vhost.names[0] ?? '')
  const all = (siteHost === 'localhost' ? own : [...names, ...own]).map(name => name?.toLowerCase() ?? '')
  // A wildcard is somebody else's, who also answers to the name.
  const isSites = (vhost: Vhost) => proxies(vhost) || vhost.names.some(name => all.includes(name))
  const known = new Set([...all, ...proxying.flatMap(vhost => vhost.names)])
  const atOurs = (file: VhostFile) => file.realPath === hostState.apache.vhostFile
  return {
    host: host ?? '',
    files: foreign.filter(file => atOurs(file) || file.vhosts.some(isSites)),
    isSites,
    othersOf: vhost => (proxies(vhost) ? [] : vhost.names.filter(name => !known.has(name))),
    elsewhere: vhost => vhost.proxies.map(one => one.target).filter(target => !leadsTo(target, port)),
  }
}

/**
 * Leaves the web server to the site, as it is: an adoption plans no virtual host unless it is asked to. The name and the
 * certificate of the site's virtual host are noted, for the day on which it is.
 */
export function leaveVhost(
  hostState: HostState,
  paths: Paths,
  into: { taken: Adopted; take: AdoptValue },
): void {
  const { settings, vhost } = hostState
  const { take } = into
  if (vhost?.ours === true) return
  const site = siteVhosts(hostState)
  takeName(site, hostState, take)
  takeCertificate(site, hostState, paths, into)
  if (settings.mattermost.webServer === 'none') return
  const files = site.files.map(file => file.path)
  const why =
    files.length === 0
      ? 'no virtual host of Apache leads to it: the proxy that does stays'
      : `${files.join(', ')} serves the site and stays (teamchat adopt --vhost takes it over)`
  take('WebServer', 'none', why)
}

/** A name that no SiteURL says: that of the virtual host. */
export function takeName(site: SiteVhosts, hostState: HostState, take: AdoptValue): void {
  const siteUrl = urlOf(liveValue(hostState, 'ServiceSettings', 'SiteURL').value)
  if (siteUrl !== undefined && siteUrl.hostname !== 'localhost') return
  if (hostState.settings.explicit.has('mattermost.VirtualHost') || site.files.length === 0) return
  if (checkProperty('mattermost', 'VirtualHost', site.host) !== undefined) return
  take('VirtualHost', site.host, site.files[0]?.path ?? '')
}

/** The certificate of the site's virtual host; what the DB cannot hold is left to that file, and said. */
export function takeCertificate(
  site: SiteVhosts,
  hostState: HostState,
  paths: Paths,
  { taken, take }: { taken: Adopted; take: AdoptValue },
): void {
  if (hostState.settings.mattermost.certificateFile !== '') return
  const found = site.files
    .flatMap(file => file.vhosts.map(vhost => ({ file, vhost })))
    .find(({ vhost }) => vhost.certificate !== undefined && site.isSites(vhost))
  if (found?.vhost.certificate === undefined) return
  const files = absolute(found.vhost.certificate, hostState, paths)
  const wanted = {
    CertificateFile: files.certificateFile,
    KeyFile: files.keyFile,
    ChainFile: files.chainFile,
  }
  for (const [property, value] of Object.entries(wanted)) {
    const problem = value === '' ? undefined : checkProperty('mattermost', property, value)
    if (problem === undefined) continue
    taken.lines.push(`${found.file.path}: its certificate is left to it: ${problem.message}`)
    return
  }
  for (const [property, value] of Object.entries(wanted)) {
    if (value !== '') take(property, value, found.file.path)
  }
}

/** Apache counts a relative path from its ServerRoot. */
function absolute(files: CertificateFiles, hostState: HostState, paths: Paths): CertificateFiles {
  const home = hostState.apache.platform === 'debian' ? '/etc/apache2' : '/etc/httpd'
  const full = (path: string) =>
    path === '' || isAbsolute(path) || path.includes('${') ? withoutRoot(path, paths) : join(home, path)
  return {
    certificateFile: full(files.certificateFile),
    keyFile: full(files.keyFile),
    chainFile: full(files.chainFile),
  }
}

function portOf(hostState: HostState): string {
  const address =
    liveValue(hostState, 'ServiceSettings', 'ListenAddress').value || listenAddressOf(hostState.settings)
  return address.slice(address.lastIndexOf(':') + 1)
}

/** A target on this host, by its port. */
function leadsTo(target: string, port: string): boolean {
  const [, host, targetPort] = /^\w+:\/\/(\[[^\]]*\]|[^:/]+):(\d+)/.exec(target) ?? []
  return (
    targetPort === port && host !== undefined && /^(localhost|127\.[\d.]+|0\.0\.0\.0|\[::1?\])$/i.test(host)
  )
}
