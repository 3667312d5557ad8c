import { z } from 'zod'
import { TeamchatError } from '../errors.js'
import type { KeptConnections } from './kept-connections.js'
import { isLocalModeOff, MattermostRefusal } from './refusals.js'
import { checkAllowed, type Method } from './routes.js'
import { exchange, type TransportOptions } from './transport.js'

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
