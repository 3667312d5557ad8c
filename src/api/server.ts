import { chmod, unlink } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { PassThrough } from 'node:stream'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { asTeamchatError, TeamchatError } from '../errors.js'
import { isMissing } from '../system/files/errors.js'
import { makeFolder, openFolder } from '../system/files/folder.js'
import { contract, type OperationName, type Operations } from './contract.js'
import type { Operation } from './operation.js'
import { SCHEMA_VERSION } from './schema-version.js'

/** The API on a Unix socket that only its owner can open: whoever may connect is the administrator. */
export interface Api {
  close(): Promise<void>
}

export interface ApiParts {
  operations: Operations
  log: { error(members: object, text: string): void }
}

/** The application without a socket, with a route for each operation of the contract; tests ask it with `inject`. */
export function buildApi({ operations, log }: ApiParts): FastifyInstance {
  const app = fastify({ logger: false, bodyLimit: 1024 * 1024, forceCloseConnections: true })
  app.setErrorHandler((error, _request, reply) => {
    const known = asTeamchatError(error, isClientsFault(error) ? 'usage' : 'failed', 'answer the request')
    if (known.httpStatus >= 500) log.error({ hint: known.hint }, known.message)
    reply.status(known.httpStatus).send(errorBody(known))
  })
  app.setNotFoundHandler((request, reply) => {
    const message = `cannot ${request.method} ${request.url}: there is no such route`
    const unknown = new TeamchatError('usage', message, { hint: 'is the command of another version?' })
    reply.status(404).send(errorBody(unknown))
  })
  for (const [name, operation] of Object.entries(contract) as [OperationName, Operation][]) {
    const call = (...args: unknown[]): Promise<object> => Reflect.apply(operations[name], undefined, args)
    app.route({
      method: operation.method,
      url: operation.path,
      handler: (request, reply) => {
        const args = operation.input === undefined ? [] : [inputOf(operation.input, request)]
        return operation.line === undefined ? answer(call(...args)) : stream(call, args, reply)
      },
    })
  }
  return app
}

async function answer(output: Promise<object>): Promise<object> {
  return { schemaVersion: SCHEMA_VERSION, ...(await output) }
}

/** A body that is no JSON, or too long. */
function isClientsFault(error: unknown): boolean {
  const status = (error as { statusCode?: number }).statusCode
  return status !== undefined && status < 500
}

function errorBody({ code, message, hint }: TeamchatError): object {
  return { schemaVersion: SCHEMA_VERSION, error: { code, message, hint } }
}

/** Throws `usage` that names the wrong member. */
function inputOf(schema: z.ZodObject, { method, params, query, body }: FastifyRequest): unknown {
  const given = method === 'GET' ? { ...(params as object), ...(query as object) } : (body ?? {})
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const member = issue?.path.join('.') ?? ''
  const place = member === '' ? '' : `${member}: `
  throw new TeamchatError('usage', `cannot take the request: ${place}${issue?.message}`)
}

/** One JSON object a line as things happen; the last one is `{report}` or `{error}`. */
function stream(
  call: (...args: unknown[]) => Promise<object>,
  args: unknown[],
  reply: FastifyReply,
): FastifyReply {
  const gone = new AbortController()
  const lines = new PassThrough()
  const send = (value: object) =>
    new Promise<void>(resolve => {
      if (lines.write(`${JSON.stringify(value)}\n`) || gone.signal.aborted) resolve()
      else lines.once('drain', resolve)
    })
  reply.raw.on('close', () => {
    // A caller that hung up wants no more people created; a drained line resolves what still waits.
    gone.abort()
    lines.emit('drain')
  })
  call(...args, (line: object) => send({ line }), gone.signal)
    .then(
      report => send({ schemaVersion: SCHEMA_VERSION, report }),
      error => send(errorBody(asTeamchatError(error, 'failed', 'import users'))),
    )
    .finally(() => lines.end())
  return reply.header('content-type', 'application/x-ndjson').send(lines)
}

/**
 * Listens on `socketPath`, 0600. A socket that a dead daemon left is removed: call this only under the daemon's lock.
 * The folder is opened first and the socket made below its descriptor, which also serves paths beyond 107 bytes.
 */
export async function openApi(parts: ApiParts, socketPath: string, root: string): Promise<Api> {
  await makeFolder(dirname(socketPath), root, 0o755)
  const folder = openFolder(dirname(socketPath), root)
  const path = `${folder.path}/${basename(socketPath)}`
  const app = buildApi(parts)
  try {
    await unlink(path).catch(error => {
      if (!isMissing(error)) throw error
    })
    // The mode counts from the first moment on, not only from the chmod.
    const umask = process.umask(0o177)
    try {
      await app.listen({ path })
    } finally {
      process.umask(umask)
    }
    await chmod(path, 0o600)
  } catch (error) {
    folder.close()
    throw asTeamchatError(error, 'failed', `open the API at ${socketPath}`)
  }
  return {
    close: async () => {
      await app.close()
      folder.close()
    },
  }
}
