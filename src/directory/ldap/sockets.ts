import { connect as connectTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import type { TeamchatError } from '../../errors.js'
import { openUnixSocket, type ServerAddress, type UnixSocketPath } from './address.js'
import { type ConnectionContext, ConnectionLost, connectError } from './errors.js'

/** How to reach the server, and as whom. */
export interface ConnectionRequest extends ConnectionContext {
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

/** The sockets of one connection: each is made once, all go together, and no step outlives them. */
export class Sockets {
  private readonly wish: ConnectionRequest
  private readonly sockets: Socket[] = []
  /** Rejects when the connection is lost, its time is up or the caller gave up: what ldapts does not always notice. */
  private readonly lost: Promise<never>
  private lose: (reason: ConnectionLost) => void = () => undefined
  private closing = false
  private unixSocket: UnixSocketPath | undefined
  private readonly onAbort = () => this.drop(new ConnectionLost('the read was cancelled'))

  constructor(wish: ConnectionRequest) {
    this.wish = wish
    this.lost = new Promise((_, reject) => {
      this.lose = reject
    })
    // Nobody may be waiting when the connection breaks; whoever acts next is told.
    this.lost.catch(() => undefined)
  }

  /** From now on the caller can give up. */
  heed(): void {
    const { signal } = this.wish
    signal?.addEventListener('abort', this.onAbort)
    if (signal?.aborted) this.onAbort()
  }

  /** ldapi: makes the server's socket reachable for the connection that comes. Throws TeamchatErrors `directory.*`. */
  async openUnixSocket(): Promise<void> {
    const { wish } = this
    this.unixSocket = await openUnixSocket(wish.socketPath ?? wish.server.path).catch(error => {
      throw connectError(error, wish)
    })
  }

  /** False once it is lost. */
  get usable(): boolean {
    return !this.closing
  }

  /** The socket that is spoken on: the last one, which encrypts what goes through the one before. */
  get socket(): Socket | undefined {
    return this.sockets.at(-1)
  }

  /** Each kind of connection is made once; ldapts asks again when it wants to reconnect. */
  connectOnce(kind: 'tcp' | 'tls', upgrade: ConnectionOptions | undefined): Socket {
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

  /** One step in words of an operator where it fails; after that the connection is dropped. */
  async step<T>(
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

  /** Ends the use of it: `goodbye` is said where that is possible, and the sockets go in any case. Never throws. */
  async close(goodbye: () => Promise<void>): Promise<void> {
    this.wish.signal?.removeEventListener('abort', this.onAbort)
    this.closing = true
    if (this.sockets.every(socket => socket.writable)) {
      await Promise.race([goodbye(), this.lost]).catch(() => undefined)
    }
    this.destroySockets()
    await this.unixSocket?.close()
  }

  /** Nothing more comes or goes; whoever waits is told why. */
  drop(reason: ConnectionLost): void {
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
