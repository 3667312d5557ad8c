import type { Settings } from '../db/settings.js'
import type { Account, AccountProvider, DirectoryRead } from '../directory/account.js'
import { TeamchatError } from '../errors.js'
import type { MattermostClient } from '../mattermost/client.js'
import type { MattermostUser } from '../mattermost/types.js'
import { mailOf } from '../sync/mail.js'
import { usernameOf } from '../sync/names.js'
import { type PeoplePlan, planPeople } from '../sync/plan.js'
import { findTeam, type TeamState } from '../sync/team.js'
import { wantedTeam } from '../sync/team-name.js'
import { withinTeam } from '../sync/team-room.js'
import { UserIndex } from '../sync/user-index.js'
import type { Trouble } from './operations.js'
import { type PeopleParts, remember } from './people-parts.js'

/** A plan with what it was made from, ready to be acted on. */
export interface ReadyPlan {
  plan: PeoplePlan
  read: DirectoryRead
  provider: AccountProvider
  team: TeamState
}

/** Decides about everybody. The links must be loaded. Throws `directory.*`, `mattermost.*`, `settings.invalid`. */
export async function planEverybody(
  parts: PeopleParts,
  settings: Settings,
  client: MattermostClient,
  signal?: AbortSignal,
): Promise<ReadyPlan> {
  const provider = parts.provider(settings)
  const read = await provider.readAll(signal)
  const users = new UserIndex(await client.users())
  const team = await readTeam(parts, settings, client)
  const plan = await withinRoom(client, team, planOf(parts, settings, read, users, team, true))
  return { plan, read, provider, team }
}

/** As `planEverybody`, and remembers for `status` how the read of the directory went. */
export async function readEverybody(
  parts: PeopleParts,
  settings: Settings,
  client: MattermostClient,
  signal?: AbortSignal,
): Promise<ReadyPlan> {
  try {
    const ready = await planEverybody(parts, settings, client, signal)
    const { accounts, locksKnown } = ready.read
    const lastRead = { at: parts.now().toISOString(), accounts: accounts.length, locksKnown }
    await remember(parts, { lastRead })
    return ready
  } catch (error) {
    if (error instanceof TeamchatError && error.code.startsWith('directory.')) {
      await remember(parts, { lastRead: troubleAt(parts.now(), error) })
    }
    throw error
  }
}

/** An error as `status` shows it. */
export function troubleAt(now: Date, { message, hint }: TeamchatError): Trouble {
  return { at: now.toISOString(), message, hint }
}

/** Decides about the accounts of a read of named people; asks Mattermost only about whom they could mean. */
export async function planNamed(
  parts: PeopleParts,
  settings: Settings,
  client: MattermostClient,
  provider: AccountProvider,
  read: DirectoryRead,
): Promise<ReadyPlan> {
  const users = new UserIndex(await possibleUsers(parts, settings, client, read.accounts))
  const team = await readTeam(parts, settings, client)
  const plan = await withinRoom(client, team, planOf(parts, settings, read, users, team, false))
  return { plan, read, provider, team }
}

/** Who does not fit into the team is known before anybody is created. */
async function withinRoom(client: MattermostClient, team: TeamState, plan: PeoplePlan): Promise<PeoplePlan> {
  const joins = plan.decisions.some(one => one.kind === 'create' || one.kind === 'join')
  if (!joins || (team.state !== 'ready' && team.state !== 'missing')) return plan
  const takes = await client.maxUsersPerTeam()
  const has = team.state === 'ready' ? (await client.activeMembers(team.id)).length : 0
  const { name } = team.wanted
  return { ...plan, decisions: withinTeam(plan.decisions, { name, takes, has }) }
}

function planOf(
  parts: PeopleParts,
  settings: Settings,
  read: DirectoryRead,
  users: UserIndex,
  team: TeamState,
  complete: boolean,
): PeoplePlan {
  const { accounts } = read
  const { domainName } = settings
  return planPeople({ accounts, complete, links: parts.links.all(), users, team: teamFor(team), domainName })
}

async function readTeam(
  parts: PeopleParts,
  settings: Settings,
  client: MattermostClient,
): Promise<TeamState> {
  const { team: pinned } = await parts.state.read()
  return findTeam(client, wantedTeam({ team: settings.mattermost.team, company: settings.company }), pinned)
}

function teamFor(team: TeamState): { id: string | undefined } | undefined {
  if (team.state === 'ready') return { id: team.id }
  return team.state === 'missing' ? { id: undefined } : undefined
}

async function possibleUsers(
  parts: PeopleParts,
  settings: Settings,
  client: MattermostClient,
  accounts: Account[],
): Promise<MattermostUser[]> {
  const found: (MattermostUser | undefined)[] = []
  for (const account of accounts) {
    const link = parts.links.ofAccount(account.id)
    if (link !== undefined) found.push(await client.userById(link.userId))
    const username = usernameOf(account.login)
    if ('value' in username) found.push(await client.userByUsername(username.value))
    const mail = mailOf(account, settings.domainName)
    if ('value' in mail) found.push(await client.userByEmail(mail.value))
  }
  return found.filter(user => user !== undefined)
}
