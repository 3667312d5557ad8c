import { z } from 'zod'
import { anything, type Call } from './call.js'
import { isMissingRefusal } from './refusals.js'
import { checkedId, isId, teamNameSegment } from './routes.js'
import type { MattermostTeam } from './types.js'

const teamSchema = z.object({
  id: z.string().refine(isId),
  name: z.string(),
  display_name: z.string(),
  delete_at: z.number().default(0),
}) satisfies z.ZodType<MattermostTeam>

/** Also an archived team (`delete_at` > 0): it keeps its name, and even accepts members. */
export async function findTeamByName(call: Call, name: string): Promise<MattermostTeam | undefined> {
  return found(call, `/teams/name/${teamNameSegment(name)}`, `look up the team ${name}`)
}

export async function findTeamById(call: Call, id: string): Promise<MattermostTeam | undefined> {
  return found(call, `/teams/${checkedId(id)}`, `look up the team ${id}`)
}

/** An open team without an e-mail address: the user of that address would become its administrator. */
export async function createTeam(call: Call, name: string, displayName: string): Promise<MattermostTeam> {
  const body = { name, display_name: displayName, type: 'O' }
  return call({
    method: 'POST',
    path: '/teams',
    body,
    answer: teamSchema,
    doing: `create the team ${name}`,
  })
}

/** Adding somebody who is a member already is no error, and changes nothing. */
export async function addMember(call: Call, teamId: string, userId: string): Promise<void> {
  const path = `/teams/${checkedId(teamId)}/members`
  const body = { team_id: teamId, user_id: checkedId(userId) }
  await call({ method: 'POST', path, body, answer: anything, doing: `put the user ${userId} into the team` })
}

async function found(call: Call, path: string, doing: string): Promise<MattermostTeam | undefined> {
  try {
    return await call({ method: 'GET', path, answer: teamSchema, doing })
  } catch (error) {
    if (isMissingRefusal(error)) return undefined
    throw error
  }
}
