import { symlinkSync } from 'node:fs'
import { SettingsSource, writeRecords } from '../../src/app/settings-source.js'
import { DB, siteConfig } from './adopted-site.js'
import { noteLoaded } from './loaded-by-services.js'
import { CONFIG, type Site } from './settings-site.js'
import { counted, type Scenario } from './site-scenarios.js'

const ENABLED = '/etc/apache2/sites-enabled'
const AVAILABLE = '/etc/apache2/sites-available'

/** A Mattermost that somebody has set up by hand, with its virtual host, the old module's action, and a real DB. */
async function byHand(site: Site): Promise<void> {
  site.write('/etc/e-smith/events/nethserver-mattermost-save/S20conf', 'text')
  await withoutModule(site)
}

async function withoutModule(site: Site): Promise<void> {
  site.write(DB, 'DomainName=example.org\n')
  site.write(CONFIG, JSON.stringify(siteConfig(), null, 2))
  site.setUnit('mattermost.service', { active: 'active', enabled: 'enabled' })
  site.write(
    `${AVAILABLE}/chat.conf`,
    '<VirtualHost *:80>\nServerName chat.example.org\nProxyPass / http://127.0.0.1:8065/\n</VirtualHost>\n',
  )
  symlinkSync('../sites-available/chat.conf', `${site.root}${ENABLED}/chat.conf`)
  for (const unit of ['mattermost.service', 'apache2.service']) noteLoaded(site.root, 'start', unit)
  realDb(site)
}

function realDb(site: Site): void {
  const source = new SettingsSource(site.paths)
  site.readDb = changes => source.read(changes)
  site.writeDb = changes => writeRecords(site.paths, changes)
}

const adopt = (vhost: boolean) => (site: Site) => site.restarted().adopt({ dryRun: false, vhost })
const retire = (giveBack: boolean) => (site: Site) => site.restarted().retire({ dryRun: false, giveBack })
async function adopted(site: Site): Promise<void> {
  await byHand(site)
  await adopt(true)(site)
  await site.restarted().run({ cause: 'apply' })
}

export const adoptions: Scenario[] = [
  {
    name: 'adopt',
    options: { ...counted, esmith: true },
    prepare: byHand,
    configure: realDb,
    act: adopt(false),
    again: adopt(false),
  },
  {
    name: 'adopt --vhost',
    options: { ...counted, esmith: true },
    prepare: byHand,
    configure: realDb,
    act: adopt(true),
    again: adopt(true),
  },
  {
    name: 'the apply after adopt --vhost',
    options: { ...counted, esmith: true },
    prepare: async site => {
      await byHand(site)
      await adopt(true)(site)
    },
    configure: realDb,
    act: site => site.restarted().run({ cause: 'apply' }),
    again: site => site.restarted().run({ cause: 'apply' }),
  },
  {
    name: 'retire',
    options: { ...counted, esmith: true },
    prepare: adopted,
    configure: realDb,
    act: retire(false),
    again: retire(false),
  },
  {
    name: 'retire --give-back',
    options: { ...counted, esmith: true },
    prepare: adopted,
    configure: realDb,
    act: retire(true),
    again: retire(true),
  },
]

/** The DB says who is managed still, where no old module reads it: its status goes, as the last step. */
async function adoptedWithoutModule(site: Site): Promise<void> {
  await withoutModule(site)
  await adopt(true)(site)
  await site.restarted().run({ cause: 'apply' })
}

export const retirements: Scenario[] = [false, true].map(giveBack => ({
  name: `retire${giveBack ? ' --give-back' : ''} where no old module reads the DB`,
  options: counted,
  prepare: adoptedWithoutModule,
  configure: realDb,
  act: retire(giveBack),
  again: retire(giveBack),
}))
