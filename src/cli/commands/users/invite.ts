import { exitStatus } from '../../../errors.js'
import { defineCommand, JSON_OPTION } from '../../command.js'
import { operate } from '../../connect.js'
import { writeLines } from '../../io.js'
import { writeJson } from '../../json-output.js'

/** Mattermost mails the link with which that person sets a password. */
export const command = defineCommand({
  name: 'users invite',
  summary: 'mails somebody a link to set a password',
  description: [
    'Mattermost sends it. The link is valid for 24 hours. A mail that cannot be sent is owed, and the daemon tries it again; the exit status is 75 then.',
  ],
  options: { json: JSON_OPTION },
  operands: { login: { shown: 'NAME' } },
  examples: [
    { run: 'teamchat users invite pluto', text: 'Send a new link to somebody who let the last expire.' },
  ],
  async run(context, { options, operands }) {
    const [invitation, through] = await operate(
      context,
      'writes',
      async (operations, way) => [await operations.inviteUser({ login: operands.login }), way] as const,
    )
    const { state, email, reason } = invitation
    const { stdout, stderr } = context.io
    if (options.json) await writeJson(stdout, invitation)
    else if (state === 'sent') {
      await writeLines(stdout, [`a link to set a password was mailed to ${email}; it lives 24 hours`])
    } else {
      const again = through === 'daemon' ? 'it is tried again' : 'it is tried again once teamchatd runs'
      await writeLines(stderr, [`the mail to ${email} is owed: ${reason}; ${again}`])
    }
    return state === 'sent' ? exitStatus.done : exitStatus.tryLater
  },
})
