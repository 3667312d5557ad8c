import type { FastifyInstance } from 'fastify'
import type { HandoutOperations } from '../stories/handout-operations.js'

const forgetBody = {
  type: 'object',
  properties: { ids: { type: 'array', items: { type: 'string' }, maxItems: 10_000 } },
  required: ['ids'],
  additionalProperties: false,
} as const
const loginBody = {
  type: 'object',
  properties: { login: { type: 'string', minLength: 1, maxLength: 1024 } },
  required: ['login'],
  additionalProperties: false,
} as const

/** Passwords to hand out, links to set one, results of people. */
export function addHandoutRoutes(app: FastifyInstance, operations: HandoutOperations): void {
  app.get<{ Querystring: { login?: string; group?: string } }>('/v1/credentials', request =>
    operations.credentials({ login: request.query.login, group: request.query.group }),
  )
  app.post<{ Body: { ids: string[] } }>(
    '/v1/credentials/forget',
    { schema: { body: forgetBody } },
    async request => {
      await operations.forgetCredentials(request.body.ids)
      return {}
    },
  )
  app.post<{ Body: { login: string } }>('/v1/users/invite', { schema: { body: loginBody } }, request =>
    operations.inviteUser(request.body.login),
  )
  app.get<{ Querystring: { login?: string } }>('/v1/users/report', request =>
    operations.userReport(request.query.login),
  )
}
