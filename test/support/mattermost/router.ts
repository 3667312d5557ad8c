import type { App } from './app.js'
import { noPermission, noRoute, sessionExpired } from './errors.js'
import type { User } from './users.js'

/** A request as the answers see it. */
export interface Call {
  readonly app: App
  /** The local-mode socket or the TCP port. */
  readonly via: 'socket' | 'tcp'
  /** Parts of the path that the pattern names. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** The parsed body; undefined without one, or when it is not JSON. */
  readonly body: unknown
  /** Who asks over TCP with a session. */
  readonly user: User | undefined
  /** May do everything: over the socket while local mode is on, or as a system administrator. */
  readonly unrestricted: boolean
}

/** An answer; `body` is sent as JSON. */
export interface Reply {
  status: number
  body: unknown
  headers?: Record<string, string>
}

/**
 * Who reaches a route. Over the socket `free` asks nothing, `checked` wants local mode to be on still. Over TCP
 * `open` needs no session, `session` any, `admin` one of a system administrator. `no`: there is no such route.
 */
export interface Route {
  method: string
  pattern: RegExp
  socket: 'free' | 'checked' | 'no'
  tcp: 'open' | 'session' | 'admin' | 'no'
  answer: (call: Call) => Reply | Promise<Reply>
}

const PARTS: Record<string, string> = {
  id: '(?<id>[A-Za-z0-9]+)',
  user: '(?<user>[A-Za-z0-9]+)',
  username: '(?<username>[A-Za-z0-9_.-]+)',
  email: '(?<email>.+)',
  name: '(?<name>[A-Za-z0-9_-]+)',
}

/** One route; `{id}` and the like stand for parts of the path below `/api/v4`. */
export function route(
  method: string,
  path: string,
  socket: Route['socket'],
  tcp: Route['tcp'],
  answer: Route['answer'],
): Route {
  const pattern = path.replace(/\{(\w+)\}/g, (_all, name: string) => PARTS[name] ?? '')
  return { method, pattern: new RegExp(`^/api/v4${pattern}$`), socket, tcp, answer }
}

/** Finds the route and answers. Throws ApiError 404 without a route, 401 and 403 where the caller may not. */
export function dispatch(
  routes: readonly Route[],
  method: string,
  path: string,
  call: Omit<Call, 'params'>,
): Reply | Promise<Reply> {
  for (const candidate of routes) {
    const found = candidate.pattern.exec(path)
    if (!found || candidate.method !== method || candidate[call.via] === 'no') continue
    if (call.via === 'tcp' && candidate.tcp !== 'open' && !call.user) throw sessionExpired()
    const needsRights = call.via === 'tcp' ? candidate.tcp === 'admin' : candidate.socket === 'checked'
    if (needsRights && !call.unrestricted) throw noPermission()
    return candidate.answer({ ...call, params: found.groups ?? {} })
  }
  throw noRoute(path)
}

/** Resolves `.`, `..` and double slashes; a slash at the end stays. A path that changes is answered with 301. */
export function cleanPath(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  const clean = `/${parts.join('/')}`
  return path.endsWith('/') && clean !== '/' ? `${clean}/` : clean
}
