import { z } from 'zod'
import { anything, type Call } from './call.js'
import { isMissingRefusal, MattermostRefusal } from './refusals.js'
import { checkedId, emailSegment, isId, usernameSegment } from './routes.js'
import type { MattermostBot, MattermostUser, NewUser, UserValues } from './types.js'

const userSchema = z.object({
  id: z.string().refine(isId),
  username: z.string(),
  email: z.string(),
  first_name: z.string().default(''),
  last_name: z.string().default(''),
  nickname: z.string().default(''),
  position: z.string().default(''),
  roles: z.string().default(''),
  create_at: z.number(),
  delete_at: z.number().default(0),
  is_bot: z.boolean().default(false),
  last_activity_at: z.number().optional(),
  timezone: z.record(z.string(), z.string()).nullish(),
}) satisfies z.ZodType<MattermostUser>

const users = z.array(userSchema)
/** The most that one page may hold. */
const PAGE = 200

/** Every user, deactivated ones and bots included, by username. */
export function listUsers(call: Call): Promise<MattermostUser[]> {
  return pages(call, '')
}

/** Active system administrators; bots are left out, they cannot log in. */
export async function listActiveAdministrators(call: Call): Promise<MattermostUser[]> {
  const found = await pages(call, '&role=system_admin&active=true')
  return found.filter(user => user.is_bot !== true && user.delete_at === 0)
}

export async function findByUsername(call: Call, username: string): Promise<MattermostUser | undefined> {
  return found(call, `/users/username/${usernameSegment(username)}`, `look up the user ${username}`)
}

export async function findByEmail(call: Call, email: string): Promise<MattermostUser | undefined> {
  return found(call, `/users/email/${emailSegment(email)}`, `look up the e-mail address ${email}`)
}

export async function findById(call: Call, id: string): Promise<MattermostUser | undefined> {
  return found(call, `/users/${checkedId(id)}`, `look up the user ${id}`)
}

/** Those of `ids` that exist. */
export async function findByIds(call: Call, ids: string[]): Promise<MattermostUser[]> {
  const result: MattermostUser[] = []
  for (let start = 0; start < ids.length; start += PAGE) {
    const body = ids.slice(start, start + PAGE).map(checkedId)
    result.push(
      ...(await call({ method: 'POST', path: '/users/ids', body, answer: users, doing: 'look up users' })),
    )
  }
  return result
}

/** The e-mail address counts as verified: the directory knows it, and nobody is there to click. */
export async function create(call: Call, user: NewUser): Promise<MattermostUser> {
  const { username, email, password, first_name, last_name, position } = user
  const body = { username, email, password, first_name, last_name, position, email_verified: true }
  return call({
    method: 'POST',
    path: '/users',
    body,
    answer: userSchema,
    doing: `create the user ${username}`,
  })
}

/** All members as the server gives them: what is left out of a PUT becomes empty. */
const wholeUser = z.looseObject({ id: z.string().refine(isId) })

/**
 * Changes the named values and leaves everything else as it is. The server takes users as a whole only, so it is read
 * first. Where addresses must be confirmed, the answer still has the old one, and each repetition mails again.
 */
export async function update(call: Call, id: string, values: UserValues): Promise<MattermostUser> {
  const path = `/users/${checkedId(id)}`
  const doing = `change the user ${id}`
  const whole = await call({ method: 'GET', path, answer: wholeUser, doing })
  const body = { ...whole, ...values, id }
  return call({ method: 'PUT', path, body, answer: userSchema, doing })
}

/** Deactivating ends all sessions at once; memberships stay. */
export async function setActive(call: Call, id: string, active: boolean): Promise<void> {
  const path = `/users/${checkedId(id)}/active`
  const doing = `${active ? 'reactivate' : 'deactivate'} the user ${id}`
  await call({ method: 'PUT', path, body: { active }, answer: anything, doing })
}

/** All roles, separated by blanks. */
export async function setRoles(call: Call, id: string, roles: string): Promise<void> {
  const path = `/users/${checkedId(id)}/roles`
  await call({
    method: 'PUT',
    path,
    body: { roles },
    answer: anything,
    doing: `set the roles of the user ${id}`,
  })
}

/** Active members of a team, bots included: what the server holds against MaxUsersPerTeam. */
export async function listActiveMembers(call: Call, teamId: string): Promise<MattermostUser[]> {
  return pages(call, `&in_team=${checkedId(teamId)}&active=true`)
}

/**
 * Members of a team whom the server has seen online since then (milliseconds), by id, with when last. Whoever has
 * never logged in has no status in the server, and is not among them; a deactivation counts as being seen.
 */
export async function listSeen(call: Call, teamId: string, since: number): Promise<Map<string, number>> {
  const seen = new Map<string, number>()
  for (let page = 0; ; page++) {
    const path = `/users?page=${page}&per_page=${PAGE}&in_team=${checkedId(teamId)}&sort=last_activity_at`
    const some = await call({ method: 'GET', path, answer: users, doing: 'list who has been online' })
    for (const user of some) seen.set(user.id, user.last_activity_at ?? 0)
    // The latest come first.
    if (some.length < PAGE || (some.at(-1)?.last_activity_at ?? 0) < since) return seen
  }
}

/**
 * Has Mattermost mail the link with which somebody sets a new password; it lives 24 hours. An address that nobody
 * has is no error: the server does not tell.
 */
export async function sendReset(call: Call, email: string): Promise<void> {
  await call({
    method: 'POST',
    path: '/users/password/reset/send',
    body: { email },
    answer: anything,
    doing: `have a reset link sent to ${email}`,
  })
}

async function pages(call: Call, query: string): Promise<MattermostUser[]> {
  // By id: somebody who is created meanwhile moves the others to later pages.
  const byId = new Map<string, MattermostUser>()
  for (let page = 0; ; page++) {
    const path = `/users?page=${page}&per_page=${PAGE}${query}`
    const some = await call({ method: 'GET', path, answer: users, doing: 'list the users' })
    for (const user of some) byId.set(user.id, user)
    if (some.length < PAGE) return [...byId.values()]
  }
}

async function found(call: Call, path: string, doing: string): Promise<MattermostUser | undefined> {
  try {
    return await call({ method: 'GET', path, answer: userSchema, doing })
  } catch (error) {
    if (isMissingRefusal(error)) return undefined
    throw error
  }
}

const botsSchema = z.array(
  z.object({
    user_id: z.string().refine(isId),
    username: z.string().default(''),
    /** A plugin's bot has the plugin's name here. */
    owner_id: z.string().default(''),
    delete_at: z.number().default(0),
  }),
) satisfies z.ZodType<MattermostBot[]>

export async function listBots(call: Call): Promise<MattermostBot[]> {
  const byId = new Map<string, MattermostBot>()
  for (let page = 0; ; page++) {
    const path = `/bots?page=${page}&per_page=${PAGE}&include_deleted=true`
    const some = await call({ method: 'GET', path, answer: botsSchema, doing: 'list the bots' })
    for (const bot of some) byId.set(bot.user_id, bot)
    if (some.length < PAGE) return [...byId.values()]
  }
}

/** `POST /bots/{id}/enable` is among the calls of the local socket (source: api4/bot_local.go of the server). */
export async function enableBot(call: Call, id: string): Promise<void> {
  const path = `/bots/${checkedId(id)}/enable`
  try {
    await call({ method: 'POST', path, answer: anything, doing: `enable the bot ${id}` })
  } catch (error) {
    if (error instanceof MattermostRefusal && error.status === 404) return
    throw error
  }
}
