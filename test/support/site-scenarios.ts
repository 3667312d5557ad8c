import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { SiteHealth } from '../../src/settings/parts.js'
import { loadRenameExchange } from '../../src/system/files/rename-exchange.js'
import { DB } from './adopted-site.js'
import { diskStep } from './disk-steps.js'
import { onDisk } from './loaded-by-services.js'
import { CONFIG, createSite, type Site, type SiteOptions, STATE } from './settings-site.js'

/** Something that the settings service does to a host and that may be ended at any of its steps. */
export interface Scenario {
  name: string
  options?: SiteOptions
  /** Makes the host as it is before. */
  prepare(site: Site): Promise<unknown>
  /** What every process finds from then on. */
  configure?(site: Site): void
  act(site: Site): Promise<unknown>
  /** What the operator does once more after a crash, since nobody else does. */
  again?(site: Site): Promise<unknown>
  /** What Mattermost does at a step of the change. */
  meanwhile?(site: Site, step: string): void
}

const ENABLED = '/etc/apache2/sites-enabled'
const AVAILABLE = '/etc/apache2/sites-available'
const SAVED = '/services/saved'
const RUN = { cause: 'db-changed' } as const

const exchange = await loadRenameExchange()

/** As the kernel does it, counted as a step. */
export const counted: SiteOptions = {
  apache: false,
  exchange: (folder, one, other) => {
    diskStep(`exchange ${other}`)
    return exchange(folder, one, other)
  },
}
/** A file system that cannot exchange two names. */
const without: SiteOptions = { apache: false, exchange: () => false }

const first = (site: Site) => site.service.run({ cause: 'start' })
const change = (site: Site) => site.set({ listenPort: 8066, virtualHost: 'talk.example.org' })
const isChanged = (site: Site) => site.config().ServiceSettings?.ListenAddress === '127.0.0.1:8066'

/** After a change of the port the site does not work. */
const broken = (site: Site): SiteHealth => ({
  before: async () => 1,
  after: async () => (site.has(CONFIG) && isChanged(site) ? ['the site is down'] : []),
})

/** Mattermost saves a leaf of its own, in place, as it does. */
function save(site: Site, name: string): void {
  const config = site.config()
  config.TeamSettings = { ...config.TeamSettings, SiteName: name }
  site.write(CONFIG, JSON.stringify(config, null, 2))
  site.write(SAVED, name)
}

/** The name that Mattermost saved last; undefined where it saved none. */
export function lastSaved(site: Site): string | undefined {
  return site.has(SAVED) ? site.file(SAVED) : undefined
}

/** It saves just before ours takes the place of its file, and once more right after. */
function savesMeanwhile() {
  const inputs = new Map<Site, number>()
  return (site: Site, step: string) => {
    if (!/^(exchange|rename|link) config\.json$/.test(step) && !/^sync/.test(step)) return
    const times = (inputs.get(site) ?? 0) + 1
    inputs.set(site, times)
    if (times <= 3) save(site, `saved ${times}`)
  }
}

export const changes: Scenario[] = [
  { name: 'a first apply', options: counted, prepare: async () => {}, act: first },
  {
    name: 'a change of config.json and vhost',
    options: counted,
    prepare: first,
    configure: change,
    act: site => site.service.run(RUN),
  },
  {
    name: 'the same where names cannot be exchanged',
    options: without,
    prepare: first,
    configure: change,
    act: site => site.service.run(RUN),
  },
  {
    name: 'a removal',
    options: counted,
    prepare: first,
    configure: site => site.set({ status: 'disabled' }),
    act: site => site.service.run(RUN),
  },
  ...[counted, without].map(options => ({
    name: `a change that is undone${options === without ? ', without exchange' : ''}`,
    options,
    prepare: first,
    configure: (site: Site) => {
      change(site)
      site.health = broken(site)
    },
    act: (site: Site) => site.restarted().run(RUN),
  })),
  ...[counted, without].map(options => ({
    name: `Mattermost saves meanwhile${options === without ? ', without exchange' : ''}`,
    options,
    prepare: first,
    configure: change,
    act: (site: Site) => site.service.run(RUN),
    meanwhile: savesMeanwhile(),
  })),
  {
    name: 'a rollback by the operator',
    options: counted,
    prepare: async site => {
      await first(site)
      change(site)
      await site.service.run(RUN)
    },
    configure: site => {
      if (site.settings.mattermost.listenPort !== 8066) change(site)
    },
    act: site => site.service.run({ cause: 'rollback', to: 1 }),
    again: site => site.restarted().run({ cause: 'rollback', to: 1 }),
  },
]

/** A host for a scenario, as it is before. */
export async function hostFor(
  t: Parameters<typeof createSite>[0],
  scenario: Scenario,
  at?: string,
): Promise<Site> {
  const site = createSite(t, { ...scenario.options, ...(at === undefined ? {} : { at }) })
  await scenario.prepare(site)
  scenario.configure?.(site)
  return site
}

/** All that is rendered or linked, as it is now; what differs from host to host is left out. */
export function outputsOf(site: Site): Record<string, unknown> {
  const { mattermost } = onDisk(site.root)
  const plain = (text: string) =>
    text.replaceAll(site.root, '').replace(/mattuser:[^@]+@/, 'mattuser:PASSWORD@')
  const config = mattermost === undefined ? undefined : JSON.parse(plain(mattermost))
  // Mattermost's own.
  if (config?.TeamSettings !== undefined) delete config.TeamSettings.SiteName
  const files = Object.fromEntries(
    readdirSync(site.root + AVAILABLE)
      .filter(name => !name.startsWith('.'))
      .map(name => [name, plain(readFileSync(`${site.root}${AVAILABLE}/${name}`, 'utf8'))]),
  )
  const links = Object.fromEntries(
    readdirSync(site.root + ENABLED)
      .filter(name => !name.startsWith('.'))
      .map(name => [name, readlinkSync(`${site.root}${ENABLED}/${name}`)]),
  )
  return { config, files, links }
}

/** What the state says, without times, ids and hashes of what differs from host to host. */
export function stateOf(site: Site): Record<string, unknown> {
  if (!site.has(STATE)) return {}
  const { transaction, outputs, rendered, takenVhosts, ...state } = JSON.parse(site.file(STATE))
  if (state.kept !== undefined) state.kept = Object.keys(state.kept)
  const text = JSON.stringify(state)
    .replaceAll(site.root, '')
    .replace(/(cannot keep the change)[^"]*/, '$1')
  return JSON.parse(text, (key, value) =>
    ['at', 'since', 'managedSince', 'adoptedAt', 'retiredAt', 'fingerprint', 'mark'].includes(key)
      ? 'some'
      : value,
  )
}

/** The records of the DB, where a scenario has a real one. */
export function dbOf(site: Site): string[] {
  if (!site.has(DB)) return []
  const lines = site.file(DB).replaceAll(site.root, '').split('\n')
  return lines.filter(line => !line.startsWith('#')).sort()
}
