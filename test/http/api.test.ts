import { once } from 'node:events'
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { connectApi } from '../../src/cli/api.js'
import { TeamchatError } from '../../src/errors.js'
import { openApi } from '../../src/http/server.js'
import { createPaths } from '../../src/paths.js'
import type { ImportLine, SyncReport } from '../../src/people/types.js'
import type { Operations } from '../../src/stories/operations.js'

const report: SyncReport = {
  startedAt: 'a',
  finishedAt: 'b',
  created: 1,
  adopted: 0,
  joined: 0,
  updated: 0,
  renamed: 0,
  deactivated: 0,
  reactivated: 0,
  skipped: 0,
  held: 0,
  refused: 0,
  failed: 0,
  problems: [],
  waits: [],
}
const line: ImportLine = {
  kind: 'created',
  login: 'pluto',
  password: 'x y',
  credentialId: 'c1',
  result: 'ok',
}

/** Operations that answer with what they were asked; the stories themselves have their own tests. */
function echo(calls: unknown[]): Operations {
  const answer =
    (name: string, value: unknown) =>
    async (...args: unknown[]) => {
      calls.push([name, ...args])
      return value as never
    }
  return {
    status: answer('status', { daemon: { running: true } }),
    plan: async () => {
      throw new TeamchatError('settings.notAdopted', 'cannot plan: not adopted', { hint: 'teamchat adopt' })
    },
    apply: answer('apply', { state: 'unchanged' }),
    adopt: async () => {
      throw new Error('a fault of ours')
    },
    retire: answer('retire', { state: 'nothing' }),
    syncUsers: answer('syncUsers', { confirmed: true }),
    planUsers: answer('planUsers', { pending: false }),
    importUsers: answer('importUsers', report),
    credentials: answer('credentials', []),
    forgetCredentials: answer('forgetCredentials', undefined),
    inviteUser: answer('inviteUser', { state: 'sent' }),
    userReport: answer('userReport', { people: [] }),
    listUsers: answer('listUsers', { people: [] }),
    changeLink: answer('changeLink', { changed: true }),
    acceptHost: answer('acceptHost', { differences: [] }),
    relinkUsers: answer('relinkUsers', { people: [] }),
    eventReport: answer('eventReport', undefined),
    history: answer('history', { entries: [] }),
    diff: answer('diff', { files: [] }),
    planRollback: answer('planRollback', { files: [] }),
    rollback: answer('rollback', { state: 'applied' }),
    releaseRollback: answer('releaseRollback', { state: 'applied' }),
    pause: answer('pause', { since: 'a', reason: 'upgrade' }),
    resume: answer('resume', undefined),
  }
}

/** The API on a socket far deeper than the 107 bytes of a Unix socket's address. */
async function apiOf(t: Test, importUsers?: Parameters<typeof openApi>[0]['importUsers']) {
  const root = join(t.testdir({}), 'x'.repeat(60), 'y'.repeat(60))
  mkdirSync(root, { recursive: true })
  const paths = createPaths({ root, env: {} })
  const calls: unknown[] = []
  const operations = echo(calls)
  const said: string[] = []
  const parts = {
    operations,
    importUsers:
      importUsers ??
      (async (options, onLine) => {
        calls.push(['importUsers', options.password])
        await onLine(line)
        return report
      }),
    lookAtSpool: () => calls.push(['look']),
    log: { error: (_members: object, text: string) => said.push(text) },
  } satisfies Parameters<typeof openApi>[0]
  const api = await openApi(parts, paths.apiSocket, paths.root)
  t.teardown(() => api.close())
  return { paths, calls, said, api, parts }
}

async function clientOf(t: Test, paths: ReturnType<typeof createPaths>) {
  const client = await connectApi(paths)
  if (client === undefined) throw new Error('no daemon was found')
  t.teardown(() => client.close())
  return client
}

