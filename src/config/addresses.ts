import type { Settings } from '../configdb/settings.js'
import { TeamchatError } from '../errors.js'

/** What of the settings the addresses come from. */
export interface AddressSettings {
  domainName: string
  mattermost: { virtualHost: string; siteUrl: string; listenAddress: string; listenPort: number }
}

/** The name that the vhost answers to; undefined where nothing says one. */
export function virtualHostOf(settings: AddressSettings): string | undefined {
  const { virtualHost, siteUrl } = settings.mattermost
  if (virtualHost !== '') return virtualHost.toLowerCase()
  const host = siteUrl === '' ? undefined : urlOf(siteUrl)?.hostname
  if (host !== undefined) return host.toLowerCase()
  return settings.domainName === '' ? undefined : `mattermost.${settings.domainName.toLowerCase()}`
}

/** As `virtualHostOf`; throws `settings.invalid` with the line to type. */
export function requiredVirtualHost(settings: AddressSettings): string {
  const host = virtualHostOf(settings)
  if (host !== undefined) return host
  throw new TeamchatError(
    'settings.invalid',
    'cannot set up Mattermost: neither mattermost VirtualHost nor DomainName says its name',
    { hint: 'type: teamchat config setprop mattermost VirtualHost chat.example.org' },
  )
}

/** `https://VIRTUALHOST`, or SiteURL where it needs a port or a path; no slash at its end, as Mattermost keeps it. */
export function siteUrlOf(settings: AddressSettings): string | undefined {
  if (settings.mattermost.siteUrl !== '') return settings.mattermost.siteUrl.replace(/\/+$/, '')
  const host = virtualHostOf(settings)
  return host === undefined ? undefined : `https://${host}`
}

/** Loopback alone: the vhost in front is what the world sees. ListenAddress is for those who need more. */
export function listenAddressOf(settings: AddressSettings): string {
  const { listenAddress, listenPort } = settings.mattermost
  return listenAddress === '' ? `127.0.0.1:${listenPort}` : listenAddress
}

/** `host:port` by which a proxy on this machine reaches a listen address: `:8066` and `0.0.0.0:8066` are loopback too. */
export function backendOf(listenAddress: string): string {
  const colon = listenAddress.lastIndexOf(':')
  const host = listenAddress.slice(0, colon)
  const port = listenAddress.slice(colon + 1)
  if (host === '' || host === '0.0.0.0' || host === '*') return `127.0.0.1:${port}`
  return host === '[::]' ? `[::1]:${port}` : `${host}:${port}`
}

/** A URL's parts, or undefined where it is none. */
export function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

/** Settings that always give a name, so that a site can be compared before it has told us one. */
export function named(settings: Settings): Settings {
  const virtualHost = virtualHostOf(settings) ?? 'the-name-of-the-site.invalid'
  return { ...settings, mattermost: { ...settings.mattermost, webServer: 'none', virtualHost } }
}
