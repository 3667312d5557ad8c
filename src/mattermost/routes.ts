import { TeamchatError } from '../errors.js'

export type Method = 'GET' | 'POST' | 'PUT'

const ID = '[a-z0-9]{26}'
/** What encodeURIComponent leaves, without a slash in any spelling, and not only dots. */
const SEGMENT = "(?!\\.{1,2}$)(?:[A-Za-z0-9._~!*'()-]|%(?!2[Ff]|5[Cc]|[01])[0-9A-F]{2})+"

const ROUTES: Record<Method, string[]> = {
  GET: [
    'system/ping(?:\\?get_server_status=true)?',
    'config',
    'config/client\\?format=old',
    'users\\?page=\\d+&per_page=200(?:&role=system_admin&active=true)?',
    `users\\?page=\\d+&per_page=200&in_team=${ID}&(?:active=true|sort=last_activity_at)`,
    `users/${ID}`,
    `users/username/${SEGMENT}`,
    `users/email/${SEGMENT}`,
    `teams/${ID}`,
    `teams/name/${SEGMENT}`,
  ],
  POST: ['config/reload', 'users', 'users/ids', 'users/password/reset/send', 'teams', `teams/${ID}/members`],
  PUT: ['config/patch', `users/${ID}/active`, `users/${ID}/roles`],
}

const ALLOWED = Object.fromEntries(
  Object.entries(ROUTES).map(([method, paths]) => [method, paths.map(path => new RegExp(`^/${path}$`))]),
)

/** True for the few calls that leave this client. There is no DELETE among them, and no `PUT /config`. */
export function isAllowed(method: string, path: string): boolean {
  return (ALLOWED[method] ?? []).some(route => route.test(path))
}

/** The last gate in front of the socket, whoever built the path. Throws `mattermost.refused`. */
export function checkAllowed(method: string, path: string): void {
  if (isAllowed(method, path)) return
  throw new TeamchatError(
    'mattermost.refused',
    `cannot ask Mattermost: ${method} ${JSON.stringify(path)} is not among the calls that teamchatd makes`,
    { hint: 'nothing was sent' },
  )
}
