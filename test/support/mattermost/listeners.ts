import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { ListenOptions } from 'node:net'
import type { App } from './app.js'
import { splitListenAddress } from './config-rules.js'
import { answers } from './http-answers.js'
import { acceptWebSockets } from './websocket.js'

/** What fits into a socket's address; Node would cut a longer path off without a word. */
const SOCKET_PATH_BYTES = 107

/**
 * The TCP port and, where local mode is on, the socket: addresses are those that were in force at the start, since a
 * reload does not move them. The port opens first.
 */
export class Listeners {
  private servers: Server[] = []
  private readonly address: { host: string; port: number }
  private readonly socketPath: string | undefined

  constructor(private readonly app: App) {
    const { ListenAddress, EnableLocalMode, LocalModeSocketLocation } = app.config.running.ServiceSettings
    this.address = splitListenAddress(ListenAddress) ?? { host: '', port: 8065 }
    this.socketPath = EnableLocalMode ? LocalModeSocketLocation : undefined
  }

  /** Opens both. Throws what the system says, for example a port in use or a missing folder. */
  async open(): Promise<void> {
    const { host, port } = this.address
    const tcp = createServer(answers(this.app, 'tcp'))
    acceptWebSockets(this.app, tcp)
    await this.listen(tcp, host === '' ? { port } : { port, host })
    if (this.socketPath !== undefined) await this.listenLocally(this.socketPath)
  }

  /** Closes both and cuts what is connected. */
  async close(): Promise<void> {
    const servers = this.servers
    this.servers = []
    await Promise.all(
      servers.map(server => {
        const closed = new Promise<void>(resolve => server.close(() => resolve()))
        server.closeAllConnections()
        return closed
      }),
    )
  }

  get isOpen(): boolean {
    return this.servers.length > 0
  }

  private async listenLocally(path: string): Promise<void> {
    if (Buffer.byteLength(path) > SOCKET_PATH_BYTES)
      throw new Error(`listen unix ${path}: bind: invalid argument`)
    rmSync(path, { force: true })
    const before = process.umask(0o177)
    try {
      await this.listen(createServer(answers(this.app, 'socket')), { path })
    } finally {
      process.umask(before)
    }
    chmodSync(path, 0o600)
  }

  private listen(server: Server, options: ListenOptions): Promise<void> {
    this.servers.push(server)
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(options, () => {
        server.off('error', reject)
        resolve()
      })
    })
  }
}
