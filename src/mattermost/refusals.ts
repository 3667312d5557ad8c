import { TeamchatError } from '../errors.js'

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

/** Ids by pattern, in words for the operator. The first that fits counts. */
const WORDS: [RegExp, string][] = [
  [/^app\.user\.save\.username_exists/, 'the username is taken'],
  [/^app\.user\.save\.email_exists/, 'the e-mail address is taken by another user'],
  [/^model\.user\.is_valid\.username/, 'Mattermost does not accept the username'],
  [/^model\.user\.is_valid\.email/, 'Mattermost does not accept the e-mail address'],
  [/^model\.user\.is_valid\.pwd_min_length/, "the password is shorter than the server's rule wants"],
  [/^model\.user\.is_valid\.pwd_max_length/, 'the password is longer than 72 bytes'],
  [/^model\.user\.is_valid\.pwd/, 'the password lacks a kind of character that the server wants'],
  [/^model\.user\.is_valid\.(first|last)_name/, 'Mattermost does not accept the first or last name'],
  [/^model\.user\.is_valid\.position/, 'Mattermost does not accept the position (title)'],
  [
    /\.user_limits?\.exceeded$/,
    "the server's limit of active users is reached (Team Edition: 250 since 11.0, 5,000 in 10.6 to 10.12)",
  ],
  [/accepted_domain/, 'the domain of the e-mail address is not among those that the server admits'],
  [/max_accounts/, 'the team is full'],
  [/^store\.sql_team\.save_team\.existing/, 'a team of that name exists already'],
  [/^model\.team\.is_valid\.reserved/, "the team's name begins with a word that Mattermost keeps for itself"],
  [/^model\.team\.is_valid/, "Mattermost does not accept the team's name or display name"],
  [/^app\.user\.missing_account/, 'there is no such user'],
  [/^app\.team\.get/, 'there is no such team'],
  [/^app\.role\.check_roles_exist/, 'there is no such role'],
  [
    /^api\.config\.reload_config/,
    'Mattermost does not accept its config.json; the old configuration is in force',
  ],
  [/^api\.context\.404/, 'this server does not know the call (is it Mattermost 10.11 or later?)'],
]

const HINTS: [RegExp, string][] = [
  [
    /\.user_limits?\.exceeded$/,
    'deactivate users who left, or ask Mattermost for another edition; those who fit stay as they are',
  ],
  [/accepted_domain/, 'see TeamSettings.RestrictCreationToDomains in the System Console'],
  [/max_accounts/, 'raise it: teamchat config setprop mattermost MaxUsersPerTeam N'],
]

function wordsFor(id: string, status: number): string {
  const known = WORDS.find(([pattern]) => pattern.test(id))?.[1]
  const said = id === '' ? `HTTP ${status}` : `${id}, HTTP ${status}`
  if (known !== undefined) return status >= 500 ? `${known} (${said})` : known
  return `Mattermost answered with an error (${said})`
}

function hintFor(id: string): { hint?: string } {
  const hint = HINTS.find(([pattern]) => pattern.test(id))?.[1]
  return hint === undefined ? {} : { hint }
}
