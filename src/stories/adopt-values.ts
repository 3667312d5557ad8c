import { basename, isAbsolute, join } from 'node:path'
import { valueAt } from '../apply/json.js'
import { checkProperty } from '../db/schema.js'
import { listenAddressOf, siteUrlOf, urlOf, virtualHostOf } from '../desired/addresses.js'
import { maskDataSource } from '../desired/data-source.js'
import { dataDirectoryOf } from '../desired/model.js'
import { TeamchatError } from '../errors.js'
import type { Paths } from '../paths.js'
import { serves } from '../services/vhosts.js'
import type { World } from './settings-world.js'

/** What an adoption takes over. */
export interface Taken {
  /** Properties of the record `mattermost`. */
  props: Record<string, string>
  /** The live DataSource, byte for byte. */
  dataSource: string | undefined
  /** A line for each, secrets masked. */
  lines: string[]
}

/**
 * The live values of a site as properties, as far as the DB does not say the same already (`statedHome`: its Home; the
 * world may be that of the unit's). What is live wins, since an adoption changes nothing that runs. Paths lose --root,
 * which the rendering puts in front again.
 * Throws `settings.unsupported` for a vhost of certbot's, `check.failed` for a value that the DB may not hold.
 */
export function liveValues(world: World, statedHome: string, paths: Paths): Taken {
  const taken: Taken = { props: {}, dataSource: undefined, lines: [] }
  const { explicit, mattermost: known } = world.settings
  const live = (section: string, key: string) => {
    const value = valueAt(world.live?.node.value, [section, key])
    return typeof value === 'string' ? value : ''
  }
  const take = (property: string, value: string, from: string) => {
    taken.props[property] = value
    taken.lines.push(`${from}: mattermost ${property} ${JSON.stringify(value)}`)
  }
  const plain = (path: string) =>
    paths.root !== '' && path.startsWith(`${paths.root}/`) ? path.slice(paths.root.length) : path

  if (!explicit.has('mattermost.status')) {
    const runs =
      world.unit === undefined || ['active', 'reloading', 'activating'].includes(world.unit.activeState)
    const enabled = runs || world.unit?.unitFileState.startsWith('enabled') === true
    take('status', enabled ? 'enabled' : 'disabled', world.unit?.unit ?? 'config.json')
  }
  const home = plain(join(world.configFile, '../..'))
  if (home !== statedHome) take('Home', home, 'the unit')
  takeDataSource(live('SqlSettings', 'DataSource'), paths, taken)

  const directory = live('FileSettings', 'Directory')
  if (directory !== '') {
    const full = isAbsolute(directory) ? plain(directory) : join(home, directory)
    const usual = dataDirectoryOf({ mattermost: { ...known, home } }, paths.isEsmith)
    if (trimmed(full) !== trimmed(usual)) take('DataDirectory', full, 'FileSettings.Directory')
  }
  const address = live('ServiceSettings', 'ListenAddress')
  if (address !== '' && address !== listenAddressOf(world.settings)) {
    const port = /^127\.0\.0\.1:(\d+)$/.exec(address)?.[1]
    if (port === undefined) take('ListenAddress', address, 'ServiceSettings.ListenAddress')
    else {
      take('ListenPort', port, 'ServiceSettings.ListenAddress')
      if (explicit.has('mattermost.ListenAddress')) take('ListenAddress', '', 'ServiceSettings.ListenAddress')
    }
  }
  const socket = plain(live('ServiceSettings', 'LocalModeSocketLocation'))
  if (socket !== '' && socket !== known.localSocket) {
    take('LocalSocket', socket, 'ServiceSettings.LocalModeSocketLocation')
  }
  const siteUrl = live('ServiceSettings', 'SiteURL')
  takeSiteUrl(siteUrl, world, take)
  takeVhost(siteUrl, world, plain, take)
  checkTaken(taken)
  return taken
}

/** A live value that the DB may not hold would leave the site adopted and beyond any apply. */
function checkTaken(taken: Taken): void {
  for (const [property, value] of Object.entries(taken.props)) {
    const problem = checkProperty('mattermost', property, value)
    if (problem === undefined) continue
    throw new TeamchatError('check.failed', `cannot adopt: ${problem.message}`, {
      hint: 'nothing was changed; correct what the site has (config.json, vhost or unit), then run teamchat adopt again',
    })
  }
}

