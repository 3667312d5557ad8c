import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { App } from './app.js'
import { ApiError } from './errors.js'
import type { Faults } from './faults.js'
import { newId } from './ids.js'
import { sessionToken, sessionUser } from './logins.js'
import { type Call, cleanPath, dispatch, type Reply } from './router.js'
import { systemRoutes } from './routes-system.js'
import { teamRoutes } from './routes-teams.js'
import { userRoutes } from './routes-users.js'

const ROUTES = [...systemRoutes, ...userRoutes, ...teamRoutes]
const BODY_LIMIT = 10 * 1024 * 1024

/** Answers the requests of one listener. */
export function answers(app: App, via: Call['via']): RequestListener {
  return (request, response) => {
    answer(app, via, request, response).catch((error: Error) => {
      process.stderr.write(`stand-in for Mattermost: ${error.stack ?? error.message}\n`)
      request.socket.destroy()
    })
  }
}

async function answer(app: App, via: Call['via'], request: IncomingMessage, response: ServerResponse) {
  const faults = app.faults.now()
  const { path, query } = target(request)
  const asked = `${request.method} ${path}`
  const body = await bodyOf(request)
  if (faults.slowMs) await wait(faults.slowMs)
  send(
    app,
    response,
    await reply(app, via, request, { path, query, body, faults, asked }),
    matches(faults.cut, asked),
  )
}

interface Asked {
  path: string
  query: string
  body: string
  faults: Faults
  asked: string
}

async function reply(app: App, via: Call['via'], request: IncomingMessage, given: Asked): Promise<Reply> {
  const { path, query, faults } = given
  try {
    const { page } = faults
    if (matches(page?.on, given.asked)) return { status: page?.status ?? 500, body: page?.text ?? '' }
    if (matches(faults.error500, given.asked)) throw new ApiError(500, 'stand_in.fault.app_error')
    const clean = cleanPath(path)
    if (clean !== path) return redirect(clean, query)
    if (!path.startsWith('/api/')) return webPage(app)
    const user = via === 'tcp' ? sessionUser(app, sessionToken(request)) : undefined
    const localMode = app.config.running.ServiceSettings.EnableLocalMode && !faults.localModeOff
    const isAdmin = user?.roles.split(' ').includes('system_admin') ?? false
    return await dispatch(ROUTES, request.method ?? 'GET', path, {
      app,
      via,
      query: new URLSearchParams(query),
      body: parsed(given.body),
      user,
      unrestricted: via === 'socket' ? localMode : isAdmin,
    })
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const { id, status, detail } = error
    return {
      status,
      body: { id, message: id, detailed_error: detail, request_id: newId(), status_code: status },
    }
  }
}

function send(app: App, response: ServerResponse, { status, body, headers }: Reply, cut: boolean): void {
  const isPage = typeof body === 'string'
  const bytes = Buffer.from(isPage ? body : `${JSON.stringify(body)}\n`)
  response.writeHead(status, {
    'content-type': isPage ? 'text/html' : 'application/json',
    'content-length': bytes.length,
    'x-version-id': `${app.version.name}.0.stand-in`,
    'x-stand-in': 'stand-in for Mattermost',
    ...headers,
  })
  if (!cut) {
    response.end(bytes)
    return
  }
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.socket?.destroy())
}

/** The router of the real server sends such a path away instead of answering; who follows with DELETE arrives. */
function redirect(path: string, query: string): Reply {
  return { status: 301, body: '', headers: { location: query === '' ? path : `${path}?${query}` } }
}

function webPage(app: App): Reply {
  const { SiteName } = app.config.running.TeamSettings
  const title = SiteName.replace(/[&<>]/g, '')
  return {
    status: 200,
    body: `<!doctype html><title>${title}</title><p>stand-in for Mattermost ${app.version.name}\n`,
  }
}

function target(request: IncomingMessage): { path: string; query: string } {
  const [path = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s)
  return { path: decoded(path), query }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch (error) {
    if (error instanceof URIError) return path
    throw error
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size <= BODY_LIMIT) parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function matches(pattern: string | undefined, asked: string): boolean {
  return pattern !== undefined && new RegExp(pattern).test(asked)
}
