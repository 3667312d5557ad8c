import { TeamchatError } from '../errors.js'

export type Method = 'GET' | 'POST' | 'PUT'

const ID_IN_PATH = '[a-z0-9]{26}'
/** What encodeURIComponent leaves, without a slash in any spelling, and not only dots. */
const SEGMENT = "(?!\\.{1,2}$)(?:[A-Za-z0-9._~!*'()-]|%(?!2[Ff]|5[Cc]|[01])[0-9A-F]{2})+"

const ROUTES: Record<Method, string[]> = {
  GET: [
    'system/ping(?:\\?get_server_status=true)?',
    'config',
    'config/client\\?format=old',
    'users\\?page=\\d+&per_page=200(?:&role=system_admin&active=true)?',
    `users\\?page=\\d+&per_page=200&in_team=${ID_IN_PATH}&(?:active=true|sort=last_activity_at)`,
    `users/${ID_IN_PATH}`,
    `users/username/${SEGMENT}`,
    `users/email/${SEGMENT}`,
    'bots\\?page=\\d+&per_page=200&include_deleted=true',
    `teams/${ID_IN_PATH}`,
    `teams/name/${SEGMENT}`,
  ],
  POST: [
    'config/reload',
    'users',
    'users/ids',
    'users/password/reset/send',
    'teams',
    `teams/${ID_IN_PATH}/members`,
    `bots/${ID_IN_PATH}/enable`,
  ],
  PUT: ['config/patch', `users/${ID_IN_PATH}`, `users/${ID_IN_PATH}/active`, `users/${ID_IN_PATH}/roles`],
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

const ID = /^[a-z0-9]{26}$/
const USERNAME = /^[a-z0-9._-]{1,64}$/
const TEAM_NAME = /^[a-z0-9_-]{2,64}$/

/** True for what Mattermost uses as an id: 26 of [a-z0-9]. */
export function isId(text: string): boolean {
  return ID.test(text)
}

/**
 * The id, if it is one; throws `mattermost.refused` before any path is built.
 * An empty or odd id would lead to another route: `DELETE /users` there removes every user.
 */
export function checkedId(id: string): string {
  if (!isId(id)) throw unfit('id', id)
  return id
}

/** A username as a part of a path. Anything that no user can have is refused (the server answers 400, not 404). */
export function usernameSegment(username: string): string {
  if (!USERNAME.test(username) || isDots(username)) throw unfit('username', username)
  return encodeURIComponent(username)
}

/** A team's name as a part of a path. */
export function teamNameSegment(name: string): string {
  if (!TEAM_NAME.test(name)) throw unfit("team's name", name)
  return encodeURIComponent(name)
}

/** An e-mail address as a part of a path; a slash or a control character would change the path even when encoded. */
export function emailSegment(email: string): string {
  if (!email.includes('@') || /[/\\\p{Cc}\p{Cs}]/u.test(email)) throw unfit('e-mail address', email)
  return encodeURIComponent(email)
}

function isDots(text: string): boolean {
  return text === '.' || text === '..'
}

function unfit(what: string, value: string): TeamchatError {
  return new TeamchatError(
    'mattermost.refused',
    `cannot ask Mattermost: ${JSON.stringify(value)} is no ${what}`,
    {
      hint: 'nothing was sent',
    },
  )
}
