import { isUtf8 } from 'node:buffer'
import { readlink } from 'node:fs/promises'
import { siteUrlOf, urlOf } from '../../config/addresses.js'
import { sha256 } from '../../config/hash.js'
import { checkProperty } from '../../configdb/schema/schema.js'
import { TeamchatError } from '../../errors.js'
import type { Paths } from '../../paths.js'
import type { VhostFile } from '../../services/apache/vhosts.js'
import { readRenewal } from '../../services/certificate.js'
import { readFileIfPresent } from '../../system/files/files.js'
import type { SettingsState } from '../../transaction/state.js'
import type { HostState } from '../host/host-state.js'
import { type Adopted, type AdoptValue, liveValue, withoutRoot } from './values.js'
import { type SiteVhosts, siteVhosts, takeCertificate, takeName } from './vhost.js'

export type TakenVhost = NonNullable<SettingsState['takenVhosts']>[number]

/** What our vhost says as well, or what only concerns the file that goes: nothing is lost with these. */
const COVERED =
  /^(ServerName|ServerAlias|ServerAdmin|DocumentRoot|SSLEngine|SSLCertificate\w*|SSLProtocol|SSLCipherSuite|SSLHonorCipherOrder|SSLSessionTickets|SSLOptions|SSLProxyEngine|Proxy(Pass\w*|PreserveHost|Requests|Timeout|Via)|Rewrite\w+|RequestHeader|Redirect\w*|Protocols|ErrorLog|CustomLog|LogLevel|Include\w*|AllowEncodedSlashes|LimitRequestBody|Define)$/i

/**
 * Takes the site's virtual hosts over, so that the next apply renders ours in their place. Nothing is written. Throws
 * `check.failed` where ours could not serve what theirs do: another port or scheme, a path, other sites in the same file.
 */
export async function takeOverVhost(
  hostState: HostState,
  paths: Paths,
  into: { taken: Adopted; take: AdoptValue },
): Promise<TakenVhost[]> {
  const { taken, take } = into
  const { settings, apache } = hostState
  const site = siteVhosts(hostState)
  checkAddress(hostState)
  for (const file of site.files) checkFile(file, site, hostState)
  takeName(site, hostState, take)
  const before = taken.lines.length
  takeCertificate(site, hostState, paths, into)
  const left = taken.lines.slice(before).find(line => line.includes('is left to it'))
  if (left !== undefined)
    throw refused(left, 'name a certificate first: teamchat config setprop mattermost CertificateFile PATH')
  if (settings.mattermost.webServer === 'none') take('WebServer', 'apache', 'teamchat adopt --vhost')
  await takeRenewal(site, hostState, paths, into)
  const found: TakenVhost[] = []
  for (const file of site.files) {
    taken.lines.push(...lostWith(file, site))
    if (file.realPath === apache.vhostFile) {
      taken.lines.push(`${file.path}: ours takes its place with the next teamchat apply`)
      continue
    }
    taken.lines.push(
      `${file.path} is disabled with the next teamchat apply (teamchat retire --give-back puts it back)`,
    )
    found.push(await known(file))
  }
  return found
}

async function known(file: VhostFile): Promise<TakenVhost> {
  const target = await readlink(file.path).catch(() => undefined) // a file of its own
  const bytes = (await readFileIfPresent(file.path)) ?? Buffer.alloc(0)
  if (target === undefined && !isUtf8(bytes)) {
    throw refused(
      `${file.path} is not UTF-8 and could not be moved aside byte for byte`,
      `convert it: iconv -f latin1 -t utf-8`,
    )
  }
  return {
    path: file.path,
    ...(target === undefined ? {} : { target }),
    sha256: sha256(bytes),
    disabled: false,
  }
}

function checkAddress(hostState: HostState): void {
  const text = liveValue(hostState, 'ServiceSettings', 'SiteURL').value || siteUrlOf(hostState.settings) || ''
  const url = urlOf(text)
  if (url === undefined) return
  const why =
    url.protocol !== 'https:'
      ? 'it is not https'
      : url.port !== ''
        ? `it has the port ${url.port}`
        : url.pathname.replaceAll('/', '') !== ''
          ? `it has the path ${url.pathname}`
          : undefined
  if (why === undefined) return
  throw refused(
    `our vhost serves https://NAME/ alone, and SiteURL is ${text}: ${why}`,
    'teamchat adopt leaves the web server as it is',
  )
}

