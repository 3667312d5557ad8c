import { chmod, unlink } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import fastify, { type FastifyInstance } from 'fastify'
import { asTeamchatError, TeamchatError } from '../errors.js'
import { isMissing } from '../system/files/errors.js'
import { makeFolder, openFolder } from '../system/files/folder.js'

import { type ApiParts, addRoutes } from './routes.js'

/** The API on a Unix socket that only its owner can open: whoever may connect is the administrator. */
export interface Api {
  close(): Promise<void>
}

/** The application without a socket; tests ask it with `inject`. */
export function buildApi(parts: ApiParts): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: 1024 * 1024,
    forceCloseConnections: true,
    // Numbers of a query are text; a text that stands for a list is a mistake.
    ajv: { customOptions: { coerceTypes: true } },
  })
  app.setErrorHandler((error, _request, reply) => {
    const validation = (error as { validation?: unknown }).validation !== undefined
    const known = validation
      ? new TeamchatError('usage', `cannot take the request: ${(error as Error).message}`)
      : asTeamchatError(error, 'failed', 'answer the request')
    if (known.httpStatus >= 500) parts.log.error({ hint: known.hint }, known.message)
    reply
      .status(known.httpStatus)
      .send({ error: { code: known.code, message: known.message, hint: known.hint } })
  })
  app.setNotFoundHandler((request, reply) => {
    const message = `cannot ${request.method} ${request.url}: there is no such route`
    reply.status(404).send({ error: { code: 'usage', message, hint: 'is the command of another version?' } })
  })
  addRoutes(app, parts)
  return app
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
