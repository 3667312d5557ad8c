import { type App, byName } from './app.js'
import { endSessions, type User } from './users.js'

/** Which users a list names; every member narrows it. */
export interface UserFilter {
  active: boolean
  inactive: boolean
  role: string
  inTeam: string
  notInTeam: string
  inChannel: string
  withoutTeam: boolean
}

/** Users by name, bots included. */
export function listUsers(app: App, filter: UserFilter): User[] {
  const inTeam = (team: string, user: User) =>
    app.state.get('teamMembers', `${team} ${user.id}`)?.delete_at === 0
  const members = app.state.all('teamMembers').filter(member => member.delete_at === 0)
  const placed = new Set(filter.withoutTeam ? members.map(member => member.user_id) : [])
  return app.state
    .all('users')
    .filter(
      user =>
        (!filter.active || user.delete_at === 0) &&
        (!filter.inactive || user.delete_at > 0) &&
        (filter.role === '' || user.roles.split(' ').includes(filter.role)) &&
        (filter.inTeam === '' || inTeam(filter.inTeam, user)) &&
        (filter.notInTeam === '' || !inTeam(filter.notInTeam, user)) &&
        (filter.inChannel === '' || app.state.get('channelMembers', `${filter.inChannel} ${user.id}`)) &&
        !placed.has(user.id),
    )
    .sort((a, b) => byName(a.username, b.username))
}

/** Removes a user for good, with all that hangs on them. */
export function removeForGood(app: App, user: User): void {
  endSessions(app, user.id)
  for (const member of app.state.all('teamMembers')) {
    if (member.user_id === user.id) app.state.remove('teamMembers', `${member.team_id} ${user.id}`)
  }
  for (const member of app.state.all('channelMembers')) {
    if (member.user_id === user.id) app.state.remove('channelMembers', `${member.channel_id} ${user.id}`)
  }
  app.state.remove('bots', user.id)
  app.state.remove('users', user.id)
}
