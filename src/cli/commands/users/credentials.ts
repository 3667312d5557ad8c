import type { Credential } from '../../../api/contract/people.js'
import { exitStatus, TeamchatError } from '../../../errors.js'
import { defineCommand, JSON_OPTION } from '../../command.js'
import { operate } from '../../connect.js'
import { credentialSlips, credentialsCsv } from '../../credentials-output.js'
import { write, writeLines } from '../../io.js'
import { writeJson } from '../../json-output.js'

/** The daemon takes so many ids at a time. */
const FORGET_AT_ONCE = 10_000

/** Passwords of created users that are still to be handed out. With --forget they are removed once they are printed. */
export const command = defineCommand({
  name: 'users credentials',
  synopsis: ['[NAME | --group G] [--csv | --print | --json] [--forget]'],
  summary: 'prints passwords that are still to be delivered',
  description: [
    'They belong to users that teamchatd has created, and are kept until their owners have logged in, at most for CredentialDays. With NewUserPassword=mail there are none: Mattermost mails a link, and the command names everybody who is still owed one.',
  ],
  options: {
    group: { value: 'G', text: 'only members of that group of the directory' },
    csv: { text: 'print username,name,email,password,site,created for mail merge' },
    print: { text: 'print a page to hand out for each person' },
    forget: { text: 'remove them once they are printed' },
    json: JSON_OPTION,
  },
  operands: { login: { shown: 'NAME', count: 'optional' } },
  examples: [
    { run: 'teamchat users credentials pluto', text: 'Show one password.' },
    { run: 'teamchat users credentials --group staff --print | lpr', text: 'Print a page for each person.' },
    { run: 'teamchat users credentials --csv --forget > new.csv', text: 'Write them for mail merge, once.' },
  ],
  async run(context, { options, operands: { login } }) {
    const { group, csv, print, json, forget } = options
    if ([csv, print, json].filter(Boolean).length > 1 || (login !== undefined && group !== undefined)) {
      throw new TeamchatError('usage', 'cannot show credentials: these options exclude each other', {
        hint: 'one of --csv, --print and --json; either NAME or --group G',
      })
    }
    const { stdout, stderr } = context.io
    const mode = forget ? 'writes' : 'reads'
    return operate(context, mode, async operations => {
      const found = (await operations.credentials({ login, group })).credentials
      const withPassword = found.filter(one => one.delivery === 'password')
      if (json) await writeJson(stdout, { credentials: found })
      else if (csv) await writeLines(stdout, credentialsCsv(withPassword))
      else if (print) await write(stdout, credentialSlips(withPassword))
      else await writeLines(stdout, tableLines(found))
      if (!json) await writeLines(stderr, notes(found, { login, group, listed: !csv && !print }))
      // A pending one may still be needed: its user may come to be with that password.
      const shown = withPassword.filter(one => one.state === 'issued').map(one => one.id)
      for (let start = 0; forget && start < shown.length; start += FORGET_AT_ONCE) {
        await operations.forgetCredentials({ ids: shown.slice(start, start + FORGET_AT_ONCE) })
      }
      return login !== undefined && found.length === 0 ? exitStatus.failed : exitStatus.done
    })
  },
})

function tableLines(found: Credential[]): string[] {
  const width = Math.max(...found.map(credential => credential.login.length))
  return found.map(({ login, password, email, createdAt, state, delivery }) => {
    const secret = delivery === 'mail' ? '(sets it by a link)' : password
    const unsure = state === 'pending' ? '  not yet confirmed by Mattermost' : ''
    return `${login.padEnd(width)}  ${secret}  ${email}  ${createdAt}${unsure}`
  })
}

function notes(
  found: Credential[],
  shown: { login: string | undefined; group: string | undefined; listed: boolean },
): string[] {
  const { login, group, listed } = shown
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
  if (pending.length > 0 && !listed) {
    lines.push(`not yet confirmed by Mattermost: ${pending.map(one => one.login).join(', ')}`)
  }
  return lines
}
