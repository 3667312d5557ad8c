import { TeamchatError } from '../errors.js'
import { meanings } from './refusal-words.js'

/** Mattermost answered with an error. Callers branch on `id` and `status`, never on the text. */
export class MattermostRefusal extends TeamchatError {
  /** `app.user.save.username_exists.app_error`; '' where the answer held none. */
  readonly id: string
  /** The HTTP status. */
  readonly status: number
  /** The reason alone, for lists in which the person is named anyway. */
  readonly words: string

  constructor(doing: string, status: number, id: string) {
    const words = wordsFor(id, status)
    super('mattermost.refused', `cannot ${doing}: ${words}`, hintFor(id))
    this.id = id
    this.status = status
    this.words = words
  }
}

/** The answers that mean "there is none"; another 404 (a route that is missing) means nothing of that kind. */
export function isMissingRefusal(error: unknown): boolean {
  return error instanceof MattermostRefusal && error.status === 404 && MISSING.has(error.id)
}

const MISSING = new Set([
  'app.user.get_by_username.app_error',
  'app.user.missing_account.const',
  'app.team.get_by_name.missing.app_error',
  'app.team.get.find.app_error',
])

/** Both mean that no more active users fit: one for a new user, one for a reactivated one. */
export function isUserLimit(error: unknown): boolean {
  return (
    error instanceof MattermostRefusal && /\.user_limits?\.exceeded$/.test(error.id) && error.status === 400
  )
}

/** Somebody has that username or e-mail address. */
export function isUserTaken(error: unknown): boolean {
  return error instanceof MattermostRefusal && /^app\.user\.save\.(username|email)_exists/.test(error.id)
}

/** The team's name is taken, also by an archived team. */
export function isTeamExisting(error: unknown): boolean {
  return error instanceof MattermostRefusal && error.id === 'store.sql_team.save_team.existing.app_error'
}

/** What the server of a local socket says to every write once `EnableLocalMode` is off in its running configuration. */
export function isLocalModeOff(status: number, id: string): boolean {
  return (
    status === 403 &&
    (id === 'api.context.permissions.app_error' || id === 'api.user.create_user.no_open_server')
  )
}

function wordsFor(id: string, status: number): string {
  const known = meaningOf(id)?.words
  const said = id === '' ? `HTTP ${status}` : `${id}, HTTP ${status}`
  if (known !== undefined) return status >= 500 ? `${known} (${said})` : known
  return `Mattermost answered with an error (${said})`
}

function hintFor(id: string): { hint?: string } {
  const hint = meaningOf(id)?.hint
  return hint === undefined ? {} : { hint }
}

function meaningOf(id: string): (typeof meanings)[number] | undefined {
  return meanings.find(meaning => meaning.id.test(id))
}
