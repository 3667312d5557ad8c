import { type BigIntStats, lstatSync } from 'node:fs'
import { connect as connectSocket, type Socket } from 'node:net'
import { basename, dirname } from 'node:path'
import { TeamchatError } from '../errors.js'
import { withFolder } from '../system/files/folder.js'

/** Where the local-mode socket is, and who may own it. */
export interface SocketOptions {
  /** The local-mode socket as it lies on the disk, below `root`. */
  socket: string
  /** --root; '' for the real system. */
  root: string
  /**
   * Uids that may own the socket beside root (with --root: beside the uid that runs); the user of the unit.
   * Asked at each connection: a unit's user can change while the daemon lives.
   */
  allowedUids: () => Promise<number[]>
}

/** A connection to a socket that was found to be in order. */
export interface TrustedConnection {
  connection: Socket
  /** As `identityAt` gives it while the same socket lies there. */
  identity: string
}

/**
 * Connects once the socket is known to be one, to belong to root or the unit's user, and to be the same after the
 * connection as before: the folder may be writable for others (`/var/tmp`), and requests carry passwords.
 * Throws `mattermost.untrusted`, `files.unsafe` (a link in the path), else Node's own errors.
 */
export function connectTrusted(options: SocketOptions, signal: AbortSignal): Promise<TrustedConnection> {
  return withFolder(dirname(options.socket), options.root, async folder => {
    const place = `${folder}/${basename(options.socket)}`
    const owners = await allowedOwners(options)
    const before = trusted(lstatSync(place, { bigint: true }), owners, options.socket)
    const connection = await connect(place, signal)
    try {
      const after = trusted(lstatSync(place, { bigint: true }), owners, options.socket)
      if (after.dev !== before.dev || after.ino !== before.ino) {
        throw untrusted(options.socket, 'it was replaced while connecting')
      }
      return { connection, identity: identityOf(after) }
    } catch (error) {
      connection.destroy()
      throw error
    }
  })
}

/** What lies at `socket` now: another value once it was made anew, or has another owner or mode. */
export function identityAt(socket: string): string | undefined {
  const stat = lstatSync(socket, { bigint: true, throwIfNoEntry: false })
  return stat === undefined ? undefined : identityOf(stat)
}

/** Numbers of inodes are given again at once, hence the time. */
function identityOf({ dev, ino, ctimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${ctimeNs}`
}

async function allowedOwners(options: SocketOptions): Promise<Set<number>> {
  const own = options.root === '' ? 0 : (process.getuid?.() ?? 0)
  return new Set([own, ...(await options.allowedUids())])
}

function trusted(stat: BigIntStats, owners: Set<number>, shown: string): BigIntStats {
  if (!stat.isSocket()) throw untrusted(shown, 'it is not a socket')
  if (!owners.has(Number(stat.uid))) throw untrusted(shown, `it belongs to uid ${stat.uid}`)
  return stat
}

function untrusted(socket: string, why: string): TeamchatError {
  return new TeamchatError('mattermost.untrusted', `cannot trust Mattermost's socket ${socket}: ${why}`, {
    hint: `it must be a socket of root or of the unit's user: see who made it (ls -l ${socket}), or correct mattermost LocalSocket`,
  })
}

/** `signal` counts until it is connected; given to the socket itself, it would cut later requests on it. */
function connect(place: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ path: place })
    const stop = () => socket.destroy(signal.reason)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    socket.once('close', () => signal.removeEventListener('abort', stop))
    // It stays: an error that comes while no request is on the connection must not end the process.
    socket.on('error', reject)
    socket.once('connect', () => {
      signal.removeEventListener('abort', stop)
      resolve(socket)
    })
  })
}
