import type { App } from './app.js'
import { Body } from './body.js'
import { ApiError, invalidBody, invalidUrl, noSuchUser, sessionExpired } from './errors.js'
import { isId, newId } from './ids.js'
import { logIn } from './logins.js'
import { sendMail } from './mail.js'
import { type Call, type Reply, type Route, route } from './router.js'
import { listUsers, removeForGood } from './user-list.js'
import { isEmail, isUsername } from './user-rules.js'
import { viewUser } from './user-view.js'
import {
  createUser,
  findByEmail,
  findByUsername,
  people,
  setActive,
  setPassword,
  setRoles,
  type User,
  updateUser,
  userOf,
} from './users.js'

const OK: Reply = { status: 200, body: { status: 'OK' } }

/** Everything below `/users`. `DELETE /users` removes everybody, as it does on the real server. */
export const userRoutes: readonly Route[] = [
  route('GET', '/users', 'free', 'session', list),
  route('POST', '/users', 'free', 'open', create),
  route('DELETE', '/users', 'free', 'no', removeEverybody),
  route('POST', '/users/login', 'no', 'open', login),
  route('POST', '/users/logout', 'no', 'open', logout),
  route('POST', '/users/ids', 'free', 'session', byIds),
  route('POST', '/users/password/reset/send', 'free', 'open', sendReset),
  route('GET', '/users/username/{username}', 'free', 'session', byUsername),
  route('GET', '/users/email/{email}', 'free', 'session', byEmail),
  route('GET', '/users/me', 'no', 'session', me),
  route('GET', '/users/{id}', 'free', 'session', one),
  route('PUT', '/users/{id}', 'checked', 'admin', call =>
    found(viewUser(updateUser(call.app, userId(call), call.body), 'own')),
  ),
  route('DELETE', '/users/{id}', 'free', 'admin', remove),
  route(
    'PUT',
    '/users/{id}/roles',
    'checked',
    'admin',
    after(call => setRoles(call.app, userId(call), call.body)),
  ),
  route(
    'PUT',
    '/users/{id}/password',
    'checked',
    'admin',
    after(call => setPassword(call.app, userId(call), call.body)),
  ),
  route('PUT', '/users/{id}/active', 'checked', 'admin', activate),
]

/** The id in the path. Throws ApiError 400 when it is none. */
export function userId(call: Call, part: 'id' | 'user' = 'id'): string {
  const id = call.params[part]
  if (!isId(id)) throw invalidUrl('user_id')
  return id
}

function found(body: unknown): Reply {
  return { status: 200, body }
}

function after(act: (call: Call) => void): Route['answer'] {
  return call => {
    act(call)
    return OK
  }
}

function list(call: Call): Reply {
  const { query } = call
  const role = query.get('role') ?? ''
  if (role !== '' && !/^(system|team|channel)_[a-z_]+$/.test(role)) throw invalidBody('role')
  const sort = query.get('sort') ?? ''
  const inTeam = query.get('in_team') ?? ''
  if (!['', 'last_activity_at', 'create_at', 'status'].includes(sort)) throw invalidUrl('sort')
  if ((sort === 'create_at' || sort === 'last_activity_at') && inTeam === '') throw invalidUrl('sort')
  if (sort === 'status' && !query.has('in_channel')) throw invalidUrl('sort')
  const users = listUsers(call.app, {
    active: isTrue(query.get('active')),
    inactive: isTrue(query.get('inactive')),
    role,
    inTeam,
    notInTeam: query.get('not_in_team') ?? '',
    inChannel: query.get('in_channel') ?? '',
    withoutTeam: isTrue(query.get('without_team')),
  })
  if (sort === 'last_activity_at') return found(page(recentlyActive(call.app, users), query))
  if (sort === 'create_at') users.sort((a, b) => b.create_at - a.create_at)
  return found(page(users, query).map(user => viewUser(user, 'listed')))
}

/** Joined with the statuses, as in the server's store: whoever has none is left out. */
function recentlyActive(app: App, users: User[]): Record<string, unknown>[] {
  return users
    .map(user => ({ user, seen: app.state.get('statuses', user.id)?.last_activity_at }))
    .filter((one): one is { user: User; seen: number } => one.seen !== undefined)
    .sort((a, b) => b.seen - a.seen)
    .map(({ user, seen }) => ({ ...viewUser(user, 'listed'), last_activity_at: seen }))
}

