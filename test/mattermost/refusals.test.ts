import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { MattermostRefusal, meanings } from '../../src/mattermost/refusals.js'
import { projectRoot } from '../../src/paths.js'

/** Every error id that real servers were seen to answer with. */
function recordedIds(version: string): string[] {
  const file = join(projectRoot(), 'test', 'support', 'mattermost', `recorded-${version}.json`)
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as Record<string, { answer: unknown }[]>
  const ids = Object.values(recorded)
    .flat()
    .map(step => step.answer as { id?: string; status_code?: number } | null)
    .filter(answer => answer?.status_code !== undefined)
    .map(answer => answer?.id ?? '')
  return [...new Set(ids)]
}

t.test('every recorded refusal has words of its own', async t => {
  for (const version of ['11.2', '10.11']) {
    const ids = recordedIds(version)
    t.ok(ids.length > 20, `the recording of ${version} is read`)
    for (const id of ids) {
      t.notMatch(new MattermostRefusal('do it', 400, id).words, /answered with an error|app_error/, id)
    }
  }
})

const cases: [string, number, RegExp, RegExp | undefined][] = [
  ['app.user.save.username_exists.app_error', 400, /^the username is taken$/, undefined],
  ['api.user.create_user.user_limits.exceeded', 400, /limit of active users/, /deactivate users who left/],
  ['app.user.update_active.user_limit.exceeded', 400, /limit of active users/, /deactivate/],
  ['app.team.join_user_to_team.save_member.max_accounts.app_error', 400, /team is full/, /MaxUsersPerTeam/],
  ['app.team.join_user_to_team.max_accounts.app_error', 400, /team is full/, /MaxUsersPerTeam/],
  [
    'api.user.create_user.accepted_domain.app_error',
    400,
    /domain of the e-mail/,
    /RestrictCreationToDomains/,
  ],
  ['api.user.update_user.accepted_guest_domain.app_error', 400, /domain of the e-mail/, undefined],
  ['api.team.join_user_to_team.allowed_domains.app_error', 400, /domain is not among/, /allowed domains/],
  ['api.team.is_team_creation_allowed.domain.app_error', 400, /domain is not among/, undefined],
  ['api.team.add_members.user_denied', 400, /synchronised with groups/, /setprop mattermost Team/],
  [
    'model.user.is_valid.pwd_lowercase_number.app_error',
    400,
    /lacks a kind of character/,
    /PasswordSettings/,
  ],
  ['model.user.is_valid.pwd_max_length.app_error', 400, /longer than 72 bytes/, undefined],
  ['model.user.is_valid.something_new.app_error', 400, /something about the user/, undefined],
  [
    'api.user.send_password_reset.send.app_error',
    500,
    /could not send the mail \(.*HTTP 500\)/,
    /SmtpServer/,
  ],
  ['api.user.send_password_reset.sso.app_error', 400, /no password in Mattermost/, undefined],
  [
    'api.something.new.app_error',
    400,
    /answered with an error \(api.something.new.app_error, HTTP 400\)/,
    undefined,
  ],
  ['', 429, /answered with an error \(HTTP 429\)/, undefined],
]

t.test('ids in words, with what to type', async t => {
  for (const [id, status, words, hint] of cases) {
    const refusal = new MattermostRefusal('do it', status, id)
    t.match(refusal.words, words, id)
    t.match(refusal.message, /^cannot do it: /)
    if (hint !== undefined) t.match(refusal.hint, hint, id)
  }
})

t.test('no entry is hidden by an earlier one that covers it all', async t => {
  // A pattern's own literal text must reach its own entry.
  for (const { id, words } of meanings) {
    const literal = id.source.split('|')[0]?.replaceAll(/[\^$]|\\/g, '') ?? ''
    if (/[()?[*]/.test(literal)) continue
    t.equal(meanings.find(one => one.id.test(literal))?.words, words, literal)
  }
})
