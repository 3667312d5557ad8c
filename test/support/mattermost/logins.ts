import type { IncomingMessage } from 'node:http'
import type { App } from './app.js'
import { Body } from './body.js'
import { ApiError, sessionExpired } from './errors.js'
import { newId } from './ids.js'
import { passwordFits } from './password-rule.js'
import { change, findByEmail, findByUsername, type User } from './users.js'

/** Logs in by user name or e-mail. Throws ApiError 401, the same for a wrong name and a wrong password. */
export function logIn(app: App, value: unknown): { user: User; token: string } {
  const body = Body.of(value, 'login')
  const name = (body.text('login_id') ?? '').toLowerCase()
  const mail = app.config.running.EmailSettings
  const user =
    (mail.EnableSignInWithUsername ? findByUsername(app, name) : undefined) ??
    (mail.EnableSignInWithEmail ? findByEmail(app, name) : undefined)
  if (!user || user.is_bot || name === '') throw wrongCredentials(app)
  if (user.delete_at > 0) throw new ApiError(401, 'api.user.login.inactive.app_error')
  if (user.failed_attempts >= app.config.running.ServiceSettings.MaximumLoginAttempts) {
    throw new ApiError(401, 'api.user.check_user_login_attempts.too_many.app_error')
  }
  if (!passwordFits(body.text('password') ?? '', user.password)) {
    change(app, user, { failed_attempts: user.failed_attempts + 1 })
    throw wrongCredentials(app)
  }
  if (mail.RequireEmailVerification && !user.email_verified) {
    throw new ApiError(401, 'api.user.login.not_verified.app_error')
  }
  if (user.failed_attempts > 0) change(app, user, { failed_attempts: 0 })
  const token = newId()
  app.state.put('sessions', token, { token, user_id: user.id, create_at: Date.now() })
  return { user, token }
}

/** The user behind an `Authorization: Bearer` header or the session cookie; undefined without either. Throws 401. */
export function sessionUser(app: App, token: string | undefined): User | undefined {
  if (token === undefined) return undefined
  const session = app.state.get('sessions', token)
  const user = session && app.state.get('users', session.user_id)
  if (!user || user.delete_at > 0) throw sessionExpired()
  return user
}

/** The token of a request: from its `Authorization` header, or from the session cookie. */
export function sessionToken(request: IncomingMessage): string | undefined {
  const header = /^(?:bearer|token) +(\S+)$/i.exec(request.headers.authorization ?? '')
  return header?.[1] ?? /(?:^|; *)MMAUTHTOKEN=([a-z0-9]+)/.exec(request.headers.cookie ?? '')?.[1]
}

function wrongCredentials(app: App): ApiError {
  const { EnableSignInWithEmail: email, EnableSignInWithUsername: username } =
    app.config.running.EmailSettings
  const by = email && username ? 'email_username' : email ? 'email' : 'username'
  return new ApiError(401, `api.user.login.invalid_credentials_${by}`)
}
