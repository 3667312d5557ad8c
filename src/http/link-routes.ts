import type { FastifyInstance } from 'fastify'
import {
  type LinkOperations,
  type LinkRequest,
  linkActions,
  type RelinkRequest,
} from '../stories/link-operations.js'

/** Flat: a member that only one branch of a `oneOf` knew would be taken away before the operation sees it. */
const linkBody = {
  type: 'object',
  properties: {
    action: { type: 'string', enum: linkActions },
    name: { type: 'string', minLength: 1, maxLength: 1024 },
    username: { type: 'string', minLength: 1, maxLength: 64 },
    until: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$' },
    dryRun: { type: 'boolean', default: false },
  },
  required: ['action', 'name'],
  additionalProperties: false,
} as const

const relinkBody = {
  type: 'object',
  properties: {
    names: { type: 'array', items: { type: 'string', minLength: 1, maxLength: 1024 }, default: [] },
    forgetMissing: { type: 'boolean', default: false },
    confirm: { type: 'boolean', default: false },
  },
  additionalProperties: false,
} as const

/** Who is who, and changing it by hand. */
export function addLinkRoutes(app: FastifyInstance, operations: LinkOperations): void {
  app.get('/v1/users/list', () => operations.listUsers())
  app.post<{ Body: LinkRequest }>('/v1/users/link', { schema: { body: linkBody } }, request =>
    operations.changeLink(request.body),
  )
  app.post('/v1/users/accept-host', () => operations.acceptHost())
  app.post<{ Body: RelinkRequest }>('/v1/users/relink', { schema: { body: relinkBody } }, request =>
    operations.relinkUsers(request.body),
  )
}
