import type { MattermostUser } from '../../mattermost/types.js'

/** Mattermost's users by all that a person can be found by. */
export class UserIndex {
  readonly #byId = new Map<string, MattermostUser>()
  readonly #byUsername = new Map<string, MattermostUser>()
  readonly #byEmail = new Map<string, MattermostUser>()

  constructor(users: Iterable<MattermostUser>) {
    for (const user of users) {
      this.#byId.set(user.id, user)
      this.#byUsername.set(user.username.toLowerCase(), user)
      this.#byEmail.set(user.email.toLowerCase(), user)
    }
  }

  byId(id: string): MattermostUser | undefined {
    return this.#byId.get(id)
  }

  byUsername(username: string): MattermostUser | undefined {
    return this.#byUsername.get(username)
  }

  byEmail(email: string): MattermostUser | undefined {
    return this.#byEmail.get(email)
  }
}

/** A system administrator: may do everything, active or not. */
export function isAdministrator(user: MattermostUser): boolean {
  return user.roles.split(/\s+/).includes('system_admin')
}

/** Has any right over others; such a user is never taken over without being asked. */
export function isPrivileged(user: MattermostUser): boolean {
  return user.roles
    .split(/\s+/)
    .some(role => /^system_(admin|manager|user_manager|read_only_admin)$/.test(role))
}
