import type { Trouble } from '../api/contract/common.js'
import type { Account, DirectoryRead } from '../directory/account.js'
import type { AccountProvider } from '../directory/account-provider.js'
import { TeamchatError } from '../errors.js'
import type { MattermostClient } from '../mattermost/client.js'
import type { MattermostUser } from '../mattermost/types.js'
import { type PeopleRun, type PlanParts, remember } from './parts.js'
import type { Decision } from './plan/decision.js'
import type { TeamRoom } from './plan/input.js'
import { usernameOf } from './plan/names.js'
import { type PeoplePlan, type PlanInput, planPeople } from './plan/plan.js'
import { needsTeam } from './plan/seats.js'
import { missingWords } from './plan/summary.js'
import { isAdministrator, UserIndex } from './plan/user-index.js'
import { mailOf } from './plan/values.js'
import { rateLimitsAt } from './run/rate-limit-memory.js'
import { findTeam, type TeamState, wantedTeam } from './run/team.js'
import { lookAtSeats, type SeatsSeen } from './seats.js'

/** A plan with what it was made from, ready to be acted on. */
export interface ReadyPlan {
  plan: PeoplePlan
  read: DirectoryRead
  provider: AccountProvider
  team: TeamState
  /** undefined: nobody would need or leave a seat, so it was not asked. */
  seats: SeatsSeen | undefined
}

/** What one decision round needs beside the settings. */
interface Round {
  read: DirectoryRead
  /** At least everybody whom the accounts could mean. */
  users: MattermostUser[]
  /** True: `users` are all. */
  everybody: boolean
  /** True: `read` shows all accounts. */
  complete: boolean
  /** Account ids that a `user-delete` names and that are gone. */
  deleted: ReadonlySet<string>
  /** False for a command that is watched: nothing is held back. */
  rateLimited: boolean
  /** Account ids of former people whom a read by id did not show. */
  absent?: ReadonlySet<string>
}

export interface EverybodyOptions {
  rateLimited: boolean
  /** The read is one to go on from: see `Followed`. */
  marked?: boolean
}

/** Decides about everybody. The links must be loaded. Throws `directory.*`, `mattermost.*`, `settings.invalid`. */
export async function planEverybody(
  run: PeopleRun<PlanParts>,
  { rateLimited, marked }: EverybodyOptions,
  signal?: AbortSignal,
): Promise<ReadyPlan> {
  const { parts, settings, client } = run
  const provider = parts.provider(settings)
  const after = parts.followed.markOf(provider.identity)
  // Two servers, and neither knows of the other.
  const [read, users] = await Promise.all([
    marked === true ? provider.readAll(signal, { after }) : provider.readAll(signal),
    client.users(),
  ])
  const team = await readTeam(run)
  const round = { read, users, everybody: true, complete: true, deleted: NOBODY, rateLimited }
  return { ...(await decide(run, team, round)), read, provider, team }
}

