import { once } from 'node:events'
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { connectApi } from '../../src/api/client.js'
import type { ImportLine, SyncReport } from '../../src/api/contract/people.js'
import { contract, type OperationName, type Operations } from '../../src/api/contract.js'
import type { Operation } from '../../src/api/operation.js'
import { buildApi, openApi } from '../../src/api/server.js'
import { TeamchatError } from '../../src/errors.js'
import { createPaths } from '../../src/paths.js'
import { arbitraryOf } from './arbitrary.js'

const names = Object.keys(contract) as OperationName[]
const report = sample(contract.importUsers) as SyncReport
const line: ImportLine = {
  kind: 'created',
  login: 'pluto',
  password: 'x y',
  credentialId: 'c1',
  result: 'ok',
}

/** One value that the operation may answer with. */
function sample({ output }: Operation): object {
  const [value] = fc.sample(arbitraryOf(output), { numRuns: 1, seed: 7 })
  return value as object
}

/** Operations that note what they were asked and answer as the contract says; `other` takes the place of some. */
function echo(calls: unknown[], other: Partial<Operations> = {}): Operations {
  const answers = names.map(name => {
    const answer = async (...args: unknown[]) => {
      calls.push([name, ...args.filter(arg => typeof arg === 'object' && !(arg instanceof AbortSignal))])
      return name === 'health' ? { ok: true, pid: 1, version: '1.2.3' } : sample(contract[name])
    }
    return [name, answer] as const
  })
  return { ...(Object.fromEntries(answers) as Operations), ...other }
}

/** The API on a socket far deeper than the 107 bytes of a Unix socket's address. */
async function apiOf(t: Test, other: Partial<Operations> = {}) {
  const root = join(t.testdir({}), 'x'.repeat(60), 'y'.repeat(60))
  mkdirSync(root, { recursive: true })
  const paths = createPaths({ root, env: {} })
  const calls: unknown[] = []
  const said: string[] = []
  const log = { error: (_members: object, text: string) => said.push(text) }
  const parts = { operations: echo(calls, other), log }
  const api = await openApi(parts, paths.apiSocket, paths.root)
  t.teardown(() => api.close())
  return { paths, calls, said, parts }
}

async function clientOf(t: Test, paths: ReturnType<typeof createPaths>) {
  const client = await connectApi(paths, '0.9.0')
  if (client === undefined) throw new Error('no daemon was found')
  t.teardown(() => client.close())
  return client
}

t.test('every operation arrives with its input', async t => {
  const { paths, calls } = await apiOf(t)
  t.equal(statSync(paths.apiSocket).mode & 0o777, 0o600)
  const client = await clientOf(t, paths)
  const hold = { action: 'hold', name: 'plüto', until: '2030-01-01T00:00:00.000Z', dryRun: true } as const
  await client.status()
  await client.plan()
  await client.apply({ force: true })
  await client.adopt({ dryRun: true, vhost: false })
  await client.retire({ dryRun: false, giveBack: true })
  await client.syncUsers({ confirm: true })
  await client.planUsers()
  await client.credentials({})
  await client.credentials({ login: 'plüto & co' })
  await client.credentials({ group: 'all, of us' })
  await client.forgetCredentials({ ids: ['c1'] })
  await client.inviteUser({ login: 'plüto' })
  await client.userReport({ login: 'plüto' })
  await client.userReport({})
  await client.listUsers()
  await client.changeLink({ action: 'link', name: 'plüto', username: 'pluto', dryRun: false })
  await client.changeLink(hold)
  await client.acceptHost()
  await client.relinkUsers({ names: ['plüto'], forgetMissing: false, confirm: true })
  await client.lookAtSpool()
  await client.eventReport({ id: 'abc-1', wait: 30_000 })
  await client.history()
  await client.diff({})
  await client.diff({ from: 0, to: 12 })
  await client.planRollback({ to: 3 })
  await client.rollback({ to: 3 })
  await client.releaseRollback()
  await client.pause({ reason: 'upgrade', forMs: 7_200_000 })
  await client.resume()
  t.same(calls, [
    ['health'],
    ['status'],
    ['plan'],
    ['apply', { force: true }],
    ['adopt', { dryRun: true, vhost: false }],
    ['retire', { dryRun: false, giveBack: true }],
    ['syncUsers', { confirm: true }],
    ['planUsers'],
    ['credentials', {}],
    ['credentials', { login: 'plüto & co' }],
    ['credentials', { group: 'all, of us' }],
    ['forgetCredentials', { ids: ['c1'] }],
    ['inviteUser', { login: 'plüto' }],
    ['userReport', { login: 'plüto' }],
    ['userReport', {}],
    ['listUsers'],
    ['changeLink', { action: 'link', name: 'plüto', username: 'pluto', dryRun: false }],
    ['changeLink', hold],
    ['acceptHost'],
    ['relinkUsers', { names: ['plüto'], forgetMissing: false, confirm: true }],
    ['lookAtSpool'],
    ['eventReport', { id: 'abc-1', wait: 30_000 }],
    ['history'],
    ['diff', {}],
    ['diff', { from: 0, to: 12 }],
    ['planRollback', { to: 3 }],
    ['rollback', { to: 3 }],
    ['releaseRollback'],
    ['pause', { reason: 'upgrade', forMs: 7_200_000 }],
    ['resume'],
  ])
})

