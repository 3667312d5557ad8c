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

/** What an error id of the server means for the operator. */
interface Meaning {
  id: RegExp
  words: string
  hint?: string
}

const NEEDS_NEWER = 'is it Mattermost 10.11 or later?'

/** Ids by pattern; the first that fits counts. Read in the server's source, and in what real servers answered. */
export const meanings: readonly Meaning[] = [
  // Who exists already.
  { id: /^app\.user\.save\.username_exists/, words: 'the username is taken' },
  { id: /^app\.user\.save\.email_exists/, words: 'the e-mail address is taken by another user' },
  { id: /^app\.user\.save\.existing/, words: 'a new user may not bring an id' },
  // What a user may be.
  { id: /^model\.user\.is_valid\.username/, words: 'Mattermost does not accept the username' },
  { id: /^model\.user\.is_valid\.email/, words: 'Mattermost does not accept the e-mail address' },
  {
    id: /^model\.user\.is_valid\.pwd_min_length/,
    words: "the password is shorter than the server's rule wants",
  },
  {
    id: /^model\.user\.is_valid\.pwd_max_length|^model\.user\.pre_save\.password_too_long/,
    words: 'the password is longer than 72 bytes',
  },
  {
    id: /^model\.user\.is_valid\.pwd/,
    words: 'the password lacks a kind of character that the server wants',
    hint: 'see PasswordSettings in the System Console',
  },
  {
    id: /^model\.user\.is_valid\.(first|last)_name/,
    words: 'Mattermost does not accept the first or last name',
  },
  { id: /^model\.user\.is_valid\.nickname/, words: 'Mattermost does not accept the nickname' },
  { id: /^model\.user\.is_valid\.position/, words: 'Mattermost does not accept the position (title)' },
  { id: /^model\.user\.is_valid\.locale/, words: 'Mattermost does not know the language' },
  { id: /^model\.user\.is_valid\.roles_limit/, words: 'the roles are longer than 256 characters' },
  { id: /^model\.user\.is_valid/, words: 'Mattermost does not accept something about the user' },
  { id: /^model\.user\.pre_save/, words: 'Mattermost could not hash the password' },
  // How many, from where.
  {
    id: /\.user_limits?\.exceeded$/,
    words:
      "the server's limit of active users is reached (Team Edition: 250 since 11.0, 5,000 in 10.6 to 10.12)",
    hint: 'deactivate users who left, or ask Mattermost for another edition; those who fit stay as they are',
  },
  {
    id: /^api\.team\.is_team_creation_allowed|^api\.team\..*domain/,
    words: 'the domain is not among those that may be in the team',
    hint: 'see TeamSettings.RestrictCreationToDomains and the allowed domains of the team in the System Console',
  },
  {
    id: /accepted(_guest)?_domain/,
    words: 'the domain of the e-mail address is not among those that the server admits',
    hint: 'see TeamSettings.RestrictCreationToDomains in the System Console',
  },
  {
    id: /^api\.user\.create_user\.(no_open_server|signup_email_disabled|disabled)/,
    words: 'the server lets nobody create users',
    hint: 'see TeamSettings.EnableUserCreation and EmailSettings.EnableSignUpWithEmail in the System Console',
  },
  {
    id: /cannot_enable_guest/,
    words: 'the user is a guest, and guests are switched off',
    hint: 'see GuestAccountsSettings in the System Console',
  },
  { id: /login_provider_attribute/, words: 'another login provider of Mattermost keeps this attribute' },
  // Teams.
  {
    id: /max_accounts/,
    words: 'the team is full',
    hint: 'raise it: teamchat config setprop mattermost MaxUsersPerTeam N',
  },
  {
    id: /^api\.team\.add_members?\.user_denied|group_constrained/,
    words: 'the team is synchronised with groups and takes nobody else',
    hint: 'name another team: teamchat config setprop mattermost Team NAME',
  },
  {
    id: /^store\.sql_team\.save_team\.existing|^app\.team\.save\.existing/,
    words: 'a team of that name exists already',
  },
  {
    id: /^model\.team\.is_valid\.reserved/,
    words: "the team's name begins with a word that Mattermost keeps for itself",
  },
  { id: /^model\.team\.is_valid/, words: "Mattermost does not accept the team's name or display name" },
  { id: /^app\.team\.get_member\.missing/, words: 'the user is not in the team' },
  { id: /^api\.team\.remove_user_from_team\.missing/, words: 'the user has never been in the team' },
  { id: /^app\.team\.get/, words: 'there is no such team' },
  // Channels.
  { id: /^store\.sql_channel\.save_channel\.exists/, words: 'a channel of that name exists already' },
  { id: /^app\.channel\.get_member\.missing/, words: 'the user is not in the channel' },
  { id: /^app\.channel\.get/, words: 'there is no such channel' },
  { id: /^model\.channel\.is_valid/, words: "Mattermost does not accept the channel's name" },
  // Lookups and rights.
  { id: /^app\.user\.(missing_account|get_by_username|update\.find)/, words: 'there is no such user' },
  { id: /^app\.role\.check_roles_exist/, words: 'there is no such role' },
  { id: /^app\.bot\.getbot|^store\.sql_bot\.get\.missing/, words: 'there is no such bot' },
  // Mail.
  {
    id: /^api\.user\.send_password_reset\.send/,
    words: 'Mattermost could not send the mail',
    hint: 'check SmtpServer and SmtpPort; System Console, Environment, SMTP has a test',
  },
  {
    id: /^api\.user\.send_password_reset/,
    words: 'this user has no password in Mattermost that could be reset',
  },
  { id: /^app\.recover\.save/, words: 'Mattermost could not keep the reset link' },
  // The configuration.
  {
    id: /^api\.config\.reload_config/,
    words: 'Mattermost does not accept its config.json; the old configuration is in force',
  },
  { id: /^model\.config\.is_valid/, words: 'Mattermost does not accept the value for its configuration' },
  // Login, seen in tests of the installation.
  { id: /^api\.user\.login\.inactive/, words: 'the user is deactivated' },
  { id: /^api\.user\.login|^api\.user\.check_user/, words: 'the login is refused' },
  // The call itself.
  { id: /license/, words: 'the call needs a licence that this server does not have' },
  { id: /^api\.context\.404/, words: `this server does not know the call (${NEEDS_NEWER})` },
  {
    id: /^api\.context\.invalid_(body|url)_param/,
    words: `this server does not understand the call (${NEEDS_NEWER})`,
  },
  { id: /^api\.context\.(permissions|session_expired|mfa)/, words: 'Mattermost lets us not do this' },
]
