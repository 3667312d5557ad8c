import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Programs } from './programs.js'
import { configFile, type Site } from './site.js'

/** Leaves that say the most to somebody who knows Mattermost; the rest is counted. */
const SHOWN = [
  'ServiceSettings.SiteURL',
  'ServiceSettings.ListenAddress',
  'ServiceSettings.LocalModeSocketLocation',
  'FileSettings.Directory',
  'EmailSettings.FeedbackName',
  'EmailSettings.SMTPPort',
  'TeamSettings.MaxUsersPerTeam',
]

/** config.json and the vhost as they are now, a line each. */
export async function writtenFiles(programs: Programs, site: Site): Promise<string[]> {
  const config = await readConfig(site)
  const leaves = SHOWN.map(path => {
    const [section = '', key = ''] = path.split('.')
    return `  ${path.padEnd(40)} ${JSON.stringify(config[section]?.[key])}`
  })
  return [
    `Mattermost's configuration, ${programs.shown(configFile(site.paths))}`,
    ...leaves,
    '  ... its database password stands in a file that only you can read, and all other settings are left alone',
    ...(await writtenVhost(programs, site)),
  ]
}

/** The lines of the virtual host that say the most; there is none after `status disabled` or `WebServer none`. */
async function writtenVhost(programs: Programs, site: Site): Promise<string[]> {
  const files = (['debian', 'rhel'] as const).map(platform => site.paths.apache(platform).vhostFile)
  const file = files.find(each => existsSync(each))
  if (file === undefined) return ["Apache's virtual host: the DB wants none"]
  const lines = (await readFile(file, 'utf8')).split('\n')
  const told = lines.filter(line =>
    /^\s*(<VirtualHost|ServerName|SSLCertificateFile|ProxyPass "\/" )/.test(line),
  )
  return [`Apache's virtual host, ${programs.shown(file)}`, ...told.map(line => `  ${line.trim()}`)]
}

/** The port on which the stand-in listens, as config.json says. */
export async function listenPort(site: Site): Promise<number> {
  const config = await readConfig(site)
  return Number(String(config.ServiceSettings?.ListenAddress).split(':').at(-1))
}

type Config = Record<string, Record<string, unknown> | undefined>

async function readConfig(site: Site): Promise<Config> {
  return JSON.parse(await readFile(configFile(site.paths), 'utf8')) as Config
}
