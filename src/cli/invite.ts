import { type ExitStatus, exitStatus, TeamchatError } from '../errors.js'
import { type OpenHouse, withOperations } from './connect.js'
import { type Surroundings, writeLines } from './io.js'

/** `teamchat users invite NAME`: Mattermost mails the link with which that person sets a password. */
export async function runUsersInvite(
  around: Surroundings,
  open: OpenHouse,
  options: { login: string | undefined; json: boolean },
): Promise<ExitStatus> {
  const { login, json } = options
  if (login === undefined) {
    throw new TeamchatError('usage', 'cannot invite: no name is given', {
      hint: 'usage: teamchat users invite NAME',
    })
  }
  const [invitation, through] = await withOperations(
    around.paths,
    open,
    'writes',
    async (operations, way) => [await operations.inviteUser(login), way] as const,
  )
  const { state, email, reason } = invitation
  if (json) await writeLines(around.io.stdout, [JSON.stringify(invitation, undefined, 2)])
  else if (state === 'sent') {
    await writeLines(around.io.stdout, [`a link to set a password was mailed to ${email}; it lives 24 hours`])
  } else {
    const again = through === 'daemon' ? 'it is tried again' : 'it is tried again once teamchatd runs'
    await writeLines(around.io.stderr, [`the mail to ${email} is owed: ${reason}; ${again}`])
  }
  return state === 'sent' ? exitStatus.done : exitStatus.tryLater
}