/** As `planEverybody`, and remembers for `status` how the read of the directory went. */
export async function readEverybody(
  run: PeopleRun,
  options: EverybodyOptions,
  signal?: AbortSignal,
): Promise<ReadyPlan> {
  const { parts } = run
  try {
    const ready = await planEverybody(run, options, signal)
    const { accounts, locksKnown } = ready.read
    const at = parts.now().toISOString()
    const { stop, summary } = ready.plan
    await remember(parts, {
      lastRead: { at, accounts: accounts.length, locksKnown },
      missing: missingWords(summary.missing),
      // A part that was taken for the whole once would be the measure of the next one.
      ...(options.rateLimited && stop === undefined ? { lastFull: { at, accounts: accounts.length } } : {}),
      ...(options.rateLimited ? { stop: stop && { at, message: stop.reason, hint: stop.hint } } : {}),
    })
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

/**
 * Decides about the accounts of a read of named people, and about the linked people of `deleted`. Mattermost is asked
 * only about whom they could mean, unless somebody would come or go: then the seats and administrators count.
 */
export async function planNamed(
  run: PeopleRun<PlanParts>,
  provider: AccountProvider,
  read: DirectoryRead,
  deleted: ReadonlySet<string> = NOBODY,
): Promise<ReadyPlan> {
  const team = await readTeam(run)
  const some = await possibleUsers(run, read.accounts, deleted)
  const absent = await absentHolders(run, provider, read, some)
  const round = { read, users: some, everybody: false, complete: false, deleted, rateLimited: true, absent }
  const first = await decide(run, team, round)
  if (!first.plan.decisions.some(comesOrGoes)) return { ...first, read, provider, team }
  const all = { ...round, users: await run.client.users(), everybody: true }
  return { ...(await decide(run, team, all)), read, provider, team }
}

/** Of the people whose user has a wanted name: the ids that the directory does not show any more. */
async function absentHolders(
  { parts: { links }, settings: { mattermost } }: Pick<PeopleRun<PlanParts>, 'parts' | 'settings'>,
  provider: AccountProvider,
  { accounts }: DirectoryRead,
  users: MattermostUser[],
): Promise<ReadonlySet<string>> {
  const read = new Set(accounts.map(account => account.id))
  const ids = users.flatMap(user => {
    const link = user.delete_at > 0 ? links.ofUser(user.id) : undefined
    return link === undefined || read.has(link.accountId) ? [] : [link.accountId]
  })
  if (!mattermost.releaseNames || ids.length === 0) return NOBODY
  const found = await provider.readNamed({ logins: [], ids })
  if (!found.othersSeen) return NOBODY
  const present = new Set(found.accounts.map(account => account.id))
  return new Set(ids.filter(id => !present.has(id)))
}

const NOBODY: ReadonlySet<string> = new Set()

function comesOrGoes(decision: Decision): boolean {
  const { kind } = decision
  if (kind === 'refuse') return decision.cause === 'administrator'
  return kind === 'create' || kind === 'reactivate' || kind === 'deactivate'
}

async function decide(
  { parts, settings, client }: PeopleRun<PlanParts>,
  team: TeamState,
  { read, users, everybody, complete, deleted, rateLimited, absent }: Round,
): Promise<{ plan: PeoplePlan; seats: SeatsSeen | undefined }> {
  const { domainName, mattermost } = settings
  const now = parts.now()
  const state = await parts.state.read()
  const rules = await client.userRules()
  const seats = everybody ? await lookAtSeats(parts, client, users) : undefined
  const input: PlanInput = {
    accounts: read.accounts,
    complete,
    locksKnown: read.locksKnown,
    lastCount: state.lastFull?.accounts,
    links: parts.links.all(),
    ignored: parts.links.ignored(),
    former: parts.links.former(),
    users: new UserIndex(parts.userAsIf === undefined ? users : users.map(parts.userAsIf)),
    administrators: new Set(users.filter(isActiveAdministrator).map(user => user.id)),
    bots: await client.bots(),
    botsStopWithOwner: rules.botsStopWithOwner,
    team: teamFor(team),
    room: undefined,
    domainName,
    emailFrom: mattermost.emailFrom,
    now: now.getTime(),
    goneAfterMs: mattermost.goneAfterMs,
    deleted,
    // The bulk command only creates, and changes nobody.
    releaseNames: rateLimited && mattermost.releaseNames,
    absent: absent ?? NOBODY,
    seats,
    rateLimits: rateLimited ? rateLimitsAt(now, state, mattermost) : undefined,
    mails: { notifications: rules.mailsNotices, verification: rules.verifiesAddresses },
  }
  const plan = planPeople(input)
  if (!plan.decisions.some(needsTeam)) return { plan, seats }
  // Who does not fit into the team is known before anybody is created.
  return { plan: planPeople({ ...input, room: await readRoom(client, team) }), seats }
}

async function readRoom(client: MattermostClient, team: TeamState): Promise<TeamRoom | undefined> {
  if (team.state !== 'ready' && team.state !== 'missing') return undefined
  const takes = await client.maxUsersPerTeam()
  const has = team.state === 'ready' ? (await client.activeMembers(team.id)).length : 0
  return { name: team.wanted.name, takes, has }
}

function isActiveAdministrator(user: MattermostUser): boolean {
  return isAdministrator(user) && user.delete_at === 0 && user.is_bot !== true
}

async function readTeam({ parts, settings, client }: PeopleRun<PlanParts>): Promise<TeamState> {
  const { team: pinned } = await parts.state.read()
  return findTeam(client, wantedTeam({ team: settings.mattermost.team, company: settings.company }), pinned)
}

function teamFor(team: TeamState): { id: string | undefined } | undefined {
  if (team.state === 'ready') return { id: team.id }
  return team.state === 'missing' ? { id: undefined } : undefined
}

async function possibleUsers(
  { parts, settings, client }: PeopleRun<PlanParts>,
  accounts: Account[],
  deleted: ReadonlySet<string>,
): Promise<MattermostUser[]> {
  const ids = [...accounts.map(account => account.id), ...deleted]
  const links = ids.map(id => parts.links.ofAccount(id)).filter(link => link !== undefined)
  const found: (MattermostUser | undefined)[] = []
  for (const link of links) found.push(await client.userById(link.userId))
  for (const account of accounts) {
    const username = usernameOf(account.login)
    if ('value' in username) found.push(await client.userByUsername(username.value))
    const mail = mailOf(account, settings.domainName, settings.mattermost.emailFrom)
    if ('value' in mail) found.push(await client.userByEmail(mail.value))
  }
  return found.filter(user => user !== undefined)
}
