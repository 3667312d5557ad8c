/** Mattermost's rule for the characters of a team's name (model.IsValidTeamName). */
const TEAM_NAME = /^[a-z0-9]+([a-z\-0-9]+|(__)?)[a-z0-9]+$/

/** Words with which Mattermost lets no team's name begin: they would hide pages of the server. */
const RESERVED_PREFIXES = [
  'admin',
  'api',
  'channel',
  'claim',
  'error',
  'files',
  'help',
  'landing',
  'login',
  'mfa',
  'oauth',
  'plug',
  'plugins',
  'post',
  'signup',
  'boards',
  'playbooks',
]

/** Why Mattermost would refuse it as the name of a team, as a clause; undefined where it takes it. */
export function teamNameProblem(name: string): string | undefined {
  if (name.length < 2 || name.length > 64) return 'a team has a name of 2 to 64 characters'
  if (!TEAM_NAME.test(name)) {
    return 'a team has a name of lower-case letters, digits and "-", with a letter or digit at both ends'
  }
  const reserved = RESERVED_PREFIXES.find(prefix => name.startsWith(prefix))
  return reserved === undefined ? undefined : `Mattermost reserves names that begin with "${reserved}"`
}
