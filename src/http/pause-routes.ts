import type { FastifyInstance } from 'fastify'
import type { PauseOperations } from '../events/pause.js'

const pauseBody = {
  type: 'object',
  properties: {
    reason: { type: 'string', minLength: 1, maxLength: 500 },
    forMs: { type: 'integer', minimum: 1000, maximum: 366 * 24 * 3600 * 1000 },
  },
  required: ['reason'],
  additionalProperties: false,
} as const

/** Pausing and going on; `lookAround` puts what has happened meanwhile to work. */
export function addPauseRoutes(
  app: FastifyInstance,
  operations: PauseOperations,
  lookAround: () => void,
): void {
  app.post<{ Body: { reason: string; forMs?: number } }>(
    '/v1/pause',
    { schema: { body: pauseBody } },
    request => operations.pause({ reason: request.body.reason, forMs: request.body.forMs }),
  )
  app.post('/v1/resume', async () => {
    const pause = await operations.resume()
    lookAround()
    return { pause }
  })
}
