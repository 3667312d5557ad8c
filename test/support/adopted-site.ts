import { execFileSync } from 'node:child_process'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { SettingsSource, writeRecords } from '../../src/app/settings-source.js'
import { CONFIG, createSite, type Site } from './settings-site.js'

export const DB = '/var/lib/nethserver/db/configuration'
export const SECRET = 'p%40ss-s3cret'
export const SOURCE = `postgres://chat:${SECRET}@db.example.org/chat?sslmode=require`

type Config = Record<string, Record<string, unknown>>

/** What a Mattermost that has started once has in its file, as far as it concerns us; with the site's own values. */
export function siteConfig(more: Config = {}): Config {
  const sections: Config = {
    ServiceSettings: {
      SiteURL: 'https://chat.example.org',
      ListenAddress: ':8065',
      EnableLocalMode: false,
      LocalModeSocketLocation: '/var/tmp/mattermost_local.socket',
    },
    SqlSettings: { DriverName: 'postgres', DataSource: SOURCE },
    FileSettings: { Directory: './data/' },
    TeamSettings: { MaxUsersPerTeam: 50 },
    LogSettings: { EnableConsole: true, EnableFile: true, FileLevel: 'INFO' },
    EmailSettings: { SMTPServer: '', SMTPPort: '' },
  }
  for (const [name, section] of Object.entries(more)) sections[name] = { ...sections[name], ...section }
  return sections
}

/** A host with a real DB and a Mattermost that somebody configured by hand and that runs. */
export function handMade(t: Parameters<typeof createSite>[0], config: Config = siteConfig()): Site {
  const site = createSite(t)
  site.write(DB, 'DomainName=example.org\n')
  site.write(CONFIG, JSON.stringify(config, null, 2))
  site.setUnit('mattermost.service', { active: 'active', enabled: 'enabled' })
  const source = new SettingsSource(site.paths)
  site.readDb = changes => source.read(changes)
  site.writeDb = changes => writeRecords(site.paths, changes)
  return site
}

/** A property of the record `mattermost` as it stands in the DB. */
export function property(site: Site, name: string): string | undefined {
  const record = site
    .file(DB)
    .split('\n')
    .find(line => line.startsWith('mattermost='))
  const words = record?.slice('mattermost='.length).split('|') ?? []
  for (let index = 1; index < words.length; index += 2) if (words[index] === name) return words[index + 1]
  return undefined
}

/** Every file, link, mode and byte below a folder; what the stand-in for systemctl writes down is left out. */
export function everything(root: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of readdirSync(root, { recursive: true }) as string[]) {
    if (name.startsWith('services/')) continue
    const path = join(root, name)
    const stat = lstatSync(path)
    const content = stat.isSymbolicLink()
      ? `→ ${readlinkSync(path)}`
      : stat.isFile()
        ? readFileSync(path, 'latin1')
        : ''
    found[name] = `${stat.mode.toString(8)} ${stat.ino} ${content}`
  }
  return found
}

/** A certificate with its key for a name, below the site's root. */
export function certificateFor(site: Site, name: string, certificate: string, key: string): void {
  site.write(key, '')
  site.write(certificate, '')
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const where = ['-keyout', site.root + key, '-out', site.root + certificate]
  execFileSync('openssl', ['req', '-x509', ...curve, '-days', '2', '-subj', `/CN=${name}`, ...where], {
    stdio: 'ignore',
  })
}
