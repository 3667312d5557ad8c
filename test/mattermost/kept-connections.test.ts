import { chownSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { MattermostClient } from '../../src/mattermost/client.js'
import { startMattermost } from '../support/mattermost/start.js'

interface Owner {
  teardown(end: () => unknown): unknown
}

const uid = process.getuid?.() ?? 0

interface Listening {
  server: Server
  /** All that were ever made. */
  connections: Socket[]
  posts: () => number
}

/** A server that closes no connection by itself, as Mattermost's own. */
async function listen(t: Owner, socket: string, answer: RequestListener = wellDone): Promise<Listening> {
  let posts = 0
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    if (request.method === 'POST') posts += 1
    request.resume().on('end', () => answer(request, response))
  })
  const connections: Socket[] = []
  server.on('connection', connection => connections.push(connection))
  await new Promise<void>(resolve => server.listen(socket, resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  })
  return { server, connections, posts: () => posts }
}

const wellDone: RequestListener = (_request, response) => response.end('{}')

function socketOf(t: Owner): string {
  const folder = mkdtempSync(join(tmpdir(), 'people-kept-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'local.socket')
}

function runOf(
  t: Owner,
  socket: string,
  more: { timeoutMs?: number; idleMs?: number; uids?: () => number[] } = {},
) {
  // Long enough for a busy host.
  const { uids = () => [uid], idleMs = 20_000, ...rest } = more
  let looks = 0
  const allowedUids = async () => {
    looks += 1
    return uids()
  }
  const stop = new AbortController()
  const client = new MattermostClient({ socket, root: '', allowedUids, idleMs, ...rest })
  const run = client.forRun(stop.signal)
  t.teardown(() => run.end())
  return { ...run, stop, looks: () => looks }
}

function closed(connection: Socket | undefined): Promise<unknown> {
  if (connection === undefined) throw new Error('there is no such connection')
  return connection.destroyed ? Promise.resolve() : new Promise(resolve => connection.once('close', resolve))
}

t.test('requests of a run share a connection, whose socket is looked at once', async t => {
  const socket = socketOf(t)
  const { connections } = await listen(t, socket)
  const { client, end, looks } = runOf(t, socket)
  for (let count = 0; count < 5; count += 1) await client.reloadConfig()
  t.equal(connections.length, 1)
  t.equal(looks(), 1)
  await Promise.all([client.ping(), client.ping(), client.ping()])
  t.equal(connections.length, 3, 'each at the same time has its own')
  await Promise.all([client.ping(), client.ping(), client.ping()])
  t.equal(connections.length, 3)
  end()
  await Promise.all(connections.map(closed))
  await client.ping()
  await client.ping()
  t.equal(connections.length, 5, 'after the end of the run nothing is kept')
})

t.test('an idle connection is closed by us, and never keeps the process alive', async t => {
  const server = await startMattermost(t)
  const pipes = () => process.getActiveResourcesInfo().filter(name => name === 'PipeWrap').length
  // What starting it has left closes first.
  let before = pipes()
  for (let earlier = -1; earlier !== before; before = pipes()) {
    earlier = before
    await wait(100)
  }
  const other = runOf(t, server.socketPath)
  await other.client.ping()
  t.equal(pipes(), before)

  const socket = socketOf(t)
  const { connections } = await listen(t, socket)
  const { client } = runOf(t, socket, { idleMs: 50 })
  await client.ping()
  await closed(connections[0])
  await client.ping()
  await closed(connections[1])
})

t.test('a server that closes: after each answer, with and without a word', async t => {
  const cases: Record<string, RequestListener> = {
    'it says so': (_request, response) => response.writeHead(200, { connection: 'close' }).end('{}'),
    'at once': (_request, response) => {
      const { socket } = response
      response.on('finish', () => socket?.end()).end('{}')
    },
    'it cuts': (_request, response) => {
      const { socket } = response
      response.on('finish', () => setImmediate(() => socket?.destroy())).end('{}')
    },
  }
  for (const [name, answer] of Object.entries(cases)) {
    const socket = socketOf(t)
    const { connections, posts } = await listen(t, socket, answer)
    const { client } = runOf(t, socket)
    for (let count = 0; count < 20; count += 1) await client.reloadConfig()
    t.equal(posts(), 20, name)
    t.equal(connections.length, 20, name)
  }
})

t.test('a server that closes an idle connection is not given one to keep again', async t => {
  const socket = socketOf(t)
  const { connections } = await listen(t, socket)
  const { client } = runOf(t, socket)
  await client.ping()
  connections[0]?.end()
  await closed(connections[0])
  await client.ping()
  await client.ping()
  t.equal(connections.length, 3)
})

t.test('Mattermost is killed, or restarted, between two requests', async t => {
  const server = await startMattermost(t)
  const { client } = runOf(t, server.socketPath)
  await client.ping()
  await server.kill()
  await t.rejects(client.ping(), { code: 'mattermost.unreachable' })
  await server.start()
  await client.ping()
  await server.restart()
  await t.resolves(client.createTeam('example', 'Example'))
})

t.test('another socket in its place: the connection to the old one is given up', async t => {
  const socket = socketOf(t)
  const old = await listen(t, socket)
  const { client } = runOf(t, socket)
  await client.reloadConfig()
  renameSync(socket, `${socket}.old`)
  const fresh = await listen(t, socket)
  await client.reloadConfig()
  t.same([old.posts(), fresh.posts()], [1, 1])
  await closed(old.connections[0])
})

t.test('a socket that comes to belong to somebody else gets nothing more', async t => {
  for (const replaced of [true, false]) {
    const socket = socketOf(t)
    const old = await listen(t, socket)
    let uids = [uid]
    const { client } = runOf(t, socket, { uids: () => uids })
    await client.reloadConfig()
    if (replaced) renameSync(socket, `${socket}.old`)
    const fresh = replaced ? await listen(t, socket) : old
    if (uid === 0) chownSync(socket, 12345, 12345)
    else if (!replaced) continue // nobody but root can give a file away
    uids = []
    await t.rejects(client.reloadConfig(), { code: 'mattermost.untrusted' })
    t.same([old.posts(), fresh.posts()], replaced ? [1, 0] : [1, 1])
    await closed(old.connections[0])
  }
})

t.test('a request that is cut is not sent again, on a kept connection either', async t => {
  const cases: Record<string, RequestListener> = {
    'before the answer': (_request, response) => response.socket?.destroy(),
    'in the middle of the answer': (_request, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('{"id":', () => response.socket?.destroy())
    },
  }
  for (const [name, cut] of Object.entries(cases)) {
    const socket = socketOf(t)
    let answer = wellDone
    const { connections, posts } = await listen(t, socket, (...both) => answer(...both))
    const { client } = runOf(t, socket)
    await client.ping()
    answer = cut
    await t.rejects(client.reloadConfig(), {
      code: 'mattermost.unreachable',
      message: /broke off the connection|aborted|hang up/,
    })
    t.equal(posts(), 1, name)
    t.equal(connections.length, 1, name)
    answer = wellDone
    await client.ping()
    t.equal(connections.length, 2, name)
  }
})

t.test('after an error none is kept, neither the idle nor those at work', async t => {
  const socket = socketOf(t)
  let answer = wellDone
  const { connections } = await listen(t, socket, (...both) => answer(...both))
  const { client } = runOf(t, socket)
  const late: (() => void)[] = []
  answer = (_request, response) => late.push(() => response.end('{}'))
  const slow = client.ping()
  while (late.length === 0) await wait(5)
  answer = wellDone
  await client.ping()
  answer = (_request, response) => response.socket?.destroy()
  await t.rejects(client.ping(), { code: 'mattermost.unreachable' })
  for (const end of late) end()
  await slow
  answer = wellDone
  await client.ping()
  t.equal(connections.length, 3)
})

t.test('the time limit of a request is its own, and a stop cuts what is under way', async t => {
  const socket = socketOf(t)
  const timeoutMs = 2000
  let answer = wellDone
  const { connections } = await listen(t, socket, (...both) => answer(...both))
  const { client, stop } = runOf(t, socket, { timeoutMs })
  const limit = wait(timeoutMs + 200)
  await client.ping()
  await wait(timeoutMs / 2)
  answer = async (_request, response) => {
    await limit
    response.end('{}')
  }
  await t.resolves(client.ping(), 'the first one has had its time meanwhile')
  answer = () => stop.abort()
  await t.rejects(client.ping(), { code: 'mattermost.unreachable', message: /was stopped/ })
  await Promise.all(connections.map(closed))
})
