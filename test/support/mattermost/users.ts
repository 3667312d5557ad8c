import type { App } from './app.js'
import { Body } from './body.js'
import { disableBotsOf } from './bots.js'
import { ApiError, invalidBody, noSuchUser } from './errors.js'
import { newId } from './ids.js'
import { burnCpu, checkPassword, hashPassword, spendRounds } from './password-rule.js'
import { checkPerson, isAllowedDomain } from './user-rules.js'

/** A row of the users table. Times are milliseconds since 1970; `timezone` null stands until the next write. */
export interface User {
  id: string
  create_at: number
  update_at: number
  delete_at: number
  username: string
  password: string
  email: string
  email_verified: boolean
  nickname: string
  first_name: string
  last_name: string
  position: string
  roles: string
  props: Record<string, string>
  notify_props: Record<string, string>
  last_password_update: number
  last_picture_update: number
  failed_attempts: number
  locale: string
  timezone: Record<string, string> | null
  remote_id: string | undefined
  disable_welcome_email: boolean
  is_bot: boolean
}

/** A login: the token is its key. */
export interface Session {
  token: string
  user_id: string
  create_at: number
}

const NOTIFY = {
  channel: 'true',
  comments: 'never',
  desktop: 'mention',
  desktop_sound: 'true',
  desktop_threads: 'all',
  email: 'true',
  email_threads: 'all',
  first_name: 'false',
  mention_keys: '',
  push: 'mention',
  push_status: 'online',
  push_threads: 'all',
}
const TIMEZONE = { automaticTimezone: '', manualTimezone: '', useAutomaticTimezone: 'true' }

/** Everybody but bots, deactivated ones included. */
export function people(app: App): User[] {
  return app.state.all('users').filter(user => !user.is_bot)
}

/** Whether one more active user would be one too many. */
export function isFull(app: App): boolean {
  return people(app).filter(user => user.delete_at === 0).length >= app.version.userLimit
}

/** The user with this id. Throws ApiError 404. */
export function userOf(app: App, id: string): User {
  const user = app.state.get('users', id)
  if (!user) throw noSuchUser()
  return user
}

export function findByUsername(app: App, username: string): User | undefined {
  return app.state.all('users').find(user => user.username === username)
}

export function findByEmail(app: App, email: string): User | undefined {
  return app.state.all('users').find(user => user.email === email)
}

/**
 * Creates a user. The order of refusals is the server's: limit, domain, password, given id, rules of the
 * members, taken e-mail or name. Whoever comes while there is nobody becomes system administrator; that is
 * read before the password is hashed and without a lock, as on the real server.
 */
export async function createUser(app: App, value: unknown): Promise<User> {
  const body = Body.of(value, 'user')
  const draft = drafted(body)
  const password = body.text('password') ?? ''
  if (isFull(app)) throw new ApiError(400, 'api.user.create_user.user_limits.exceeded')
  checkDomain(app, draft.email, 'create_user')
  const first = people(app).length === 0
  checkPassword(password, app.config.running.PasswordSettings)
  const { creationCpuMs, realCost } = app.faults.now()
  await burnCpu(creationCpuMs ?? 0)
  if (realCost) await spendRounds(app.version.cost.hash)
  if ((body.text('id') ?? '') !== '') throw new ApiError(400, 'app.user.save.existing.app_error')
  checkPerson(draft)
  checkUnique(app, draft)
  const user = {
    ...draft,
    roles: first ? 'system_admin system_user' : 'system_user',
    password: hashPassword(password),
  }
  app.state.put('users', user.id, user)
  return user
}

function drafted(body: Body): User {
  const now = Date.now()
  const id = newId()
  return {
    id,
    create_at: now,
    update_at: now,
    delete_at: 0,
    username: body.text('username')?.toLowerCase() || newId(),
    password: '',
    email: (body.text('email') ?? '').toLowerCase(),
    email_verified: body.flag('email_verified') ?? false,
    nickname: body.text('nickname') ?? '',
    first_name: body.text('first_name') ?? '',
    last_name: body.text('last_name') ?? '',
    position: body.text('position') ?? '',
    roles: '',
    props: body.map('props') ?? {},
    notify_props: body.map('notify_props') ?? NOTIFY,
    last_password_update: now,
    last_picture_update: 0,
    failed_attempts: 0,
    locale: body.text('locale') || 'en',
    timezone: body.map('timezone') ?? TIMEZONE,
    remote_id: body.text('remote_id') ?? '',
    disable_welcome_email: body.flag('disable_welcome_email') ?? false,
    is_bot: false,
  }
}

