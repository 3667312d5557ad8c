import { TeamchatError } from '../errors.js'

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