/** Another site that shares the file would go down with it. */
function checkFile(file: VhostFile, site: SiteVhosts, hostState: HostState): void {
  if (file.path === hostState.apache.mainFile) {
    throw refused(
      `${file.path}, the main file, holds the site`,
      'move its <VirtualHost> into a file of its own',
    )
  }
  const other = file.vhosts.find(vhost => !site.isSites(vhost))
  if (other !== undefined) {
    throw refused(
      `${file.path} also serves ${other.names[0] ?? 'a virtual host without a name'}`,
      `move that <VirtualHost> into a file of its own`,
    )
  }
  const [name] = file.vhosts.flatMap(site.othersOf)
  if (name !== undefined) {
    throw refused(
      `${file.path} also serves ${name}, and that does not lead to Mattermost`,
      `give ${site.host} a <VirtualHost> in a file of its own`,
    )
  }
  if (!file.outside.some(name => /^Listen$/i.test(name))) return
  throw refused(
    `${file.path} says on which ports Apache listens`,
    'move its Listen into ports.conf or httpd.conf',
  )
}

/** What nobody would serve any more; for the operator to look at. */
function lostWith(file: VhostFile, site: SiteVhosts): string[] {
  const aliases = [...new Set(file.vhosts.flatMap(vhost => vhost.names))].filter(name => name !== site.host)
  const extra = [...new Set(file.vhosts.flatMap(vhost => vhost.directives))].filter(
    name => !COVERED.test(name),
  )
  const elsewhere = [...new Set(file.vhosts.flatMap(site.elsewhere))]
  const own = '/etc/teamchatd/templates-custom/mattermost.conf'
  return [
    ...(elsewhere.length === 0
      ? []
      : [
          `look: ${file.path} also leads to ${elsewhere.join(', ')}, ours to Mattermost alone (a fragment in ${own} can)`,
        ]),
    ...(aliases.length === 0
      ? []
      : [
          `look: ${file.path} also answers to ${aliases.join(', ')}, ours to ${site.host} alone (a fragment in ${own} can)`,
        ]),
    ...(extra.length === 0
      ? []
      : [`look: ${file.path} has directives that ours has not: ${extra.join(', ')} (put them into ${own})`]),
  ]
}

/** certbot must find its proofs served: from the folder that it uses already, or it is said how. */
async function takeRenewal(
  site: SiteVhosts,
  hostState: HostState,
  paths: Paths,
  { taken, take }: { taken: Adopted; take: AdoptValue },
): Promise<void> {
  const file = taken.props.CertificateFile ?? hostState.settings.mattermost.certificateFile
  const renewal = await readRenewal(file, site.host, paths.letsEncryptRenewal)
  if (renewal === undefined) return
  const current = taken.props.AcmeWebroot ?? hostState.settings.mattermost.acmeWebroot
  if (renewal.authenticator === 'webroot' && renewal.webroot !== undefined) {
    const webroot = withoutRoot(renewal.webroot, paths).replace(/(?<=.)\/+$/, '')
    if (webroot === current) return
    if (checkProperty('mattermost', 'AcmeWebroot', webroot) === undefined) {
      take('AcmeWebroot', webroot, `certbot's ${renewal.name}.conf`)
      return
    }
  }
  if (!['apache', 'nginx', 'webroot'].includes(renewal.authenticator)) return
  taken.lines.push(
    `look: certbot renews ${renewal.name} by ${renewal.authenticator}, which would change the vhost; tell it once: certbot reconfigure --cert-name ${renewal.name} --webroot --webroot-path ${current}`,
  )
}

function refused(why: string, hint: string): TeamchatError {
  return new TeamchatError('check.failed', `cannot take over the vhost: ${why}`, {
    hint: `nothing was changed; ${hint}`,
  })
}