t.test('every operation arrives with its arguments', async t => {
  const { paths, calls } = await apiOf(t)
  t.equal(statSync(paths.apiSocket).mode & 0o777, 0o600)
  const client = await clientOf(t, paths)
  t.match(await client.status(), { daemon: { running: true } })
  await client.apply({ force: true })
  await client.syncUsers({ confirm: true })
  await client.credentials({ login: undefined, group: undefined })
  await client.credentials({ login: 'plüto & co', group: undefined })
  await client.credentials({ login: undefined, group: 'all, of us' })
  await client.forgetCredentials(['c1'])
  await client.inviteUser('plüto')
  await client.userReport('plüto')
  await client.userReport(undefined)
  await client.listUsers()
  await client.changeLink({ action: 'link', name: 'plüto', username: 'pluto', dryRun: false })
  await client.changeLink({ action: 'hold', name: 'plüto', until: '2030-01-01T00:00:00.000Z', dryRun: true })
  await client.acceptHost()
  await client.relinkUsers({ names: ['plüto'], forgetMissing: false, confirm: true })
  await client.lookAtSpool()
  await client.eventReport('abc-1', 30_000).catch(() => undefined)
  await client.history()
  await client.diff({ from: undefined, to: undefined })
  await client.diff({ from: 0, to: 12 })
  await client.planRollback(3)
  await client.rollback(3)
  await client.releaseRollback()
  await client.pause({ reason: 'upgrade', forMs: 7_200_000 })
  await client.resume()
  t.same(calls, [
    ['status'],
    ['apply', { force: true }],
    ['syncUsers', { confirm: true }],
    ['credentials', { login: undefined, group: undefined }],
    ['credentials', { login: 'plüto & co', group: undefined }],
    ['credentials', { login: undefined, group: 'all, of us' }],
    ['forgetCredentials', ['c1']],
    ['inviteUser', 'plüto'],
    ['userReport', 'plüto'],
    ['userReport', undefined],
    ['listUsers'],
    ['changeLink', { action: 'link', name: 'plüto', username: 'pluto', dryRun: false }],
    ['changeLink', { action: 'hold', name: 'plüto', until: '2030-01-01T00:00:00.000Z', dryRun: true }],
    ['acceptHost'],
    ['relinkUsers', { names: ['plüto'], forgetMissing: false, confirm: true }],
    ['look'],
    ['eventReport', 'abc-1', 30_000],
    ['history'],
    ['diff', { from: undefined, to: undefined }],
    ['diff', { from: 0, to: 12 }],
    ['planRollback', 3],
    ['rollback', 3],
    ['releaseRollback'],
    ['pause', { reason: 'upgrade', forMs: 7_200_000 }],
    ['resume'],
    ['look'],
  ])
})

t.test('errors keep their code, words and hint; faults are logged and told without a stack', async t => {
  const { paths, said } = await apiOf(t)
  const client = await clientOf(t, paths)
  await t.rejects(client.plan(), { code: 'settings.notAdopted', hint: 'teamchat adopt', exitCode: 78 })
  await t.rejects(client.adopt({ dryRun: false, vhost: false }), {
    code: 'failed',
    message: 'cannot answer the request: a fault of ours',
  })
  t.same(said, ['cannot answer the request: a fault of ours'])
  t.equal(await client.eventReport('abc-1', 0), undefined)
  await t.rejects(client.eventReport('A/../B', 0), { code: 'usage' })
})

t.test('the import streams each line before the next thing happens', async t => {
  const seen: string[] = []
  const { paths } = await apiOf(t, async (_options, onLine) => {
    await onLine({ kind: 'note', text: 'one' })
    seen.push('server went on')
    await onLine(line)
    return report
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
  const { paths } = await apiOf(t, async (_options, onLine) => {
    await onLine(line)
    throw new TeamchatError('mattermost.unreachable', 'cannot reach Mattermost: it has gone')
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
  const { paths } = await apiOf(t, async ({ signal }, onLine) => {
    await onLine(line)
    await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
    ended?.()
    await onLine(line)
    return report
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

t.test('wrong requests are refused by their schema, and a password is not repeated', async t => {
  const { api, parts } = await apiOf(t)
  t.ok(api)
  const { buildApi } = await import('../../src/http/server.js')
  const app = buildApi(parts)
  t.teardown(() => app.close())
  const cases: ['GET' | 'POST' | 'DELETE', string, object | undefined, number][] = [
    ['POST', '/v1/apply', { force: 'perhaps' }, 400],
    ['POST', '/v1/rollback', {}, 400],
    ['POST', '/v1/rollback', { to: -1 }, 400],
    ['GET', '/v1/diff?from=x', undefined, 400],
    ['POST', '/v1/pause', { reason: '' }, 400],
    ['POST', '/v1/pause', { reason: 'x', forMs: 1 }, 400],
    ['POST', '/v1/users/import', { password: '' }, 400],
    ['POST', '/v1/users/import', { password: { secret: 'hunter2' } }, 400],
    ['POST', '/v1/credentials/forget', { ids: 'all' }, 400],
    ['GET', '/v1/events/abc?wait=forever', undefined, 400],
    ['DELETE', '/v1/status', undefined, 404],
    ['GET', '/', undefined, 404],
  ]
  for (const [method, url, payload, status] of cases) {
    const answer = await app.inject({ method, url, ...(payload === undefined ? {} : { payload }) })
    t.equal(answer.statusCode, status, `${method} ${url}`)
    t.notMatch(answer.body, 'hunter2')
    t.match(answer.json(), { error: { code: 'usage' } })
  }
})

t.test('no daemon: none is found, and what a dead one left does not hinder the next', async t => {
  const root = t.testdir({})
  const paths = createPaths({ root, env: {} })
  t.equal(await connectApi(paths), undefined, 'no folder')
  mkdirSync(join(root, 'run/teamchatd'), { recursive: true })
  t.equal(await connectApi(paths), undefined, 'no socket')
  writeFileSync(paths.apiSocket, 'left')
  t.equal(await connectApi(paths), undefined, 'nobody listens')
  const api = await openApi(
    {
      operations: echo([]),
      importUsers: async () => report,
      lookAtSpool: () => undefined,
      log: { error: () => undefined },
    },
    paths.apiSocket,
    paths.root,
  )
  const client = await connectApi(paths)
  t.ok(client)
  await client?.close()
  await api.close()
  t.notOk(existsSync(paths.apiSocket) && (await connectApi(paths)), 'closed')
})
