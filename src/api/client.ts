import http from 'node:http'
import { basename, dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { catalogue, type ErrorCode, TeamchatError } from '../errors.js'
import type { Paths } from '../paths.js'
import { type OpenFolder, openFolder } from '../system/files/folder.js'
import { contract, type OperationName, type Operations } from './contract.js'
import type { Operation } from './operation.js'
import { SCHEMA_VERSION } from './schema-version.js'

/** Long beyond what a busy event loop needs. */
const HEALTH_MS = 10_000

/** The daemon's operations, asked through its socket. */
export type ApiClient = Operations & { close(): Promise<void> }

interface Answer {
  schemaVersion?: number
  error?: { code: string; message: string; hint: string }
}

/**
 * Connects to the daemon's socket; undefined where no daemon lives. `version`: the command's own, for errors. Throws
 * `notAllowed` where the socket may not be opened.
 */
export async function connectApi(
  paths: Pick<Paths, 'apiSocket' | 'root'>,
  version: string,
): Promise<ApiClient | undefined> {
  // Below the folder's descriptor: a socket's path is limited to 107 bytes, and --root may lie deep.
  const folder = folderIfThere(dirname(paths.apiSocket), paths.root)
  if (folder === undefined) return undefined
  const daemon = new Daemon(`${folder.path}/${basename(paths.apiSocket)}`, version)
  try {
    await daemon.meet()
  } catch (error) {
    folder.close()
    return noDaemon(error)
  }
  const ask = (name: OperationName) => [name, (...args: unknown[]) => daemon.ask(name, args)] as const
  const names = Object.keys(contract) as OperationName[]
  return {
    ...(Object.fromEntries(names.map(ask)) as Operations),
    close: async () => folder.close(),
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

/** One daemon, behind its socket. */
class Daemon {
  readonly #socketPath: string
  readonly #own: string
  /** The daemon's version, once it has told it. */
  #version: string | undefined

  constructor(socketPath: string, own: string) {
    this.#socketPath = socketPath
    this.#own = own
  }

  /** Only this has a time limit: a daemon that works for long answers it all the same, a stopped one never. */
  async meet(): Promise<void> {
    const answer = await this.#send(contract.health, undefined, HEALTH_MS)
    this.#version = contract.health.output.safeParse(parsed(await textOf(answer))).data?.version
  }

  async ask(name: OperationName, args: unknown[]): Promise<object> {
    const operation: Operation = contract[name]
    const [input, onLine] = operation.input === undefined ? [undefined, args[0]] : args
    const answer = await this.#send(operation, input)
    if (operation.line !== undefined && answer.statusCode === 200) {
      return this.#lines(name, answer, onLine as (line: unknown) => Promise<void>)
    }
    const value = parsed(await textOf(answer))
    if (answer.statusCode !== 200) throw this.#errorOf(name, value, answer.statusCode)
    return this.#checked(name, value, operation.output)
  }

  async #lines(
    name: OperationName,
    answer: http.IncomingMessage,
    onLine: (line: unknown) => Promise<void>,
  ): Promise<object> {
    const operation: Operation = contract[name]
    for await (const text of createInterface({ input: answer, crlfDelay: Number.POSITIVE_INFINITY })) {
      const part = parsed(text) as Answer & { line?: unknown; report?: object }
      if (part.error !== undefined) throw this.#errorOf(name, part, 500)
      if (part.line !== undefined) await onLine(this.#checked(name, part.line, operation.line))
      if (part.report !== undefined) return this.#checked(name, part.report, operation.output)
    }
    throw new TeamchatError('failed', 'cannot import users: the daemon ended in the middle', {
      hint: 'start it and run the command again: people who were created are skipped then',
    })
  }

  /** The answer as the contract has it; members that this version does not know are passed over. Throws `otherVersion`. */
  #checked(name: OperationName, value: unknown, schema: Operation['line']): object {
    const { schemaVersion = SCHEMA_VERSION } = (value ?? {}) as Answer
    if (schemaVersion !== SCHEMA_VERSION) {
      throw this.#otherVersion(name, `its answers have the form ${schemaVersion}, not ${SCHEMA_VERSION}`)
    }
    const result = schema?.safeParse(value)
    if (result?.success === true) return result.data as object
    const [issue] = result?.error.issues ?? []
    throw this.#otherVersion(name, `${issue?.path.join('.')}: ${issue?.message}`)
  }

  /** The daemon's error as one of ours again; a code of another version counts as `failed`. */
  #errorOf(name: OperationName, value: unknown, status: number | undefined): TeamchatError {
    const { error } = (value ?? {}) as Answer
    if (error === undefined) {
      return new TeamchatError('failed', `cannot ask the daemon: it answered ${status}`)
    }
    if (status === 404 && error.code === 'usage') return this.#otherVersion(name, 'it does not know that')
    const isOther = this.#version !== undefined && this.#version !== this.#own
    if (error.code === 'usage' && isOther) return this.#otherVersion(name, error.message)
    const code = error.code in catalogue ? (error.code as ErrorCode) : 'failed'
    return new TeamchatError(code, error.message, { hint: error.hint })
  }

  #otherVersion(name: OperationName, reason: string): TeamchatError {
    const runs = this.#version === undefined ? 'a daemon of another version' : `teamchatd ${this.#version}`
    const who = `${runs} is running, and this command is of version ${this.#own}`
    return new TeamchatError('otherVersion', `cannot ask the daemon for '${name}': ${reason}; ${who}`)
  }

  #send({ method, path, input: schema }: Operation, input: unknown, timeoutMs?: number) {
    const given = schema === undefined ? {} : ((input ?? {}) as Record<string, unknown>)
    const body = method === 'POST' ? JSON.stringify(given) : undefined
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const options = {
      socketPath: this.#socketPath,
      method,
      path: method === 'POST' ? path : pathOf(path, given),
      headers,
      agent: false,
    }
    return new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = http.request(options, resolve)
      if (timeoutMs !== undefined) request.setTimeout(timeoutMs, () => request.destroy(silent(timeoutMs)))
      request.on('error', reject)
      request.end(body)
    })
  }
}

/** The path with the members that it names, and the others as its query. */
function pathOf(path: string, input: Record<string, unknown>): string {
  const rest = { ...input }
  const filled = path.replace(/:(\w+)/g, (_all, name: string) => {
    delete rest[name]
    return encodeURIComponent(String(input[name]))
  })
  const given = Object.entries(rest).filter(([, value]) => value !== undefined)
  const query = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))
  return given.length === 0 ? filled : `${filled}?${query}`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

async function textOf(answer: http.IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of answer) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
