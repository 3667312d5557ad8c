import type { DirectoryTest } from '../../../doctor/directory-test.js'
import { defineCommand, JSON_OPTION } from '../../command.js'
import { withOwnApp } from '../../connect.js'
import { show } from '../../json-output.js'
import { doctorLines } from '../../output/doctor-lines.js'

/** Always in this process, also while the daemon lives, since it is there to try settings out. */
export const command = defineCommand({
  name: 'users test',
  summary: 'tries the account provider',
  description: [
    'Connection, TLS, login and search, then the first accounts: one line a step, in the form of teamchat doctor, up to the first one that fails, with what to do: server and certificate, BindDN and password (with Active Directory’s own reason), base, UserFilter and UserGroup, whether locks can be read, and how changes are noticed. Nobody is changed. It works in its own process, with the settings that the DB holds now.',
    'Exit status: 0 people can be read, 69 the server cannot be reached, 77 not root, 78 the configuration is wrong.',
  ],
  options: { json: JSON_OPTION },
  examples: [{ run: 'teamchat users test', text: 'Try the provider after changing the sssd record.' }],
  async run(context, { options }) {
    const { exit, ...test } = await withOwnApp(context, app => app.testDirectory())
    await show(context, options, test, [...doctorLines(test, context.io), ...peopleLines(test.people)])
    return exit
  },
})

function peopleLines(people: DirectoryTest['people']): string[] {
  if (people === undefined) return []
  const { first, accounts } = people
  const lines = first.map(({ login, name, mail, locked, ended }) => {
    const states = [...(locked ? ['locked'] : []), ...(ended ? ['ended'] : [])]
    const state = states.length === 0 ? '' : `  (${states.join(', ')})`
    return `  ${login}  ${name}${mail === '' ? '' : ` <${mail}>`}${state}`
  })
  const more = accounts - first.length
  return ['', 'the first accounts:', ...lines, ...(more > 0 ? [`  … and ${more} more`] : [])]
}
