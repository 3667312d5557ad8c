import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { type Answer, ask } from './ask.js'
import type { Faults } from './faults.js'

/** What a test may ask for. */
export interface StartOptions {
  /** Settings that are merged over those of a fresh server, section by section. */
  config?: Record<string, Record<string, unknown>>
  /** SqlSettings.DataSource; a real server needs one of an empty database (else TEAMCHAT_TEST_DATASOURCE). */
  dataSource?: string
  /** Release that the stand-in stands in for; without effect on a real server. */
  version?: '11.2' | '10.11'
  /** Faults from the start on; with a real server they are an error. */
  faults?: Faults
  /** Further environment of the server, such as `MM_SERVICESETTINGS_SITEURL`. */
  environment?: Record<string, string>
  /** Home folder with a config.json of the test's own, which is then not written; default: a fresh one, removed at the end. */
  home?: string
}

/** A running server, the stand-in or a real one. */
export interface Mattermost {
  readonly home: string
  readonly configFile: string
  readonly socketPath: string
  /** `http://127.0.0.1:PORT`, no slash at the end; `url` is the same. */
  readonly tcpUrl: string
  readonly url: string
  /** Release line, for example `11.2`. */
  readonly version: string
  readonly isReal: boolean
  /** Logs in over TCP. */
  login(name: string, password: string): Promise<{ ok: boolean; status: number; token?: string; id?: string }>
  /** Opens the app's WebSocket with a session's token, as an app does after the login, and closes it again. */
  openApp(token: string): Promise<void>
  /** Asks over the local-mode socket; `path` begins below `/api/v4`. */
  api(method: string, path: string, body?: unknown): Promise<Answer>
  /** Asks over TCP, with a session's token if given. */
  overTcp(method: string, path: string, body?: unknown, token?: string): Promise<Answer>
  /** Stops and starts it again on the same home; resolves when it answers. */
  restart(): Promise<void>
  /** Starts it again after `stop` or `kill`; port and socket are then those that config.json says. */
  start(): Promise<void>
  /** SIGTERM, and waits until it is gone. */
  stop(): Promise<void>
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
  /** Sets all faults anew and waits until they hold. Throws with a real server. */
  setFaults(faults: Faults): Promise<void>
  /** What the process said on stderr since it was started last. */
  stderr(): string
}

/** Starts the program of the stand-in, as `node …/server.js ARGS`; for tests of the process itself. */
export function spawnStandIn(args: string[], environment: Record<string, string> = {}): ChildProcess {
  const program = fileURLToPath(new URL('./server.js', import.meta.url))
  return spawn(process.execPath, [program, ...args], {
    env: { ...process.env, NOTIFY_SOCKET: '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

interface Places {
  socketPath: string
  tcpUrl: string
  localMode: boolean
}

/** Where the configuration says that the server is to be found; undefined when it is not JSON. */
function placesIn(configFile: string): Places | undefined {
  try {
    const config = JSON.parse(readFileSync(configFile, 'utf8')) as {
      ServiceSettings?: {
        ListenAddress?: string
        EnableLocalMode?: boolean
        LocalModeSocketLocation?: string
      }
    }
    const { ListenAddress, EnableLocalMode, LocalModeSocketLocation } = config.ServiceSettings ?? {}
    const port = /:(\d+)$/.exec(ListenAddress ?? '')?.[1] ?? '8065'
    return {
      socketPath: LocalModeSocketLocation ?? '/var/tmp/mattermost_local.socket',
      tcpUrl: `http://127.0.0.1:${port}`,
      localMode: EnableLocalMode ?? false,
    }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** A server, started and stopped as a process; `start` resolves when it answers on its socket. */
export class ServerProcess implements Mattermost {
  readonly configFile: string
  readonly isReal: boolean
  private places: Places = { socketPath: '', tcpUrl: '', localMode: true }
  version: string
  private child: ChildProcess | undefined
  private said = ''

  constructor(
    readonly home: string,
    private readonly release: string | undefined,
    private readonly options: StartOptions,
  ) {
    this.configFile = join(home, 'config', 'config.json')
    this.isReal = release !== undefined
    this.version = options.version ?? '11.2'
  }

  get socketPath(): string {
    return this.places.socketPath
  }

  get tcpUrl(): string {
    return this.places.tcpUrl
  }

  get url(): string {
    return this.places.tcpUrl
  }

  async start(): Promise<void> {
    this.said = ''
    this.places = placesIn(this.configFile) ?? this.places
    const child = this.spawn()
    this.child = child
    child.stdout?.resume()
    child.stderr?.on('data', data => {
      this.said += data
    })
    const seconds = this.isReal ? 60 : 15
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await wait(25)) {
      if (child.exitCode !== null) throw new Error(`Mattermost ended with ${child.exitCode}: ${this.said}`)
      if (await this.answers()) return
    }
    await this.kill()
    throw new Error(`Mattermost did not answer within ${seconds} s: ${this.said}`)
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM')
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL')
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  stderr(): string {
    return this.said
  }

  api(method: string, path: string, body?: unknown): Promise<Answer> {
    return ask({ socketPath: this.socketPath }, method, path, body)
  }

  overTcp(method: string, path: string, body?: unknown, token?: string): Promise<Answer> {
    return ask({ url: this.tcpUrl }, method, path, body, token)
  }

  async login(name: string, password: string) {
    const { status, headers, body } = await this.overTcp('POST', '/users/login', { login_id: name, password })
    const token = headers.token
    const id = (body as { id?: string } | undefined)?.id
    return {
      ok: status === 200,
      status,
      ...(typeof token === 'string' ? { token } : {}),
      ...(id === undefined ? {} : { id }),
    }
  }

  openApp(token: string): Promise<void> {
    const url = `${this.tcpUrl.replace('http', 'ws')}/api/v4/websocket`
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } })
    return new Promise((resolve, reject) => {
      socket.once('error', reject)
      socket.once('message', () => socket.close())
      socket.once('close', () => resolve())
    })
  }

  async setFaults(faults: Faults): Promise<void> {
    if (this.isReal) throw new Error('cannot set faults: the server is a real one')
    const file = join(this.home, 'stand-in-faults.json')
    writeFileSync(`${file}.new`, JSON.stringify(faults))
    renameSync(`${file}.new`, file)
    const { child } = this
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    if (
      faults.error500 !== undefined ||
      faults.page !== undefined ||
      faults.cut !== undefined ||
      faults.databaseDown
    )
      return
    while ((await this.answers()) === (faults.down ?? false)) await wait(25)
  }

  private spawn(): ChildProcess {
    const { options, release, home } = this
    if (release === undefined) {
      const faults = options.faults ? ['--faults', JSON.stringify(options.faults)] : []
      const args = ['--home', home, '--version', this.version, ...faults]
      return spawnStandIn(args, options.environment)
    }
    return spawn(join(release, 'bin', 'mattermost'), ['server', '-c', this.configFile], {
      cwd: home,
      env: { ...process.env, NOTIFY_SOCKET: '', MM_LOG_PATH: join(home, 'logs'), ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  private async answers(): Promise<boolean> {
    try {
      const ping = (this.places.localMode ? this.api : this.overTcp).bind(this)
      const { status, headers } = await ping('GET', '/system/ping')
      const version = /^(\d+\.\d+)\./.exec(String(headers['x-version-id'] ?? ''))?.[1]
      if (this.isReal && version !== undefined) this.version = version
      return status === 200
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== undefined) return false
      throw error
    }
  }

  private async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { child } = this
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise(resolve => child.once('exit', resolve))
    child.kill(signal)
    await gone
  }
}
