import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { connect as connectSocket, type Socket } from 'node:net'
import { basename, dirname } from 'node:path'
import { reasonOf, TeamchatError } from '../errors.js'
import { isMissing } from '../system/files.js'
import { withFolder } from '../system/folder.js'

export interface TransportOptions {
  /** The local-mode socket as it lies on the disk, below `root`. */
  socket: string
  /** --root; '' for the real system. */
  root: string
  /**
   * Uids that may own the socket beside root (with --root: beside the uid that runs); the user of the unit.
   * Asked at each connection: a unit's user can change while the daemon lives.
   */
  allowedUids: () => Promise<number[]>
  /** For one request, connection included. Creating a user costs a password hash, up to seconds on a busy host. */
  timeoutMs?: number
  /** Runs each request when its turn has come; the time limit counts from there. Default: at once. */
  turn?: (work: () => Promise<Answer>) => Promise<Answer>
}

export interface Answer {
  status: number
  text: string
}

const DEFAULT_TIMEOUT_MS = 30_000
/** A page of 200 users is about 200 kB. */
const ANSWER_LIMIT = 32 * 1024 * 1024

/**
 * One request over the socket, on a connection of its own. Nothing is sent before the socket is known to be one, to
 * belong to root or the unit's user, and to be the same after the connection as before: the folder may be writable
 * for others (`/var/tmp`), and requests carry passwords.
 * Throws `mattermost.unreachable`, `mattermost.untrusted`, `files.unsafe` (a link in the path).
 */
export async function exchange(
  options: TransportOptions,
  method: string,
  path: string,
  body: string | undefined,
  signal?: AbortSignal,
): Promise<Answer> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
  const either = signal === undefined ? timeout : AbortSignal.any([timeout, signal])
  try {
    return await withFolder(dirname(options.socket), options.root, async folder => {
      const place = `${folder}/${basename(options.socket)}`
      const owners = await allowedOwners(options)
      const before = trusted(await lstat(place), owners, options.socket)
      const socket = await connect(place, either)
      try {
        const after = trusted(await lstat(place), owners, options.socket)
        if (after.dev !== before.dev || after.ino !== before.ino) {
          throw untrusted(options.socket, 'it was replaced while connecting')
        }
        return await talk(socket, method, path, body, either)
      } finally {
        socket.destroy()
      }
    })
  } catch (error) {
    throw connectionError(error, options, { timedOut: timeout.aborted, stopped: signal?.aborted === true })
  }
}

async function allowedOwners(options: TransportOptions): Promise<Set<number>> {
  const own = options.root === '' ? 0 : (process.getuid?.() ?? 0)
  return new Set([own, ...(await options.allowedUids())])
}

function trusted(stat: Stats, owners: Set<number>, shown: string): Stats {
  if (!stat.isSocket()) throw untrusted(shown, 'it is no socket')
  if (!owners.has(stat.uid)) throw untrusted(shown, `it belongs to uid ${stat.uid}`)
  return stat
}

function untrusted(socket: string, why: string): TeamchatError {
  return new TeamchatError('mattermost.untrusted', `cannot trust Mattermost's socket ${socket}: ${why}`, {
    hint: `it must be a socket of root or of the unit's user: see who made it (ls -l ${socket}), or correct mattermost LocalSocket`,
  })
}

function connect(place: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ path: place, signal })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

function talk(
  socket: Socket,
  method: string,
  path: string,
  body: string | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      host: 'localhost',
      connection: 'close',
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    }
    const sent = request({ createConnection: () => socket, method, path, headers, signal }, answer => {
      readAll(answer).then(text => resolve({ status: answer.statusCode ?? 0, text }), reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

async function readAll(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  // A connection that ends before the announced length makes this loop throw ("aborted").
  for await (const part of answer as AsyncIterable<Buffer>) {
    size += part.length
    if (size > ANSWER_LIMIT) throw new Error('its answer is too long')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function connectionError(
  error: unknown,
  { socket, timeoutMs }: TransportOptions,
  { timedOut, stopped }: { timedOut: boolean; stopped: boolean },
): TeamchatError {
  if (error instanceof TeamchatError) return error
  const unreachable = (why: string, hint?: string) =>
    new TeamchatError('mattermost.unreachable', `cannot reach Mattermost: ${why}`, {
      ...(hint === undefined ? {} : { hint }),
      cause: error,
    })
  if (stopped) return unreachable('the request was stopped')
  if (timedOut)
    return unreachable(`no answer on ${socket} within ${(timeoutMs ?? DEFAULT_TIMEOUT_MS) / 1000} s`)
  if (isMissing(error)) {
    return unreachable(
      `its local-mode socket ${socket} is missing`,
      'is it running, and is ServiceSettings.EnableLocalMode on? systemctl status mattermost, teamchat status',
    )
  }
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ECONNREFUSED') return unreachable(`nobody listens on ${socket}`)
  if (code === 'EACCES') return unreachable(`${socket} may not be opened`, 'run it as root')
  if (code === 'ECONNRESET' || code === 'EPIPE') return unreachable('it broke off the connection')
  return unreachable(reasonOf(error))
}
