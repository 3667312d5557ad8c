import type { User } from './users.js'

/**
 * A user as answers show them. `own` is what a creation, an update, a login and `users/me` show; the others
 * hide the verified mark and when the password was changed. The password is never shown.
 */
export function viewUser(user: User, view: 'own' | 'listed' | 'single'): Record<string, unknown> {
  const bare = {
    id: user.id,
    create_at: user.create_at,
    update_at: user.update_at,
    delete_at: user.delete_at,
    username: user.username,
    auth_service: '',
    email: user.email,
    ...(view === 'own' && user.email_verified ? { email_verified: true } : {}),
    nickname: user.nickname,
    first_name: user.first_name,
    last_name: user.last_name,
    position: user.position,
    roles: user.roles,
    ...(Object.keys(user.props).length > 0 ? { props: user.props } : {}),
    notify_props: user.notify_props,
    ...(view === 'own' ? { last_password_update: user.last_password_update } : {}),
    ...(user.last_picture_update !== 0 ? { last_picture_update: user.last_picture_update } : {}),
    ...(user.failed_attempts > 0 ? { failed_attempts: user.failed_attempts } : {}),
    locale: user.locale,
    timezone: view === 'listed' ? (user.timezone ?? {}) : user.timezone,
    ...(user.remote_id === undefined ? {} : { remote_id: user.remote_id }),
    disable_welcome_email: user.disable_welcome_email,
  }
  return user.is_bot ? { ...bare, is_bot: true } : bare
}