t.test(
  'every answer that the contract allows comes through as it is, with the version of its form',
  async t => {
    for (const name of names) {
      const operation: Operation = contract[name]
      if (operation.line !== undefined || operation.input !== undefined || name === 'health') continue
      let value: unknown
      const { paths, parts } = await apiOf(t, { [name]: async () => value })
      const client = await clientOf(t, paths)
      const ask = () => Reflect.apply(client[name], undefined, []) as Promise<unknown>
      await fc.assert(
        fc.asyncProperty(arbitraryOf(operation.output), async output => {
          value = output
          t.same(await ask(), output, name)
        }),
        { numRuns: 10 },
      )
      const app = buildApi(parts)
      const answer = await app.inject({ method: operation.method, url: operation.path })
      t.match(answer.body, /^\{"schemaVersion":1/, name)
      await app.close()
    }
  },
)

t.test('errors keep their code, words and hint; faults are logged and told without a stack', async t => {
  const { paths, said } = await apiOf(t, {
    plan: async () => {
      throw new TeamchatError('settings.notAdopted', 'cannot plan: not adopted', { hint: 'teamchat adopt' })
    },
    adopt: async () => {
      throw new Error('a fault of ours')
    },
    eventReport: async () => {
      throw new TeamchatError('event.unknown', 'cannot find the event abc-1')
    },
  })
  const client = await clientOf(t, paths)
  await t.rejects(client.plan(), { code: 'settings.notAdopted', hint: 'teamchat adopt', exitCode: 78 })
  await t.rejects(client.adopt({ dryRun: false, vhost: false }), {
    code: 'failed',
    message: 'cannot answer the request: a fault of ours',
  })
  t.same(said, ['cannot answer the request: a fault of ours'])
  await t.rejects(client.eventReport({ id: 'abc-1', wait: 0 }), { code: 'event.unknown' })
  await t.rejects(client.eventReport({ id: 'A/../B', wait: 0 }), {
    code: 'otherVersion',
    message: /id: .*teamchatd 1\.2\.3 is running/,
  })
  const same = await connectApi(paths, '1.2.3')
  t.teardown(() => same?.close())
  const ask = async () => same?.eventReport({ id: 'A/../B', wait: 0 })
  await t.rejects(ask(), { code: 'usage', message: /id: / })
})

t.test('a daemon of another version is told in words', async t => {
  const answers: Record<string, { status?: number; body: object | string }> = {
    'a member is missing': { body: { schemaVersion: 1, entries: [] } },
    'a member has another type': { body: { schemaVersion: 1, entries: 'none', unreadable: [] } },
    'a kind that this version does not know': {
      body: { entries: [], unreadable: [], pin: { generation: 'last', since: '' } },
    },
    'another form': { body: { schemaVersion: 2, entries: [], unreadable: [] } },
    'no JSON': { body: '<html>' },
    'an input that it does not take': {
      status: 400,
      body: { error: { code: 'usage', message: 'cannot take the request: more', hint: 'see --help' } },
    },
    'an unknown route': {
      status: 404,
      body: { error: { code: 'usage', message: 'cannot GET /v1/history: there is no such route', hint: '' } },
    },
  }
  for (const [name, { status = 200, body }] of Object.entries(answers)) {
    const paths = await otherDaemon(t, status, body)
    const client = await clientOf(t, paths)
    await t.rejects(
      client.history(),
      {
        code: 'otherVersion',
        message: /'history': .*; teamchatd 7\.0\.0 is running, and this command is of version 0\.9\.0$/,
        hint: /systemctl restart teamchatd/,
      },
      name,
    )
  }
  const paths = await otherDaemon(t, 200, { entries: [], unreadable: [], more: { than: 'we know' } })
  const client = await clientOf(t, paths)
  t.same(
    await client.history(),
    { entries: [], unreadable: [] },
    'members that are not known are passed over',
  )
})

/** A daemon that answers every request but the first with this. */
async function otherDaemon(t: Test, status: number, body: object | string) {
  const paths = createPaths({ root: t.testdir({}), env: {} })
  mkdirSync(paths.runFolder, { recursive: true })
  const server = http.createServer((request, response) => {
    if (request.url === '/v1/health') response.end('{"ok":true,"pid":1,"version":"7.0.0"}')
    else response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  const folder = process.cwd()
  process.chdir(paths.runFolder)
  await new Promise<void>(resolve => server.listen('api.sock', resolve))
  process.chdir(folder)
  t.teardown(() => server.close())
  return paths
}

t.test('the import streams each line before the next thing happens', async t => {
  const seen: string[] = []
  const { paths } = await apiOf(t, {
    importUsers: async (_input, onLine) => {
      await onLine({ kind: 'note', text: 'one' })
      seen.push('server went on')
      await onLine(line)
      return report
    },
  })
  const client = await clientOf(t, paths)
  const result = await client.importUsers({ password: undefined }, async got => {
    seen.push(got.kind)
  })
  t.same(result, report)
  t.same(
    seen.filter(name => name !== 'server went on'),
    ['note', 'created'],
  )
})

t.test('an import that fails in the middle ends with its error', async t => {
  const { paths } = await apiOf(t, {
    importUsers: async (_input, onLine) => {
      await onLine(line)
      throw new TeamchatError('mattermost.unreachable', 'cannot reach Mattermost: it has gone')
    },
  })
  const client = await clientOf(t, paths)
  const seen: ImportLine[] = []
  const run = client.importUsers({ password: 'p' }, async got => {
    seen.push(got)
  })
  await t.rejects(run, { code: 'mattermost.unreachable', exitCode: 69 })
  t.same(seen, [line])
})

t.test('an import whose caller has gone is told to end', async t => {
  let ended: (() => void) | undefined
  const aborted = new Promise<void>(resolve => {
    ended = resolve
  })
  const { paths } = await apiOf(t, {
    importUsers: async (_input, onLine, signal) => {
      await onLine(line)
      await new Promise<void>(resolve => signal?.addEventListener('abort', () => resolve()))
      ended?.()
      await onLine(line)
      return report
    },
  })
  // By a name relative to the folder, since the full one is too long for an address.
  const folder = process.cwd()
  process.chdir(join(paths.apiSocket, '..'))
  const request = http.request({
    socketPath: 'api.sock',
    method: 'POST',
    path: '/v1/users/import',
    headers: { 'content-type': 'application/json' },
  })
  request.on('error', () => undefined)
  request.end('{}')
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage]
  process.chdir(folder)
  await once(answer, 'data')
  request.destroy()
  await aborted
  t.pass('the signal came')
})

t.test('wrong requests are refused by name of the member, and a password is not repeated', async t => {
  const app = buildApi({ operations: echo([]), log: { error: () => undefined } })
  t.teardown(() => app.close())
  const cases: ['GET' | 'POST' | 'DELETE', string, object | string | undefined, number, RegExp][] = [
    ['POST', '/v1/apply', { force: 'perhaps' }, 400, /force: /],
    ['POST', '/v1/apply', { forced: true }, 400, /"forced"/],
    ['POST', '/v1/apply', '{', 400, /cannot answer the request/],
    ['POST', '/v1/rollback', {}, 400, /to: /],
    ['POST', '/v1/rollback', { to: -1 }, 400, /to: /],
    ['GET', '/v1/diff?from=x', undefined, 400, /from: /],
    ['POST', '/v1/pause', { reason: '' }, 400, /reason: /],
    ['POST', '/v1/pause', { reason: 'x', forMs: 1 }, 400, /forMs: /],
    ['POST', '/v1/users/import', { password: '' }, 400, /password: /],
    ['POST', '/v1/users/import', { password: { secret: 'hunter2' } }, 400, /password: /],
    ['POST', '/v1/credentials/forget', { ids: 'all' }, 400, /ids: /],
    ['POST', '/v1/users/link', { action: 'hold', name: 'x', until: 'soon' }, 400, /until: /],
    ['GET', '/v1/events/abc?wait=forever', undefined, 400, /wait: /],
    ['DELETE', '/v1/status', undefined, 404, /no such route/],
    ['GET', '/', undefined, 404, /no such route/],
  ]
  for (const [method, url, payload, status, words] of cases) {
    const headers = { 'content-type': 'application/json' }
    const answer = await app.inject({ method, url, ...(payload === undefined ? {} : { payload, headers }) })
    t.equal(answer.statusCode, status, `${method} ${url}`)
    t.notMatch(answer.body, 'hunter2')
    t.match(answer.json(), { schemaVersion: 1, error: { code: 'usage', message: words } })
  }
})

t.test('no daemon: none is found, and what a dead one left does not hinder the next', async t => {
  const root = t.testdir({})
  const paths = createPaths({ root, env: {} })
  t.equal(await connectApi(paths, '0'), undefined, 'no folder')
  mkdirSync(join(root, 'run/teamchatd'), { recursive: true })
  t.equal(await connectApi(paths, '0'), undefined, 'no socket')
  writeFileSync(paths.apiSocket, 'left')
  t.equal(await connectApi(paths, '0'), undefined, 'nobody listens')
  const log = { error: () => undefined }
  const api = await openApi({ operations: echo([]), log }, paths.apiSocket, paths.root)
  const client = await connectApi(paths, '0')
  t.ok(client)
  await client?.close()
  await api.close()
  t.notOk(existsSync(paths.apiSocket) && (await connectApi(paths, '0')), 'closed')
})
