import { Agent } from 'node:http'
import type { Socket } from 'node:net'
import { connectTrusted, identityAt, type SocketOptions } from './socket.js'

export interface KeepOptions extends SocketOptions {
  /**
   * How long a connection without a request is used again. Mattermost's local-mode server closes none by itself, and
   * Node's servers after 5 s; a run leaves none idle for longer than a request takes.
   */
  idleMs?: number
}

const DEFAULT_IDLE_MS = 500

/**
 * Connections of one run of many requests. Each socket is checked as for a single request when it is connected to, which
 * costs more than many a request. One that has answered takes the next request where it is still open, was idle for a
 * moment only, and the same socket lies in its place. Nothing is ever sent twice: a request that breaks is told as such,
 * on a kept connection as on a new one. None of them keeps the process alive.
 */
export class KeptConnections {
  readonly #options: KeepOptions
  #idle: KeptConnection[] = []
  #identity = ''
  /** Of the socket whose server closes connections that we would keep: it is taken at its word. */
  #closing: string | undefined
  #generation = 0
  #ended = false

  constructor(options: KeepOptions) {
    this.#options = options
  }

  /** The agent for one request, which must be made before anything else is waited for. Throws as `connectTrusted`. */
  async take(signal: AbortSignal): Promise<Agent> {
    if (this.#idle.length > 0) {
      await this.#look()
      const kept = this.#latest()
      if (kept !== undefined) return kept
    }
    const { connection, identity } = await connectTrusted(this.#options, signal)
    if (identity !== this.#identity) this.drop()
    this.#identity = identity
    const generation = this.#generation
    const { idleMs = DEFAULT_IDLE_MS } = this.#options
    return new KeptConnection(connection, idleMs, {
      keep: kept => this.#keep(kept, generation),
      leave: kept => this.#leave(kept),
      closed: kept => {
        if (this.#leave(kept)) this.#closing = this.#identity
      },
    })
  }

  /** Closes all that are idle; those that work are not kept. For after an error, when nobody knows what it means. */
  drop(): void {
    this.#generation += 1
    for (const one of this.#idle.splice(0)) one.close()
  }

  /** Nothing is kept any more. */
  end(): void {
    this.#ended = true
    this.drop()
  }

  /** Drops all where another socket lies there now, and lets it be seen which ones the server has closed meanwhile. */
  async #look(): Promise<void> {
    // One turn ends the round of events in which the last answer came; in the next one its end is seen.
    for (let turns = 0; turns < 2; turns += 1) await new Promise(resolve => setImmediate(resolve))
    if (identityAt(this.#options.socket) !== this.#identity) this.drop()
  }

  /** The one that worked last; none before it was idle for a shorter time. */
  #latest(): KeptConnection | undefined {
    for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
      if (kept.isFresh && kept.isOpen) return kept
      if (!kept.isOpen) this.#closing = this.#identity
      kept.close()
    }
    return undefined
  }

  #keep(kept: KeptConnection, generation: number): boolean {
    if (this.#ended || generation !== this.#generation || this.#closing === this.#identity) return false
    this.#idle.push(kept)
    return true
  }

  /** Gives whether it was idle. */
  #leave(kept: KeptConnection): boolean {
    const place = this.#idle.indexOf(kept)
    if (place !== -1) this.#idle.splice(place, 1)
    return place !== -1
  }
}

interface Keeper {
  /** Whether a connection that has answered is kept. */
  keep: (kept: KeptConnection) => boolean
  /** It was idle for too long. */
  leave: (kept: KeptConnection) => void
  /** By whomever. */
  closed: (kept: KeptConnection) => void
}

/** An agent of one connection, which it is given: it never connects by itself. */
class KeptConnection extends Agent {
  readonly #connection: Socket
  readonly #idleMs: number
  readonly #keeper: Keeper
  #isGiven = false
  #idleSince = 0

  constructor(connection: Socket, idleMs: number, keeper: Keeper) {
    super({ keepAlive: true, maxSockets: 1 })
    this.#connection = connection
    this.#idleMs = idleMs
    this.#keeper = keeper
    connection.on('timeout', () => {
      keeper.leave(this)
      this.close()
    })
    connection.once('close', () => keeper.closed(this))
  }

  /** The timer alone does not tell: it is late where the process was stopped for a while. */
  get isFresh(): boolean {
    return performance.now() - this.#idleSince < this.#idleMs
  }

  get isOpen(): boolean {
    const { destroyed, readable, writable } = this.#connection
    return !destroyed && readable && writable
  }

  close(): void {
    this.#connection.destroy()
  }

  override createConnection(): Socket {
    if (this.#isGiven) throw new Error('the connection was closed')
    this.#isGiven = true
    return this.#connection
  }

  override keepSocketAlive(socket: Socket): boolean {
    // False where the server says that it closes soon, of which the types do not know.
    const mayBe: unknown = super.keepSocketAlive(socket)
    if (mayBe === false || !this.#keeper.keep(this)) return false
    this.#idleSince = performance.now()
    socket.setTimeout(this.#idleMs)
    return true
  }

  override reuseSocket(...[socket, request]: Parameters<Agent['reuseSocket']>): void {
    this.#connection.setTimeout(0)
    super.reuseSocket(socket, request)
  }
}