/** The part of a list that `page` and `per_page` name: 60 a page, at most 200, none for `per_page=0`. */
export function page<T>(items: T[], query: URLSearchParams): T[] {
  const number = Math.max(0, wholeNumber(query.get('page')) ?? 0)
  const asked = wholeNumber(query.get('per_page')) ?? 60
  const size = asked < 0 ? 60 : Math.min(asked, 200)
  return items.slice(number * size, (number + 1) * size)
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^-?\d+$/.test(text) ? Number(text) : undefined
}

function isTrue(text: string | null): boolean {
  return ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text ?? '')
}

async function create(call: Call): Promise<Reply> {
  const { EnableOpenServer, EnableUserCreation } = call.app.config.running.TeamSettings
  Body.of(call.body, 'user')
  if (!call.unrestricted) {
    if (!EnableUserCreation) throw new ApiError(501, 'api.user.create_user.signup_email_disabled.app_error')
    const isFirst = people(call.app).length === 0
    if (!EnableOpenServer && !isFirst) throw new ApiError(403, 'api.user.create_user.no_open_server')
  }
  const user = await createUser(call.app, call.body)
  return { status: 201, body: viewUser(user, 'own') }
}

function removeEverybody(call: Call): Reply {
  for (const user of call.app.state.all('users')) removeForGood(call.app, user)
  return OK
}

function remove(call: Call): Reply {
  const user = userOf(call.app, userId(call))
  if (isTrue(call.query.get('permanent'))) removeForGood(call.app, user)
  else setActive(call.app, user.id, false)
  return OK
}

function activate(call: Call): Reply {
  const id = userId(call)
  const active = Body.of(call.body, 'active').flag('active')
  if (active === undefined) throw invalidBody('active')
  setActive(call.app, id, active)
  return OK
}

function login(call: Call): Reply {
  const { user, token } = logIn(call.app, call.body)
  return { status: 200, body: viewUser(user, 'own'), headers: { token } }
}

function logout(call: Call): Reply {
  for (const session of call.app.state.all('sessions')) {
    if (session.user_id === call.user?.id) call.app.state.remove('sessions', session.token)
  }
  return OK
}

function me(call: Call): Reply {
  if (!call.user) throw sessionExpired()
  return found(viewUser(call.user, 'own'))
}

function one(call: Call): Reply {
  return found(viewUser(userOf(call.app, userId(call)), 'single'))
}

function byUsername(call: Call): Reply {
  const name = call.params.username ?? ''
  if (!isUsername(name)) throw invalidBody('username')
  const user = findByUsername(call.app, name)
  if (!user) throw new ApiError(404, 'app.user.get_by_username.app_error')
  return found(viewUser(user, 'single'))
}

function byEmail(call: Call): Reply {
  const email = (call.params.email ?? '').toLowerCase()
  if (!isEmail(email)) throw invalidUrl('email')
  const user = findByEmail(call.app, email)
  if (!user) throw noSuchUser()
  return found(viewUser(user, 'single'))
}

function byIds(call: Call): Reply {
  const ids = call.body
  if (!Array.isArray(ids) || ids.length === 0 || !ids.every(id => typeof id === 'string')) {
    throw invalidBody('user_ids')
  }
  const users = [...new Set<string>(ids)].map(id => call.app.state.get('users', id))
  const known = users.filter((user): user is User => user !== undefined)
  return found(known.map(user => viewUser(user, 'listed')))
}

/** Somebody unknown gets the same 200. The link in the mail leads nowhere: the stand-in has no pages. */
async function sendReset(call: Call): Promise<Reply> {
  const email = (Body.of(call.body, 'email').text('email') ?? '').toLowerCase()
  if (email === '') throw invalidBody('email')
  if (!findByEmail(call.app, email)) return OK
  const { SMTPServer, SMTPPort, FeedbackEmail } = call.app.config.running.EmailSettings
  const place = { host: SMTPServer, port: Number(SMTPPort) }
  const text = `${call.app.config.running.ServiceSettings.SiteURL}/reset_password_complete?token=${newId()}`
  if (!(await sendMail(place, { from: FeedbackEmail, to: email, text }))) {
    throw new ApiError(500, 'api.user.send_password_reset.send.app_error')
  }
  return OK
}
