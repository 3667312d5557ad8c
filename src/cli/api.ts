import http from 'node:http'
import { basename, dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { catalogue, type ErrorCode, TeamchatError } from '../errors.js'
import type { Pause } from '../events/pause.js'
import type { EventReport } from '../events/types.js'
import type { Paths } from '../paths.js'
import type { ImportLine, SyncReport } from '../people/types.js'
import type { Operations } from '../stories/operations.js'
import { type OpenFolder, openFolder } from '../system/files/folder.js'

/** Long beyond what a busy event loop needs. */
const HEALTH_MS = 10_000

/** The daemon's API as operations. */
export interface ApiClient extends Operations {
  lookAtSpool(): Promise<void>
  close(): Promise<void>
}

interface ApiError {
  code: string
  message: string
  hint: string
}

/** Connects to the daemon's socket; undefined where no daemon lives. Throws `notAllowed` where it may not be opened. */
export async function connectApi(paths: Paths): Promise<ApiClient | undefined> {
  // Below the folder's descriptor: a socket's path is limited to 107 bytes, and --root may lie deep.
  const folder = folderIfThere(dirname(paths.apiSocket), paths.root)
  if (folder === undefined) return undefined
  const api = new SocketApi(`${folder.path}/${basename(paths.apiSocket)}`, () => folder.close())
  try {
    await api.health()
    return api
  } catch (error) {
    await api.close()
    return noDaemon(error)
  }
}

function folderIfThere(path: string, root: string): OpenFolder | undefined {
  try {
    return openFolder(path, root)
  } catch (error) {
    return noDaemon(error)
  }
}

function noDaemon(error: unknown): undefined {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR') return undefined
  if (code === 'EACCES' || code === 'EPERM') {
    throw new TeamchatError('notAllowed', 'cannot ask the daemon: its socket is for root alone', {
      cause: error,
    })
  }
  throw error
}

function silent(timeoutMs: number): TeamchatError {
  return new TeamchatError('locked', `cannot ask the daemon: it has not answered for ${timeoutMs / 1000} s`, {
    hint: 'look at systemctl status teamchatd; its watchdog restarts it within a minute',
  })
}

class SocketApi implements ApiClient {
  readonly #socketPath: string
  readonly #closeFolder: () => void

  constructor(socketPath: string, closeFolder: () => void) {
    this.#socketPath = socketPath
    this.#closeFolder = closeFolder
  }

  /** Only this one has a time limit: a daemon that works for long answers it all the same, a stopped one never. */
  health = async () => {
    const answer = await this.#send('GET', '/v1/health', undefined, HEALTH_MS)
    await textOf(answer)
  }
  status: Operations['status'] = () => this.#ask('GET', '/v1/status')
  plan: Operations['plan'] = () => this.#ask('GET', '/v1/plan')
  apply: Operations['apply'] = options => this.#ask('POST', '/v1/apply', options)
  retire: Operations['retire'] = options => this.#ask('POST', '/v1/retire', options)
  adopt: Operations['adopt'] = options => this.#ask('POST', '/v1/adopt', options)
  syncUsers: Operations['syncUsers'] = options => this.#ask('POST', '/v1/users/sync', options)
  planUsers: Operations['planUsers'] = () => this.#ask('GET', '/v1/users/plan')
  credentials: Operations['credentials'] = ({ login, group }) =>
    this.#ask('GET', `/v1/credentials${query({ login, group })}`)
  forgetCredentials: Operations['forgetCredentials'] = async ids => {
    await this.#ask('POST', '/v1/credentials/forget', { ids })
  }
  inviteUser: Operations['inviteUser'] = login => this.#ask('POST', '/v1/users/invite', { login })
  userReport: Operations['userReport'] = login => this.#ask('GET', `/v1/users/report${query({ login })}`)
  listUsers: Operations['listUsers'] = () => this.#ask('GET', '/v1/users/list')
  changeLink: Operations['changeLink'] = request => this.#ask('POST', '/v1/users/link', request)
  acceptHost: Operations['acceptHost'] = () => this.#ask('POST', '/v1/users/accept-host', {})
  relinkUsers: Operations['relinkUsers'] = request => this.#ask('POST', '/v1/users/relink', request)
  lookAtSpool = async () => {
    await this.#ask('POST', '/v1/events/look', {})
  }
  eventReport = (id: string, waitMs: number) =>
    this.#ask<EventReport>('GET', `/v1/events/${encodeURIComponent(id)}?wait=${waitMs}`).catch(error => {
      if (error instanceof TeamchatError && error.code === 'event.unknown') return undefined
      throw error
    })
  history: Operations['history'] = () => this.#ask('GET', '/v1/history')
  diff: Operations['diff'] = ({ from, to }) => {
    const query = Object.entries({ from, to }).flatMap(([name, number]) =>
      number === undefined ? [] : [`${name}=${number}`],
    )
    return this.#ask('GET', `/v1/diff?${query.join('&')}`)
  }
  planRollback: Operations['planRollback'] = to => this.#ask('POST', '/v1/rollback', { to, dryRun: true })
  rollback: Operations['rollback'] = to => this.#ask('POST', '/v1/rollback', { to })
  releaseRollback: Operations['releaseRollback'] = () => this.#ask('POST', '/v1/rollback/release', {})
  pause: Operations['pause'] = options => this.#ask('POST', '/v1/pause', options)
  resume: Operations['resume'] = async () =>
    (await this.#ask<{ pause?: Pause }>('POST', '/v1/resume', {})).pause
  close = async () => this.#closeFolder()

  async importUsers(
    options: { password: string | undefined },
    onLine: (line: ImportLine) => Promise<void>,
  ): Promise<SyncReport> {
    const answer = await this.#send('POST', '/v1/users/import', options)
    if (answer.statusCode !== 200) throw await errorOf(answer)
    for await (const text of createInterface({ input: answer, crlfDelay: Number.POSITIVE_INFINITY })) {
      const part = JSON.parse(text) as { line?: ImportLine; report?: SyncReport; error?: ApiError }
      if (part.line !== undefined) await onLine(part.line)
      if (part.error !== undefined) throw toError(part.error)
      if (part.report !== undefined) return part.report
    }
    throw new TeamchatError('failed', 'cannot import users: the daemon ended in the middle', {
      hint: 'start it and run the command again: people who were created are skipped then',
    })
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await this.#send(method, path, body)
    if (answer.statusCode !== 200) throw await errorOf(answer)
    return JSON.parse(await textOf(answer)) as T
  }

  #send(method: string, path: string, body?: object, timeoutMs?: number): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' }
      const request = http.request(
        { socketPath: this.#socketPath, method, path, headers, agent: false },
        resolve,
      )
      if (timeoutMs !== undefined) request.setTimeout(timeoutMs, () => request.destroy(silent(timeoutMs)))
      request.on('error', reject)
      request.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }
}

function query(members: Record<string, string | undefined>): string {
  const given = Object.entries(members).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

async function textOf(answer: http.IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of answer) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

async function errorOf(answer: http.IncomingMessage): Promise<TeamchatError> {
  const text = await textOf(answer)
  const { error } = JSON.parse(text) as { error?: ApiError }
  if (error !== undefined) return toError(error)
  return new TeamchatError('failed', `cannot ask the daemon: it answered ${answer.statusCode}`)
}

/** The daemon's error as one of ours again; a code of another version counts as `failed`. */
function toError(error: ApiError): TeamchatError {
  const code = error.code in catalogue ? (error.code as ErrorCode) : 'failed'
  return new TeamchatError(code, error.message, { hint: error.hint })
}
