import type { IncomingMessage, Server } from 'node:http'
import { WebSocketServer } from 'ws'
import type { App } from './app.js'
import { ApiError } from './errors.js'
import { newId } from './ids.js'
import { sessionToken, sessionUser } from './logins.js'
import { noteSeen, type User } from './users.js'

/** Who opens it: the apps bring their session along, as a cookie or a header. */
function userOf(app: App, request: IncomingMessage): User | undefined {
  try {
    return sessionUser(app, sessionToken(request))
  } catch (error) {
    if (error instanceof ApiError) return undefined
    throw error
  }
}

/** Takes WebSockets at `/api/v4/websocket` and greets them with `hello`, as after a login; it says nothing more. */
export function acceptWebSockets(app: App, server: Server): void {
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    if (request.url?.split('?')[0] !== '/api/v4/websocket' || app.faults.now().down) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n')
      return
    }
    const user = userOf(app, request)
    if (user !== undefined) noteSeen(app, user.id)
    sockets.handleUpgrade(request, socket, head, client => {
      const data = { connection_id: newId(), server_version: `${app.version.name}.0.stand-in` }
      const broadcast = { omit_users: null, user_id: '', channel_id: '', team_id: '', connection_id: '' }
      client.send(JSON.stringify({ event: 'hello', data, broadcast, seq: 0 }))
    })
  })
}