/**
 * Replaces a user by what the caller says: a member that is not said becomes empty. Roles, password, dates and
 * the verified mark stay; a new e-mail loses the mark, or waits for its verification where that is required.
 */
export function updateUser(app: App, id: string, value: unknown): User {
  const body = Body.of(value, 'user')
  const draft = drafted(body)
  if (body.text('id') !== id) throw invalidBody('user_id')
  const old = userOf(app, id)
  const mailMoves = draft.email !== old.email
  if (mailMoves) checkDomain(app, draft.email, 'update_user')
  const user: User = {
    ...old,
    username: (body.text('username') ?? '').toLowerCase(),
    email: draft.email,
    email_verified: old.email_verified && !mailMoves,
    nickname: draft.nickname,
    first_name: draft.first_name,
    last_name: draft.last_name,
    position: draft.position,
    props: body.map('props') ?? old.props,
    notify_props: body.map('notify_props') ?? NOTIFY,
    locale: body.text('locale') ?? '',
    timezone: body.map('timezone') ?? null,
    remote_id: body.text('remote_id'),
    update_at: Date.now(),
  }
  if (user.username !== old.username && old.last_picture_update === 0) user.last_picture_update = -Date.now()
  checkPerson(user)
  checkUnique(app, user)
  if (mailMoves && app.config.running.EmailSettings.RequireEmailVerification) {
    user.email = old.email
    user.email_verified = old.email_verified
  }
  app.state.put('users', id, user)
  return user
}

function checkDomain(app: App, email: string, action: 'create_user' | 'update_user'): void {
  if (isAllowedDomain(email, app.config.running.TeamSettings.RestrictCreationToDomains)) return
  throw new ApiError(400, `api.user.${action}.accepted_domain.app_error`)
}

function checkUnique(app: App, user: User): void {
  const others = app.state.all('users').filter(other => other.id !== user.id)
  if (others.some(other => other.email === user.email)) {
    throw new ApiError(400, 'app.user.save.email_exists.app_error')
  }
  if (others.some(other => other.username === user.username)) {
    throw new ApiError(400, 'app.user.save.username_exists.app_error')
  }
}

/** Switches a user on or off; off ends every session at once and stops the bots that the user owns. */
export function setActive(app: App, id: string, active: boolean): void {
  const user = userOf(app, id)
  if (active && user.delete_at > 0 && isFull(app)) {
    throw new ApiError(400, 'app.user.update_active.user_limit.exceeded')
  }
  change(app, user, { delete_at: active ? 0 : Date.now() })
  if (active) return
  endSessions(app, id)
  noteSeen(app, id)
  disableBotsOf(app, id)
}

const ROLES =
  /^(system_(user|admin|guest|manager|user_manager|read_only_admin|post_all|post_all_public|user_access_token|custom_group_admin)|(team|channel)_(user|admin|guest))$/

/** Sets the roles of a user, names with blanks between. Throws ApiError 400 for one that does not exist. */
export function setRoles(app: App, id: string, value: unknown): void {
  const roles = Body.of(value, 'roles').text('roles') ?? ''
  const names = roles.split(/\s+/).filter(name => name !== '')
  if (names.length === 0 || roles === 'system_admin') throw invalidBody('roles')
  const user = userOf(app, id)
  if (!names.every(name => ROLES.test(name))) {
    throw new ApiError(400, 'app.role.check_roles_exist.role_not_found')
  }
  change(app, user, { roles })
}

/** Sets a new password, which the policy must allow, and ends the sessions. */
export function setPassword(app: App, id: string, value: unknown): void {
  const password = Body.of(value, 'user').text('new_password') ?? ''
  const user = userOf(app, id)
  checkPassword(password, app.config.running.PasswordSettings)
  change(app, user, {
    password: hashPassword(password),
    last_password_update: Date.now(),
    failed_attempts: 0,
  })
  if (app.config.running.ServiceSettings.TerminateSessionsOnPasswordChange) endSessions(app, id)
}

/** Writes some members of a user. */
export function change(app: App, user: User, members: Partial<User>): void {
  const changed = { ...user, timezone: user.timezone ?? {}, update_at: Date.now(), ...members }
  app.state.put('users', user.id, changed)
}

/** Being online or going offline writes a status; whoever never logged in has none. */
export function noteSeen(app: App, userId: string): void {
  app.state.put('statuses', userId, { user_id: userId, last_activity_at: Date.now() })
}

/** Logs a user out everywhere. */
export function endSessions(app: App, userId: string): void {
  for (const session of app.state.all('sessions')) {
    if (session.user_id === userId) app.state.remove('sessions', session.token)
  }
}
