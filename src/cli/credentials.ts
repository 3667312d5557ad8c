import { type ExitStatus, exitStatus, TeamchatError } from '../errors.js'
import type { Credential } from '../people/types.js'
import type { Whose } from '../stories/handout-operations.js'
import { type OpenHouse, withOperations } from './connect.js'
import { credentialSlips, credentialsCsv } from './credentials-output.js'
import { type Surroundings, write, writeLines } from './io.js'

/** The daemon takes so many ids at a time. */
const FORGET_AT_ONCE = 10_000

export interface CredentialsOptions extends Whose {
  csv: boolean
  print: boolean
  json: boolean
  /** Remove what was shown, once it is out. */
  forget: boolean
}

/** `teamchat users credentials`: the passwords of created users that are still to be handed out. */
export async function runUsersCredentials(
  around: Surroundings,
  open: OpenHouse,
  options: CredentialsOptions,
): Promise<ExitStatus> {
  const { login, group, csv, print, json, forget } = options
  if ([csv, print, json].filter(Boolean).length > 1 || (login !== undefined && group !== undefined)) {
    throw new TeamchatError('usage', 'cannot show credentials: these options exclude each other', {
      hint: 'one of --csv, --print and --json; either NAME or --group G',
    })
  }
  return withOperations(around.paths, open, forget ? 'writes' : 'reads', async operations => {
    const found = await operations.credentials({ login, group })
    const withPassword = found.filter(one => one.delivery === 'password')
    if (json) await writeLines(around.io.stdout, [JSON.stringify(found, undefined, 2)])
    else if (csv) await writeLines(around.io.stdout, credentialsCsv(withPassword))
    else if (print) await write(around.io.stdout, credentialSlips(withPassword))
    else await writeLines(around.io.stdout, tableLines(found))
    if (!json) await writeLines(around.io.stderr, notes(found, options))
    // A pending one may still be needed: its user may come to be with that password.
    const shown = withPassword.filter(one => one.state === 'issued').map(one => one.id)
    for (let start = 0; forget && start < shown.length; start += FORGET_AT_ONCE) {
      await operations.forgetCredentials(shown.slice(start, start + FORGET_AT_ONCE))
    }
    return login !== undefined && found.length === 0 ? exitStatus.failed : exitStatus.done
  })
}

function tableLines(found: Credential[]): string[] {
  const width = Math.max(...found.map(credential => credential.login.length))
  return found.map(({ login, password, email, createdAt, state, delivery }) => {
    const secret = delivery === 'mail' ? '(sets it by a link)' : password
    const unsure = state === 'pending' ? '  not yet confirmed by Mattermost' : ''
    return `${login.padEnd(width)}  ${secret}  ${email}  ${createdAt}${unsure}`
  })
}

function notes(found: Credential[], { login, group, csv, print }: CredentialsOptions): string[] {
  const whose =
    login !== undefined ? ` for '${login}'` : group !== undefined ? ` for the group '${group}'` : ''
  if (found.length === 0) return [`no password is kept${whose}`]
  const owed = found.filter(one => one.delivery === 'mail')
  const first = owed.find(one => one.mailProblem !== undefined)?.mailProblem
  const lines: string[] = []
  if (owed.length > 0) {
    const people = owed.length === 1 ? '1 person is' : `${owed.length} people are`
    lines.push(
      `${people} owed a mail with a link to set a password${first === undefined ? '' : `: ${first}`}`,
    )
  }
  const pending = found.filter(one => one.state === 'pending')
  if (pending.length > 0 && (csv || print)) {
    lines.push(`not yet confirmed by Mattermost: ${pending.map(one => one.login).join(', ')}`)
  }
  return lines
}