type Take = (property: string, value: string, from: string) => void

function takeDataSource(value: string, paths: Paths, taken: Taken): void {
  if (value === '') return
  if (/\n/.test(value)) {
    throw new TeamchatError('check.failed', 'cannot adopt: SqlSettings.DataSource holds a line break', {
      hint: 'nothing was changed; correct it in config.json',
    })
  }
  taken.dataSource = value
  const file = paths.secretFile('mattermost-datasource')
  taken.lines.push(`SqlSettings.DataSource: ${maskDataSource(value)}, byte for byte in ${file}`)
}

function takeSiteUrl(siteUrl: string, world: World, take: Take): void {
  const { settings } = world
  const { explicit, mattermost } = settings
  const url = urlOf(siteUrl)
  if (url === undefined) return
  // VirtualHost takes a fully qualified name; a short one or an address can only stand in SiteURL.
  const isName = /[a-z]/i.test(url.hostname) && url.hostname.includes('.')
  const plainHttps = siteUrl.replace(/\/+$/, '').toLowerCase() === `https://${url.hostname}`
  if (plainHttps && isName) {
    if (!explicit.has('mattermost.VirtualHost') || mattermost.virtualHost.toLowerCase() !== url.hostname) {
      take('VirtualHost', url.hostname, 'ServiceSettings.SiteURL')
    }
    if (explicit.has('mattermost.SiteURL')) take('SiteURL', '', 'ServiceSettings.SiteURL')
    return
  }
  if (!explicit.has('mattermost.SiteURL') || siteUrlOf(settings) !== siteUrl.replace(/\/+$/, ''))
    take('SiteURL', siteUrl, 'ServiceSettings.SiteURL')
  if (!explicit.has('mattermost.VirtualHost') && isName) {
    take('VirtualHost', url.hostname, 'ServiceSettings.SiteURL')
  }
}

function takeVhost(siteUrl: string, world: World, plain: (path: string) => string, take: Take): void {
  const { apache, settings, vhost } = world
  const { mattermost } = settings
  if (mattermost.webServer === 'none') return
  const hosts = [urlOf(siteUrl)?.hostname, virtualHostOf(settings)].filter(host => host !== undefined)
  const atOurs = vhost !== undefined && !vhost.ours
  const sites = world.vhostFiles.filter(
    file =>
      !file.ours &&
      (file.realPath === apache.vhostFile || file.vhosts.some(one => hosts.some(host => serves(one, host)))),
  )
  const certbots = sites.find(file => /-le-ssl\.conf$/.test(basename(file.path)))
  if (certbots !== undefined) {
    throw new TeamchatError(
      'settings.unsupported',
      `cannot adopt: ${certbots.path} is certbot's, and taking over certbot's vhost comes in a later version`,
      {
        hint: 'nothing was changed; to keep it as it is, type: teamchat config setprop mattermost WebServer none, then: teamchat adopt',
      },
    )
  }
  const certificate = sites
    .flatMap(file => file.vhosts)
    .find(
      one => one.certificate !== undefined && (atOurs || hosts.some(host => serves(one, host))),
    )?.certificate
  if (certificate !== undefined && mattermost.certificateFile === '') {
    take('CertificateFile', plain(certificate.certificateFile), 'vhost')
    take('KeyFile', plain(certificate.keyFile), 'vhost')
    if (certificate.chainFile !== '') take('ChainFile', plain(certificate.chainFile), 'vhost')
  }
  const elsewhere = sites.find(file => file.realPath !== apache.vhostFile)
  if (elsewhere !== undefined) take('WebServer', 'none', `${elsewhere.path} serves the site and stays`)
  else if (urlOf(siteUrl)?.protocol === 'http:' && !/localhost/.test(siteUrl)) {
    take('WebServer', 'none', `SiteURL is http, and our vhost is https`)
  }
}

function trimmed(folder: string): string {
  return folder.replace(/\/+$/, '')
}
