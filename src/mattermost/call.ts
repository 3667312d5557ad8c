import { type IncomingMessage, type RequestOptions, request } from 'node:http'
import { z } from 'zod'
import { reasonOf, TeamchatError } from '../errors.js'
import { isMissing } from '../system/files/errors.js'
import type { KeepOptions, KeptConnections } from './kept-connections.js'
import { isLocalModeOff, MattermostRefusal } from './refusals.js'
import { checkAllowed, type Method } from './routes.js'
import { connectTrusted } from './socket.js'

/** One question to the server. */
export interface Question<Schema extends z.ZodType> {
  method: Method
  /** Below `/api/v4`, with its query. */
  path: string
  body?: unknown
  /** The members that we read; more are let through and dropped. */
  answer: Schema
  /** For errors: "cannot DOING: …". */
  doing: string
  /** A status beside 2xx whose answer is the one wanted. */
  alsoStatus?: number
}

export type Call = <Schema extends z.ZodType>(question: Question<Schema>) => Promise<z.output<Schema>>

/** For answers that say nothing but that it worked. A page of something in between says not even that. */
export const anything = z.looseObject({})

const errorSchema = z.object({ id: z.string().regex(/^[\w.]{1,160}$/) })

/**
 * The function through which everything goes that leaves this room. Throws `mattermost.unreachable`,
 * `mattermost.untrusted`, `mattermost.localModeOff`, or a MattermostRefusal for every other answer that is none of 2xx.
 */
export function caller(options: TransportOptions, signal?: AbortSignal, kept?: KeptConnections): Call {
  return async ({ method, path, body, answer: schema, doing, alsoStatus }) => {
    checkAllowed(method, path)
    const text = body === undefined ? undefined : JSON.stringify(body)
    const ask = () => exchange(options, { method, path: `/api/v4${path}`, body: text }, signal, kept)
    const answer = await (options.turn?.(ask) ?? ask())
    const value = parsed(answer.text)
    const good = answer.status === alsoStatus || (answer.status >= 200 && answer.status <= 299)
    if (!good) throw refusal(doing, answer.status, value)
    const checked = schema.safeParse(value)
    if (checked.success) return checked.data
    const place = checked.error.issues[0]?.path.join('.') ?? ''
    throw new TeamchatError(
      'mattermost.refused',
      `cannot ${doing}: Mattermost's answer is not understood${place === '' ? '' : ` (${place})`}`,
      { hint: 'is this Mattermost 10.11 or later, and nothing else, behind the socket?' },
    )
  }
}

function refusal(doing: string, status: number, value: unknown): TeamchatError {
  const id = errorSchema.safeParse(value).data?.id ?? ''
  if (isLocalModeOff(status, id)) {
    return new TeamchatError('mattermost.localModeOff', `cannot ${doing}: Mattermost's local mode is off`)
  }
  // 429: the same for everybody, and over soon; it says nothing of the person whom the call was about.
  if (status === 429 || status === 502 || status === 503 || status === 504) {
    return new TeamchatError(
      'mattermost.unreachable',
      `cannot ${doing}: Mattermost is not ready (HTTP ${status})`,
    )
  }
  return new MattermostRefusal(doing, status, id)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the schema says what was expected
  }
}

export interface TransportOptions extends KeepOptions {
  /** For one request, connection included. Creating a user costs a password hash, up to seconds on a busy host. */
  timeoutMs?: number
  /** Runs each request when its turn has come; the time limit counts from there. Default: at once. */
  turn?: (work: () => Promise<Answer>) => Promise<Answer>
}

export interface Request {
  method: string
  path: string
  body: string | undefined
}

export interface Answer {
  status: number
  text: string
}

const DEFAULT_TIMEOUT_MS = 30_000
/** A page of 200 users is about 200 kB. */
const ANSWER_LIMIT = 32 * 1024 * 1024

/**
 * One request over the socket: on a connection of its own, or on one of `kept`. Nothing is sent before the socket is
 * known to be Mattermost's (see `connectTrusted`), and nothing twice.
 * Throws `mattermost.unreachable`, `mattermost.untrusted`, `files.unsafe` (a link in the path).
 */
export async function exchange(
  options: TransportOptions,
  { method, path, body }: Request,
  signal?: AbortSignal,
  kept?: KeptConnections,
): Promise<Answer> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
  const either = signal === undefined ? timeout : AbortSignal.any([timeout, signal])
  const headers = {
    host: 'localhost',
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
  }
  const sent = { method, path, headers, signal: either }
  try {
    if (kept !== undefined) return await talk({ ...sent, agent: await kept.take(either) }, body)
    const { connection } = await connectTrusted(options, either)
    try {
      const once = { headers: { ...headers, connection: 'close' }, createConnection: () => connection }
      return await talk({ ...sent, ...once }, body)
    } finally {
      connection.destroy()
    }
  } catch (error) {
    kept?.drop()
    throw connectionError(error, options, { timedOut: timeout.aborted, stopped: signal?.aborted === true })
  }
}

function talk(options: RequestOptions, body: string | undefined): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(options, answer => {
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
  if (code === 'ECONNREFUSED') return unreachable(`nothing listens on ${socket}`)
  if (code === 'EACCES') return unreachable(`${socket} may not be opened`, 'run it as root')
  if (code === 'ECONNRESET' || code === 'EPIPE') return unreachable('it broke off the connection')
  return unreachable(reasonOf(error))
}
