import { PassThrough } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { asTeamchatError, TeamchatError } from '../errors.js'
import type { ImportLine, SyncReport } from '../people/types.js'
import type { Operations } from '../stories/operations.js'
import { addAdoptionRoutes } from './adoption-routes.js'
import { addHandoutRoutes } from './handout-routes.js'
import { addHistoryRoutes } from './history-routes.js'
import { addLinkRoutes } from './link-routes.js'
import { addPauseRoutes } from './pause-routes.js'

export interface ApiParts {
  operations: Operations
  /** The bulk import; `signal` ends it when its caller has gone. */
  importUsers(
    options: { password: string | undefined; signal: AbortSignal },
    onLine: (line: ImportLine) => Promise<void>,
  ): Promise<SyncReport>
  /** Something was put into the spool. */
  lookAtSpool: () => void
  log: { error(members: object, text: string): void }
}

/** A request that waits for an event waits at most so long; the client asks again. */
const LONGEST_WAIT_MS = 60_000

const eventQuery = {
  type: 'object',
  properties: { wait: { type: 'integer', minimum: 0, maximum: LONGEST_WAIT_MS, default: 0 } },
} as const
const eventParameters = {
  type: 'object',
  properties: { id: { type: 'string', pattern: '^[a-z0-9-]{1,64}$' } },
  required: ['id'],
} as const
const flag = (name: string) =>
  ({
    type: 'object',
    properties: { [name]: { type: 'boolean', default: false } },
    additionalProperties: false,
  }) as const
const importBody = {
  type: 'object',
  properties: { password: { type: 'string', minLength: 1, maxLength: 1024 } },
  additionalProperties: false,
} as const
/** Every route of version 1; each is one operation. */
export function addRoutes(app: FastifyInstance, parts: ApiParts): void {
  const { operations } = parts
  app.get('/v1/health', async () => ({ ok: true, pid: process.pid }))
  app.get('/v1/status', () => operations.status())
  app.get('/v1/plan', () => operations.plan())
  app.post<{ Body: { force: boolean } }>('/v1/apply', { schema: { body: flag('force') } }, request =>
    operations.apply({ force: request.body.force }),
  )
  addAdoptionRoutes(app, operations)
  app.post<{ Body: { confirm: boolean } }>('/v1/users/sync', { schema: { body: flag('confirm') } }, request =>
    operations.syncUsers({ confirm: request.body.confirm }),
  )
  app.get('/v1/users/plan', () => operations.planUsers())
  app.post('/v1/events/look', async () => {
    parts.lookAtSpool()
    return {}
  })
  app.get<{ Params: { id: string }; Querystring: { wait: number } }>(
    '/v1/events/:id',
    { schema: { params: eventParameters, querystring: eventQuery } },
    async request => {
      const report = await operations.eventReport(request.params.id, request.query.wait)
      if (report !== undefined) return report
      throw new TeamchatError('event.unknown', `cannot find the event ${request.params.id}`, {
        hint: 'events are kept for a week after they are finished',
      })
    },
  )
  addHandoutRoutes(app, operations)
  addLinkRoutes(app, operations)
  addHistoryRoutes(app, operations)
  addPauseRoutes(app, operations, parts.lookAtSpool)
  addImport(app, parts)
}

/** The bulk import: one JSON object a line as things happen; the last one is `{report}` or `{error}`. */
function addImport(app: FastifyInstance, parts: ApiParts): void {
  app.post<{ Body: { password?: string } }>(
    '/v1/users/import',
    { schema: { body: importBody } },
    (request, reply) => {
      const gone = new AbortController()
      const lines = new PassThrough()
      const send = (value: object) =>
        new Promise<void>(resolve => {
          if (lines.write(`${JSON.stringify(value)}\n`) || gone.signal.aborted) resolve()
          else lines.once('drain', resolve)
        })
      reply.raw.on('close', () => {
        // Whoever hung up wants no more people created; a drained line resolves what still waits.
        gone.abort()
        lines.emit('drain')
      })
      reply.header('content-type', 'application/x-ndjson').send(lines)
      parts
        .importUsers({ password: request.body.password, signal: gone.signal }, line => send({ line }))
        .then(
          report => send({ report }),
          error => {
            const known = asTeamchatError(error, 'failed', 'import users')
            return send({ error: { code: known.code, message: known.message, hint: known.hint } })
          },
        )
        .finally(() => lines.end())
    },
  )
}
