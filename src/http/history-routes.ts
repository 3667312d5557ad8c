import type { FastifyInstance } from 'fastify'
import type { HistoryOperations } from '../stories/history-operations.js'

const number = { type: 'integer', minimum: 0, maximum: 999_999_999 } as const
const diffQuery = {
  type: 'object',
  properties: { from: number, to: number },
  additionalProperties: false,
} as const
const rollbackBody = {
  type: 'object',
  properties: { to: number, dryRun: { type: 'boolean', default: false } },
  required: ['to'],
  additionalProperties: false,
} as const

/** History, differences between generations, rollback. */
export function addHistoryRoutes(app: FastifyInstance, operations: HistoryOperations): void {
  app.get('/v1/history', () => operations.history())
  app.get<{ Querystring: { from?: number; to?: number } }>(
    '/v1/diff',
    { schema: { querystring: diffQuery } },
    ({ query }) => operations.diff({ from: query.from, to: query.to }),
  )
  app.post<{ Body: { to: number; dryRun: boolean } }>(
    '/v1/rollback',
    { schema: { body: rollbackBody } },
    async ({ body }) => (body.dryRun ? operations.planRollback(body.to) : operations.rollback(body.to)),
  )
  app.post('/v1/rollback/release', () => operations.releaseRollback())
}
