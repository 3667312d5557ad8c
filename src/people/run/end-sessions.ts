import type { Settings } from '../../configdb/settings.js'
import type { Outcome } from '../../events/types.js'
import type { MattermostClient } from '../../mattermost/client.js'
import type { MattermostUser } from '../../mattermost/types.js'
import { sweepCredentials } from '../credentials/delivery.js'
import { done, outcomeOf, type PeopleParts, waiting } from '../parts.js'
import { isHeld } from '../plan/linked.js'
import { isAdministrator } from '../plan/user-index.js'
import { countSeats, seatWords } from '../seats.js'
import type { Link } from '../types.js'
import { endSessions, isOwed, prepare } from './prepare.js'

/**
 * What `password-modify` asks for with OnPasswordModify=end-sessions: the linked, active users of the named logins lose
 * their sessions on all devices. Nobody is touched who might not come back, or whose bots would not.
 */
export async function endSessionsNamed(parts: PeopleParts, logins: string[]): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>()
  for (const login of logins) outcomes.set(login, await endOne(parts, login))
  return outcomes
}

async function endOne(parts: PeopleParts, login: string): Promise<Outcome> {
  try {
    const settings = await parts.settings()
    const { userSync, onPasswordModify } = settings.mattermost
    await parts.links.load()
    const isWanted = userSync !== 'off' && onPasswordModify === 'end-sessions'
    // Who was kept out before the setting was changed comes back all the same.
    if (!isWanted && !parts.links.ofLogin(login).some(isOwed)) return NOTHING
    const gate = await parts.gate()
    if (!gate.allowed) return waiting(gate)
    const client = parts.mattermost(settings)
    await prepare(parts, client)
    const links = parts.links.ofLogin(login)
    if (links.some(isOwed)) return stillOut(login)
    if (!isWanted) return NOTHING
    if (links.length === 0) return done(`'${login}' is not linked to a Mattermost user: no sessions to end`)
    return await endLinks(parts, settings, client, links)
  } catch (error) {
    return outcomeOf(error)
  }
}

/** Says nothing in the event's outcome. */
const NOTHING = done('')

/** A person and a former one of the same name may be linked. */
async function endLinks(
  parts: PeopleParts,
  settings: Settings,
  client: MattermostClient,
  links: Link[],
): Promise<Outcome> {
  const surroundings = await surroundingsOf(parts, settings, client)
  const outcomes: Outcome[] = []
  for (const link of links) {
    const why = whyNot(link, surroundings)
    outcomes.push(why ?? (await endLink(parts, client, link)))
  }
  const worst = outcomes.find(outcome => outcome.state !== 'done')
  return worst ?? done(outcomes.map(outcome => outcome.message).join('; '))
}

async function endLink(parts: PeopleParts, client: MattermostClient, link: Link): Promise<Outcome> {
  const { login } = link
  const keptOut = await endSessions(link, { client, links: parts.links, now: parts.now })
  if (keptOut !== undefined) {
    const { reason } = keptOut
    parts.log.error({ login, reason }, 'ended the sessions of a user, who cannot be let in again yet')
    return stillOut(login, reason)
  }
  parts.log.info({ login }, 'ended the sessions of a user')
  return done(`ended the sessions of '${login}'`)
}

/** What speaks for or against it. */
interface Surroundings {
  users: Map<string, MattermostUser>
  /** Active, without bots. */
  administrators: Set<string>
  /** Names of the active bots that would stop, by their owner. */
  bots: Map<string, string[]>
  /** In words, where nobody could be let in again. */
  seats: string | undefined
  /** Accounts whose first password nobody has used. */
  neverIn: Set<string>
  now: number
}

async function surroundingsOf(
  parts: PeopleParts,
  settings: Settings,
  client: MattermostClient,
): Promise<Surroundings> {
  const unused = await sweepCredentials(parts, settings, client)
  const users = await client.users()
  const { botsStopWithOwner } = await client.userRules()
  const bots = new Map<string, string[]>()
  for (const { owner_id, username, delete_at } of botsStopWithOwner ? await client.bots() : []) {
    if (delete_at === 0) bots.set(owner_id, [...(bots.get(owner_id) ?? []), username])
  }
  const administrators = users.filter(
    user => isAdministrator(user) && user.delete_at === 0 && user.is_bot !== true,
  )
  return {
    users: new Map(users.map(user => [user.id, user])),
    administrators: new Set(administrators.map(user => user.id)),
    bots,
    seats: seatWords(await countSeats(client, users)),
    neverIn: new Set(unused.map(one => one.accountId)),
    now: parts.now().getTime(),
  }
}

/** Why the sessions of this link's user stay as they are, or there are none; undefined: they can be ended. */
function whyNot(link: Link, around: Surroundings): Outcome | undefined {
  const user = around.users.get(link.userId)
  if (user === undefined) return done(`'${link.login}': its Mattermost user is gone, and has no sessions`)
  const name = `'${user.username}'`
  if (user.is_bot === true) return done(`${name} left alone: a bot`)
  if (user.delete_at > 0) return done(`${name} is deactivated, and has no sessions`)
  // A deactivation would count as a first login, and take the password away that waits to be handed out.
  if (around.neverIn.has(link.accountId)) return done(`${name} was never logged in, and has no sessions`)
  if (isHeld(link, around.now))
    return done(`the sessions of ${name} go on: left alone by teamchat users hold`)
  const bots = around.bots.get(user.id)
  if (bots !== undefined) return refused(name, `its bots would stop: ${bots.join(', ')}`)
  if (around.administrators.has(user.id) && around.administrators.size === 1) {
    return refused(name, 'it is the last administrator of Mattermost')
  }
  if (around.seats !== undefined) return refused(name, `it might not be let in again: ${around.seats}`)
  return undefined
}

function refused(name: string, why: string): Outcome {
  return {
    state: 'failed',
    message: `cannot end the sessions of ${name}: ${why}`,
    hint: 'end them in Mattermost: System Console, Users, Revoke Sessions',
  }
}

function stillOut(login: string, why = 'Mattermost refuses it'): Outcome {
  return waiting({
    reason: `waits: '${login}' has lost its sessions, and cannot be let in again yet: ${why}`,
    hint: 'deactivate users who left, or activate this one in the System Console; it is tried again by itself',
  })
}
