import { chownSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { MattermostClient } from '../../src/mattermost/client.js'

interface Owner {
  teardown(end: () => unknown): unknown
}

const uid = process.getuid?.() ?? 0

function folderOf(t: Owner): string {
  const folder = mkdtempSync(join(tmpdir(), 'people-transport-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function listen(t: Owner, socket: string, answer: RequestListener): Promise<void> {
  const server = createServer(answer)
  await new Promise<void>(resolve => server.listen(socket, resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  })
}

function clientOf(socket: string, more: { timeoutMs?: number; uids?: number[]; root?: string } = {}) {
  const { timeoutMs, uids = [uid], root = '' } = more
  const options = { socket, root, allowedUids: async () => uids }
  return new MattermostClient(timeoutMs === undefined ? options : { ...options, timeoutMs })
}

const newUser = {
  username: 'pluto',
  email: 'pluto@example.org',
  password: 'Secret,1234',
  first_name: '',
  last_name: '',
  position: '',
}

t.test('nothing is sent to a socket of somebody else', async t => {
  const folder = folderOf(t)
  const socket = join(folder, 'local.socket')
  let requests = 0
  await listen(t, socket, (_request, response) => {
    requests += 1
    response.end('{}')
  })
  const stranger = 12345
  if (uid === 0) chownSync(socket, stranger, stranger)
  const owner = uid === 0 ? stranger : uid
  const error = await t.rejects(clientOf(socket, { uids: [4711] }).createUser(newUser), {
    code: 'mattermost.untrusted',
    message: `cannot trust Mattermost's socket ${socket}: it belongs to uid ${owner}`,
  })
  t.notMatch(String(error), 'Secret')
  t.equal(requests, 0)
})

t.test('the user of the unit, root, and with --root the uid that runs are trusted', async t => {
  const folder = folderOf(t)
  const socket = join(folder, 'local.socket')
  await listen(t, socket, (_request, response) => response.end('{}'))
  await t.resolves(clientOf(socket, { uids: [uid] }).ping())
  await t.resolves(clientOf(socket, { uids: [], root: folder }).ping())
  if (uid === 0) await t.resolves(clientOf(socket, { uids: [] }).ping())
})

t.test('what is not a socket, and links on the way, are refused', async t => {
  const folder = folderOf(t)
  const real = join(folder, 'real')
  mkdirSync(real)
  await listen(t, join(real, 'local.socket'), (_request, response) => response.end('{}'))
  writeFileSync(join(folder, 'file'), '')
  symlinkSync(join(real, 'local.socket'), join(folder, 'link'))
  symlinkSync(real, join(folder, 'folder'))
  await t.rejects(clientOf(join(folder, 'file')).ping(), {
    code: 'mattermost.untrusted',
    message: /is not a socket/,
  })
  await t.rejects(clientOf(join(folder, 'link')).ping(), { code: 'mattermost.untrusted' })
  await t.rejects(clientOf(join(folder, 'folder', 'local.socket')).ping(), { code: 'files.unsafe' })
})

t.test('a missing socket, a dead one, a silent one and a cut answer are unreachable', async t => {
  const folder = folderOf(t)
  const missing = join(folder, 'none', 'local.socket')
  await t.rejects(clientOf(missing).ping(), {
    code: 'mattermost.unreachable',
    message: `cannot reach Mattermost: its local-mode socket ${missing} is missing`,
  })

  const dead = join(folder, 'dead')
  const server = createServer()
  await new Promise<void>(resolve => server.listen(join(folder, 'alive'), resolve))
  renameSync(join(folder, 'alive'), dead) // so that closing does not remove it
  await new Promise(resolve => server.close(resolve))
  await t.rejects(clientOf(dead).ping(), { code: 'mattermost.unreachable', message: /nothing listens on/ })

  const silent = join(folder, 'silent')
  await listen(t, silent, () => undefined)
  await t.rejects(clientOf(silent, { timeoutMs: 100 }).ping(), {
    code: 'mattermost.unreachable',
    message: /no answer on .* within 0.1 s/,
  })
  const stop = new AbortController()
  const stopped = clientOf(silent).until(stop.signal).ping()
  stop.abort()
  await t.rejects(stopped, { code: 'mattermost.unreachable', message: /was stopped/ })

  const cutting = join(folder, 'cutting')
  await listen(t, cutting, (_request, response) => {
    response.writeHead(200, { 'content-length': 1000 })
    response.write('{"id":')
    setTimeout(() => response.socket?.destroy(), 20)
  })
  await t.rejects(clientOf(cutting).serverFacts(), {
    code: 'mattermost.unreachable',
    message: /broke off the connection|aborted/,
  })
})

t.test('errors of the server in words', async t => {
  const folder = folderOf(t)
  const socket = join(folder, 'local.socket')
  let status = 500
  let body = ''
  await listen(t, socket, (_request, response) => response.writeHead(status).end(body))
  const cases: [number, string, string, RegExp][] = [
    [500, '{"id":"app.user.save.app_error"}', 'mattermost.refused', /app\.user\.save\.app_error, HTTP 500/],
    [400, '{"id":"app.user.save.email_exists.app_error"}', 'mattermost.refused', /is taken by another user$/],
    [400, '{"id":"<b>Secret,1234</b>"}', 'mattermost.refused', /HTTP 400/],
    [403, '{"id":"api.user.create_user.no_open_server"}', 'mattermost.localModeOff', /local mode is off/],
    [403, '{"id":"api.context.permissions.app_error"}', 'mattermost.localModeOff', /local mode is off/],
    [503, 'down', 'mattermost.unreachable', /not ready/],
    [429, '<html>slow down</html>', 'mattermost.unreachable', /not ready \(HTTP 429\)/],
    [413, '<html>too large</html>', 'mattermost.refused', /HTTP 413/],
    [201, '{"id":"short"}', 'mattermost.refused', /answer is not understood \(id\)/],
    [200, 'hello', 'mattermost.refused', /answer is not understood/],
  ]
  for (const [code, text, expected, message] of cases) {
    status = code
    body = text
    const error = await t.rejects(clientOf(socket).createUser(newUser), { code: expected, message })
    t.notMatch(String(error), 'Secret')
  }
})

t.test('a socket deeper than 107 bytes', async t => {
  const folder = folderOf(t)
  const deep = join(folder, 'd'.repeat(60), 'e'.repeat(60))
  mkdirSync(deep, { recursive: true })
  await listen(t, join(folder, 's'), (_request, response) => response.end('{}'))
  renameSync(join(folder, 's'), join(deep, 's'))
  await t.resolves(clientOf(join(deep, 's')).ping())
})
