import { connect as connectTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { Client, type ClientOptions, type Filter, PresenceFilter, ResultCodeError } from 'ldapts'
import { TeamchatError } from '../errors.js'
import type { DirectoryEntry } from './attributes.js'
import {
  bindError,
  type ConnectionContext,
  ConnectionLost,
  connectError,
  searchError,
  startTlsError,
} from './connection-errors.js'
import { type Found, type Search, SearchWire } from './search-wire.js'
import type { ServerAddress } from './server-address.js'
import { openUnixSocket, type UnixSocketPath } from './unix-socket.js'

/**
 * Milliseconds for connecting, and for each answer of the server (one page). A directory that is well answers
 * within milliseconds, a cold one across a slow line within seconds; what runs longer holds up every event.
 */
export const directoryTimeout = 15_000

/** So many pages in a row without any entry are no list any more. */
const mostEmptyPages = 1000

/** How to reach the server, and as whom. */
export interface ConnectionWish extends ConnectionContext {
  server: ServerAddress
  /** ldapi: where the socket lies, below --root. */
  socketPath?: string
  /** Upgrade ldap:// before anything else is said; where that fails nothing is said at all. */
  startTls: boolean
  /** Needed for ldaps:// and StartTLS. */
  tls: ConnectionOptions
  password: string
  timeoutMs: number
  /** Milliseconds for connecting alone, where another server can be tried next. Default `timeoutMs`. */
  connectTimeoutMs?: number
  /** Attributes whose values are bytes, in the schema's spelling: text of them would not be the same bytes. */
  binaryAttributes?: readonly string[]
  /** Takes references to other servers for what they are in Active Directory: other domains and partitions. */
  ignoreReferences?: boolean
  signal: AbortSignal | undefined
  /** Told as it comes, for whoever tries the connection out. */
  reached?: (step: ReachedStep) => void
}

/** What a connection has reached: the server answers; it is encrypted. */
export type ReachedStep = 'connect' | 'tls'

/** Where to search; by default everywhere below the base of the connection. */
export interface SearchPlace {
  base: string
  /** `base`: that entry alone. '' and `base` is the rootDSE. */
  scope: 'base' | 'sub'
}

/** A bound connection. It is good for one run, and for nothing after an error. */
export interface DirectoryConnection {
  /** Calls `take` with each entry, page after page; throws unless all of them came. */
  searchAll(
    filter: Filter,
    attributes: readonly string[],
    take: (entry: DirectoryEntry) => void,
    place?: SearchPlace,
  ): Promise<void>
  /** At most `most` entries that match. That there are more is no error. */
  searchSome(
    filter: Filter,
    attributes: readonly string[],
    most: number,
    place?: SearchPlace,
  ): Promise<DirectoryEntry[]>
  /** One entry by its DN, or undefined where there is none that may be seen. No error is one here but a lost connection. */
  readEntry(dn: string, attributes: readonly string[]): Promise<DirectoryEntry | undefined>
}

/** A connection that stays until it is closed. */
export interface OpenConnection extends DirectoryConnection {
  /** False once it is lost. */
  readonly usable: boolean
  close(): Promise<void>
}

/** Connects, encrypts and binds. Throws TeamchatErrors `directory.*`, and leaves nothing open then. */
export async function openConnection(wish: ConnectionWish): Promise<OpenConnection> {
  const wire = new Wire(wish)
  try {
    await wire.open()
    return wire
  } catch (error) {
    await wire.close()
    throw error
  }
}

/**
 * Connects, encrypts, binds, does `work` and hangs up, whatever happens. A dropped connection is never made
 * anew: ldapts would do so without TLS and without the bind. Throws TeamchatErrors `directory.*`.
 */
export async function withConnection<T>(
  wish: ConnectionWish,
  work: (connection: DirectoryConnection) => Promise<T>,
): Promise<T> {
  const connection = await openConnection(wish)
  try {
    return await work(connection)
  } finally {
    await connection.close()
  }
}

class Wire implements OpenConnection {
  private readonly wish: ConnectionWish
  private readonly client: Client
  private readonly sockets: Socket[] = []
  private searches: SearchWire | undefined
  /** Rejects when the connection is lost, its time is up or the caller gave up: what ldapts does not always notice. */
  private readonly lost: Promise<never>
  private lose: (reason: ConnectionLost) => void = () => undefined
  private closing = false
  private unixSocket: UnixSocketPath | undefined
  private readonly onAbort = () => this.drop(new ConnectionLost('the read was cancelled'))

  constructor(wish: ConnectionWish) {
    this.wish = wish
    this.lost = new Promise((_, reject) => {
      this.lose = reject
    })
    // Nobody may be waiting when the connection breaks; whoever acts next is told.
    this.lost.catch(() => undefined)
    const options: ClientOptions = {
      // ldapts knows no ldapi; the socket is ours in any case.
      url: wish.server.scheme === 'ldapi' ? 'ldap://localhost' : wish.server.url,
      timeout: wish.timeoutMs,
      connectTimeout: wish.connectTimeoutMs ?? wish.timeoutMs,
      createConnection: (() => this.connectOnce('tcp', undefined)) as typeof connectTcp,
      createSecureConnection: ((...args: unknown[]) =>
        this.connectOnce(
          'tls',
          args.length === 1 ? (args[0] as ConnectionOptions) : undefined,
        )) as typeof connectTls,
    }
    // Only for ldaps: with ldap:// these would mean TLS at once.
    if (wish.server.scheme === 'ldaps') options.tlsOptions = wish.tls
    this.client = new Client(options)
  }

  async open(): Promise<void> {
    const { wish } = this
    wish.signal?.addEventListener('abort', this.onAbort)
    if (wish.signal?.aborted) this.onAbort()
    if (wish.startTls && wish.server.scheme === 'ldap') {
      await this.step(() => this.client.startTLS({ ...wish.tls }), startTlsError)
    }
    if (wish.server.scheme === 'ldapi') {
      this.unixSocket = await openUnixSocket(wish.socketPath ?? wish.server.path).catch(error => {
        throw connectError(error, wish)
      })
    }
    await this.step(
      () =>
        wish.external === true ? this.client.bind('EXTERNAL') : this.client.bind(wish.bindDn, wish.password),
      bindError,
    )
    const socket = this.sockets.at(-1)
    if (socket === undefined) return
    this.searches = new SearchWire(socket, wish.binaryAttributes ?? [], error => this.drop(error))
  }

  get usable(): boolean {
    return !this.closing
  }

  async searchAll(
    filter: Filter,
    attributes: readonly string[],
    take: (entry: DirectoryEntry) => void,
    place?: SearchPlace,
  ): Promise<void> {
    let cookie: Buffer | undefined
    let empty = 0
    do {
      const page = { size: this.wish.pageSize, cookie }
      const found = await this.search({ ...this.placeOf(place), filter, attributes, page }, take)
      if (this.wish.ignoreReferences !== true) refuseReferences(found.references, this.wish)
      cookie = found.cookie
      // A server may send a page without entries where it has looked at many that do not match.
      empty = found.entries > 0 ? 0 : empty + 1
      if (empty > mostEmptyPages) throw this.partial('empty pages came where more entries were announced')
    } while (cookie !== undefined)
  }

  async searchSome(
    filter: Filter,
    attributes: readonly string[],
    most: number,
    place?: SearchPlace,
  ): Promise<DirectoryEntry[]> {
    const entries: DirectoryEntry[] = []
    await this.search({ ...this.placeOf(place), filter, attributes, most }, entry => entries.push(entry))
    return entries
  }

  async readEntry(dn: string, attributes: readonly string[]): Promise<DirectoryEntry | undefined> {
    const filter = new PresenceFilter({ attribute: 'objectClass' })
    const entries: DirectoryEntry[] = []
    const search = { base: dn, scope: 'base' as const, filter, attributes }
    // Not there, not to be seen, not a DN: all the same to whoever asks for one entry.
    await this.search(
      search,
      entry => entries.push(entry),
      error => error instanceof ResultCodeError,
    )
    return entries[0]
  }

  /** Says goodbye where that is possible, and drops the sockets in any case. Never throws. */
  async close(): Promise<void> {
    this.wish.signal?.removeEventListener('abort', this.onAbort)
    this.closing = true
    if (this.client.isConnected && this.sockets.every(socket => socket.writable)) {
      await Promise.race([this.client.unbind(), this.lost]).catch(() => undefined)
    }
    this.destroySockets()
    await this.unixSocket?.close()
  }

  private placeOf(place: SearchPlace | undefined): SearchPlace {
    return place ?? { base: this.wish.base, scope: 'sub' }
  }

  private search(
    search: Search,
    take: (entry: DirectoryEntry) => void,
    isNobody: (error: unknown) => boolean = () => false,
  ): Promise<Found> {
    const { searches, wish } = this
    return this.step(
      async () => {
        if (searches === undefined) throw new ConnectionLost('the connection is not open')
        return searches.search(search, take).catch(error => {
          if (isNobody(error)) return { entries: 0, references: [], cookie: undefined }
          throw error
        })
      },
      searchError,
      wish.timeoutMs,
    )
  }

  /** One step in words of an operator where it fails; after that the connection is dropped. */
  private async step<T>(
    act: () => Promise<T>,
    inWords: (error: unknown, context: ConnectionContext) => TeamchatError,
    // ldapts has no time limit for the handshake of StartTLS, so every step gets one here; its own comes first.
    timeoutMs = this.wish.timeoutMs * 2,
  ): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    try {
      timer = setTimeout(() => this.drop(new ConnectionLost('no answer in time')), timeoutMs)
      return await Promise.race([this.lost, act()])
    } catch (error) {
      this.drop(new ConnectionLost('the connection was given up'))
      throw inWords(error, this.wish)
    } finally {
      clearTimeout(timer)
    }
  }

  private partial(reason: string): TeamchatError {
    const error = new ConnectionLost(`the answer of the server broke off (${reason})`)
    this.drop(error)
    return searchError(error, this.wish)
  }

  /** Each kind of connection is made once; ldapts asks again when it wants to reconnect. */
  private connectOnce(kind: 'tcp' | 'tls', upgrade: ConnectionOptions | undefined): Socket {
    const { host, port } = this.wish.server
    const expected = this.wish.server.scheme === 'ldaps' ? 0 : kind === 'tcp' ? 0 : 1
    if (this.sockets.length !== expected || this.closing) {
      throw new ConnectionLost('the server closed the connection')
    }
    const socket =
      kind === 'tcp'
        ? this.unixSocket === undefined
          ? connectTcp(port, host)
          : connectTcp(this.unixSocket.path)
        : upgrade === undefined
          ? connectTls(port, host, this.wish.tls)
          : connectTls(upgrade)
    this.sockets.push(socket)
    if (upgrade === undefined) socket.once('connect', () => this.wish.reached?.('connect'))
    socket.once('secureConnect', () => this.wish.reached?.('tls'))
    socket.once('close', () => this.lose(new ConnectionLost('the server closed the connection')))
    return socket
  }

  private drop(reason: ConnectionLost): void {
    this.lose(reason)
    this.closing = true
    this.destroySockets()
  }

  private destroySockets(): void {
    for (const socket of this.sockets) {
      // ldapts takes its own listeners away at times, and an error without any would end the daemon.
      socket.on('error', () => undefined)
      socket.destroy()
    }
  }
}

function refuseReferences(references: readonly string[], wish: ConnectionWish): void {
  const [first] = references
  if (first === undefined) return
  throw new TeamchatError(
    'directory.invalid',
    `cannot read all of ${wish.base} in the directory ${wish.url}: a part of it is kept on another server (${first})`,
    { hint: 'choose a sssd UserDN without references, or name the server that holds all people in LdapURI' },
  )
}
