import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ForgetPrinted } from '../src/cli/forget-printed.js'
import type { Settings } from '../src/configdb/settings.js'
import { MattermostClient } from '../src/mattermost/client.js'
import { createPaths } from '../src/paths.js'
import { PeopleService } from '../src/people/service.js'
import { account } from '../test/people/plan/people.js'
import { type Mattermost, startMattermost } from '../test/support/mattermost/start.js'
import type { Bench, Row } from './row.js'

/** As many as 11.2 takes: the first one goes alone, and what starts up counts less. */
const PEOPLE = 240
/** Enough to see which concurrency is the best one. */
const TRIED = 60
const ROUNDS = 3
/** Less would mean that the server waits for us. */
const LIMIT = 0.95

/** People created and put into the team a second, beside bare requests at the concurrency that is best for them. */
export const bench: Bench = { name: 'creating users (stand-in with the CPU of a real server)', run }

async function run(): Promise<Row[]> {
  const rows: Row[] = []
  for (const version of ['11.2', '10.11'] as const) rows.push(await ofVersion(version))
  return rows
}

async function ofVersion(version: '11.2' | '10.11'): Promise<Row> {
  const cores = availableParallelism()
  const tried: { atOnce: number; rate: number }[] = []
  for (const atOnce of [cores, cores + 1, 2 * cores, 4 * cores]) {
    tried.push({ atOnce, rate: await onServer(version, TRIED, (...on) => bare(...on, atOnce)) })
  }
  const best = tried.reduce((a, b) => (b.rate > a.rate ? b : a))
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push(await onServer(version, PEOPLE, story))
    theirs.push(await onServer(version, PEOPLE, (...on) => bare(...on, best.atOnce)))
  }
  // Other programs of the host only ever slow down: what each can do is its best round.
  const value = Math.max(...ours)
  const peer = { name: `bare requests, ${best.atOnce} at once`, value: Math.max(...theirs) }
  const ratio = value / peer.value
  return { name: `${version}, create and join`, value, unit: 'people/s', peer, ratio, limit: LIMIT }
}

/** A fresh server, since there is a limit of users. Gives people a second. */
async function onServer(
  version: '11.2' | '10.11',
  people: number,
  work: (server: Mattermost, people: number) => Promise<void>,
): Promise<number> {
  const ends: (() => unknown)[] = []
  const t = { teardown: (end: () => unknown) => ends.push(end) }
  const server = await startMattermost(t, { version, faults: { realCost: true }, config: BIG_TEAM })
  try {
    const before = performance.now()
    await work(server, people)
    return people / ((performance.now() - before) / 1000)
  } finally {
    for (const end of ends) await end()
  }
}
const BIG_TEAM = { TeamSettings: { MaxUsersPerTeam: 1000 } }

/** The least that must be asked: one creation and one join for each, so many people at a time. */
async function bare(server: Mattermost, people: number, atOnce: number): Promise<void> {
  const agent = new http.Agent({ keepAlive: true })
  const post = (path: string, body: object) => ask(server.socketPath, agent, path, JSON.stringify(body))
  const team_id = await post('/teams', { name: 'example', display_name: 'Example', type: 'O' })
  let next = 0
  const worker = async () => {
    for (let number = next++; number < people; number = next++) {
      const username = loginOf(number)
      const email = `${username}@example.org`
      const user_id = await post('/users', {
        username,
        email,
        password: 'Password,1234',
        email_verified: true,
      })
      await post(`/teams/${team_id}/members`, { team_id, user_id })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  agent.destroy()
}

function ask(socketPath: string, agent: http.Agent, path: string, body: string): Promise<string> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    const options = { socketPath, agent, method: 'POST', path: `/api/v4${path}`, headers }
    const request = http.request(options, async answer => {
      let text = ''
      for await (const part of answer) text += part
      if (answer.statusCode === 201) resolve((JSON.parse(text) as { id?: string }).id ?? '')
      else reject(new Error(`${path}: ${answer.statusCode} ${text}`))
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** The bulk command without its process: directory in memory, files on the disk, each line forgotten as printed. */
async function story(server: Mattermost, count: number): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'teamchat-bench-'))
  const accounts = Array.from({ length: count }, (_, number) => account(loginOf(number)))
  const read = async () => ({ accounts, locksKnown: true, othersSeen: true })
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const people = new PeopleService({
    paths: createPaths({ root }),
    settings: async () =>
      ({
        mattermost: { team: '', userSync: 'events' },
        company: 'Example',
        domainName: 'example.org',
      }) as Settings,
    provider: () => ({
      description: 'memory',
      identity: { provider: 'memory', base: '', filter: '' },
      watchedFile: undefined,
      readAll: read,
      readNamed: read,
    }),
    mattermost: () =>
      new MattermostClient({
        socket: server.socketPath,
        root: '',
        allowedUids: async () => [process.getuid?.() ?? 0],
      }),
    gate: async () => ({ allowed: true }),
    machine: async () => undefined,
    log,
  })
  const printed = new ForgetPrinted(ids => people.credentials.forget(ids))
  try {
    const report = await people.importAll({
      password: undefined,
      onLine: async line => {
        if (line.kind === 'created') printed.add(line.credentialId)
      },
    })
    await printed.end()
    if (report.created !== count)
      throw new Error(`created ${report.created} of ${count}: ${report.problems[0]}`)
  } finally {
    rmSync(root, { recursive: true })
  }
}

function loginOf(number: number): string {
  return `person${String(number).padStart(4, '0')}`
}
