import type { FastifyInstance } from 'fastify'
import type { AdoptionOperations, AdoptOptions, RetireOptions } from '../stories/adoption-operations.js'

const adoptBody = {
  type: 'object',
  properties: { dryRun: { type: 'boolean', default: false }, vhost: { type: 'boolean', default: false } },
  additionalProperties: false,
} as const

const retireBody = {
  type: 'object',
  properties: { dryRun: { type: 'boolean', default: false }, giveBack: { type: 'boolean', default: false } },
  additionalProperties: false,
} as const

/** How a site comes to teamchatd, and leaves it. */
export function addAdoptionRoutes(app: FastifyInstance, operations: AdoptionOperations): void {
  app.post<{ Body: AdoptOptions }>('/v1/adopt', { schema: { body: adoptBody } }, request =>
    operations.adopt(request.body),
  )
  app.post<{ Body: RetireOptions }>('/v1/retire', { schema: { body: retireBody } }, request =>
    operations.retire(request.body),
  )
}
