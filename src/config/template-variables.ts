import type { Settings } from '../configdb/settings.js'
import { TeamchatError } from '../errors.js'
import type { CertificateFiles } from '../services/certificate.js'
import { backendOf, listenAddressOf, requiredVirtualHost, siteUrlOf, urlOf } from './addresses.js'
import { dataSourceOf } from './data-source.js'

/** What the DB does not know and the desired state needs. */
export interface ModelFacts {
  /** --root; '' is the real system. Paths inside outputs stand below it. */
  root: string
  isEsmith: boolean
  /** The secret file `mattermost-datasource`: wins over the Database properties, byte for byte. */
  dataSource: string | undefined
  /** The secret file `mattermost`, the database's password. */
  password: string | undefined
  certificate: CertificateFiles | undefined
  /** httpd's version; undefined where unknown, which counts as a new one. */
  apacheVersion: readonly [number, number, number] | undefined
}

/** The names that templates may use. Texts are '' where there is nothing; the reference of the templates lists them. */
export interface TemplateVariables {
  dataSource: string
  dataDirectory: string
  listenAddress: string
  siteUrl: string
  localSocket: string
  sendEmail: boolean
  smtpServer: string
  /** A string, since Mattermost wants one. */
  smtpPort: string
  feedbackEmail: string
  feedbackName: string
  feedbackOrganization: string
  sendPush: boolean
  pushContents: string
  pushServer: string
  maxUsersPerTeam: number
  virtualHost: string
  /** Scheme, host and port of the site, without a slash at its end. */
  siteOrigin: string
  /** `host:port` by which the web server reaches Mattermost. */
  backend: string
  certificateFile: string
  keyFile: string
  chainFile: string
  acmeWebroot: string
  /** True where `ProxyPass … upgrade=websocket` is understood. */
  proxyUpgrade: boolean
  /** Bytes that a request may bring: 100 MB of file, Mattermost's own limit, and what is wrapped around it. */
  bodyLimit: number
}

/** `upgrade=websocket` came with this one; it is a syntax error below. */
const PROXY_UPGRADE_SINCE = [2, 4, 47] as const
const BODY_LIMIT = 110 * 1024 * 1024

/**
 * What should be true of config.json and the vhost, as variables for the templates.
 * A database password that is not known is left empty: the caller decides whether that may be.
 * Throws `settings.invalid` where the site has no name, or one that our vhost cannot serve.
 */
export function templateVariables(settings: Settings, facts: ModelFacts): TemplateVariables {
  const { mattermost, company, domainName } = settings
  const virtualHost = requiredVirtualHost(settings)
  const siteUrl = siteUrlOf(settings) ?? ''
  const listenAddress = listenAddressOf(settings)
  const below = (path: string) => (path === '' ? '' : facts.root + path)
  return {
    dataSource: facts.dataSource ?? dataSourceOf(mattermost, facts.password ?? ''),
    dataDirectory: below(dataDirectoryOf(settings, facts.isEsmith)),
    listenAddress,
    siteUrl,
    localSocket: below(mattermost.localSocket),
    sendEmail: mattermost.sendEmail,
    smtpServer: mattermost.smtpServer,
    smtpPort: String(mattermost.smtpPort),
    feedbackEmail: mattermost.feedbackEmail || (domainName === '' ? '' : `no-reply@${domainName}`),
    feedbackName: company === '' ? '' : `Mattermost ${company}`,
    feedbackOrganization: company,
    sendPush: mattermost.sendPush,
    pushContents: mattermost.pushContents,
    pushServer: mattermost.pushServer,
    maxUsersPerTeam: mattermost.maxUsersPerTeam,
    virtualHost,
    siteOrigin: originOf(siteUrl, mattermost.webServer),
    backend: backendOf(listenAddress),
    certificateFile: facts.certificate?.certificateFile ?? '',
    keyFile: facts.certificate?.keyFile ?? '',
    chainFile: facts.certificate?.chainFile ?? '',
    acmeWebroot: below(mattermost.acmeWebroot),
    proxyUpgrade: facts.apacheVersion === undefined || !isBelow(facts.apacheVersion, PROXY_UPGRADE_SINCE),
    bodyLimit: BODY_LIMIT,
  }
}

/** The folder of uploaded files with a slash at its end, as Mattermost keeps it; not yet below --root. */
export function dataDirectoryOf(settings: Pick<Settings, 'mattermost'>, isEsmith: boolean): string {
  const { dataDirectory, home } = settings.mattermost
  const folder = dataDirectory || (isEsmith ? '/var/lib/nethserver/mattermost/data' : `${home}/data`)
  return `${folder.replace(/\/+$/, '')}/`
}

function originOf(siteUrl: string, webServer: 'apache' | 'none'): string {
  const url = urlOf(siteUrl)
  if (url?.protocol === 'https:') return url.origin
  if (webServer === 'none') return url?.origin ?? ''
  throw new TeamchatError(
    'settings.invalid',
    `cannot set up the vhost: mattermost SiteURL ${JSON.stringify(siteUrl)} is not https, and our vhost is`,
    {
      hint: 'type: teamchat config setprop mattermost WebServer none (somebody else proxies), or correct SiteURL',
    },
  )
}

function isBelow(version: readonly number[], limit: readonly number[]): boolean {
  for (const [index, number] of limit.entries()) {
    const has = version[index] ?? 0
    if (has !== number) return has < number
  }
  return false
}
