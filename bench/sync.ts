import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Settings } from '../src/configdb/settings.js'
import { createProvider } from '../src/directory/provider.js'
import { MattermostClient } from '../src/mattermost/client.js'
import { createPaths } from '../src/paths.js'
import { LinkStore } from '../src/people/links/links.js'
import { PeopleService } from '../src/people/service.js'
import { startHost } from '../test/support/host/host.js'
import { type Mattermost, startMattermost } from '../test/support/mattermost/start.js'
import { providerSettings } from '../test/support/provider-settings.js'
import { type Slapd, startSlapd } from '../test/support/slapd.js'
import { type Bench, median, type Row } from './row.js'

/** As many as Team Edition ever admitted (10.11). */
const PEOPLE = 5_000
const RUNS = 9
/** What one can wait for at a prompt. */
const LIMIT_MS = 1000

/** A full sync that finds everybody as they should be: slapd, the stand-in, links of everybody on the disk. */
export const bench: Bench = { name: `a sync of ${PEOPLE} linked people with nothing to do`, run }

async function run(): Promise<Row[]> {
  const ends: (() => unknown)[] = []
  const t = { teardown: (end: () => unknown) => ends.unshift(end) } as unknown as Test
  const root = mkdtempSync(join(tmpdir(), 'teamchat-bench-'))
  try {
    const host = await startHost(t, { systemd: false, network: 'shared' })
    const slapd = await startSlapd(t, host, { users: PEOPLE, tls: false })
    const server = await startMattermost(t, { version: '10.11', config: BIG_TEAM })
    const story = await linkedStory(root, slapd, server)
    const times: number[] = []
    for (let turn = 0; turn < RUNS; turn += 1) {
      const begin = performance.now()
      const report = await story.syncAll()
      times.push(performance.now() - begin)
      if (report.skipped !== PEOPLE) throw new Error(JSON.stringify(report))
    }
    const [first = 0, ...others] = times
    return [
      { name: 'median', value: median(others), unit: 'ms', limit: LIMIT_MS },
      { name: 'the first of a process', value: first, unit: 'ms' },
    ]
  } finally {
    for (const end of ends) await end()
    rmSync(root, { recursive: true })
  }
}

const BIG_TEAM = { TeamSettings: { MaxUsersPerTeam: 10_000 } }

async function linkedStory(root: string, slapd: Slapd, server: Mattermost): Promise<PeopleService> {
  const { uri, baseDn, userDn, bindDn, bindPassword } = slapd
  const paths = createPaths({ root })
  const provider = createProvider(providerSettings({ uri, baseDn, userDn, bindDn, bindPassword }), {
    below: path => path,
    readSecret: async () => undefined,
  })
  const team = await server.api('POST', '/teams', { name: 'example', display_name: 'Example', type: 'O' })
  const teamId = (team.body as { id: string }).id
  const { accounts } = await provider.readAll()
  const links = new LinkStore(paths)
  await links.load()
  const create = async (login: string) => {
    const user = { username: login, email: `${login}@nh.test`, password: 'Password,1234' }
    const made = await server.api('POST', '/users', {
      ...user,
      first_name: 'User',
      last_name: login.slice(4),
    })
    return (made.body as { id: string }).id
  }
  const puts = []
  for (const account of accounts) {
    const userId = await create(account.login)
    const link = { provider: provider.identity.provider, accountId: account.id, login: account.login, userId }
    const rest = { origin: 'created' as const, linkedAt: new Date().toISOString(), joinedTeams: [teamId] }
    puts.push({ put: { ...link, ...rest, displayName: account.displayName } })
  }
  await links.change(puts)
  const allowedUids = async () => [process.getuid?.() ?? 0]
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const story = new PeopleService({
    paths,
    settings: async () => SETTINGS,
    provider: () => provider,
    mattermost: () => new MattermostClient({ socket: server.socketPath, root: '', allowedUids }),
    gate: async () => ({ allowed: true }),
    machine: async () => undefined,
    log,
  })
  await story.syncUsers({ confirm: true })
  return story
}

const SETTINGS = {
  mattermost: {
    ...{ siteUrl: '', team: 'example', userSync: 'full', firstAdmin: 'first-imported' },
    ...{ newUserPassword: 'random', credentialDays: 30, emailFrom: 'mail', goneAfterMs: 86_400_000 },
    ...{ maxDeactivate: undefined, maxCreate: 100, onPasswordModify: 'ignore' },
  },
  provider: { selection: { groups: [] as string[] } },
  company: 'Example',
  domainName: 'nh.test',
} as unknown as Settings // the rest is none of the people service's business
