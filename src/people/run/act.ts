import type { Settings } from '../../configdb/settings.js'
import { reasonOf } from '../../errors.js'
import type { MattermostClient } from '../../mattermost/client.js'
import type { PeopleParts, PeopleRun } from '../parts.js'
import type { Decision } from '../plan/decision.js'
import type { ValueRules } from '../plan/values.js'
import type { ReadyPlan } from '../read.js'
import type { PersonResult } from '../report.js'
import type { PeopleState } from '../state.js'
import { withoutRecentActions, withRecentActions } from './rate-limit-memory.js'
import { runDecisions, type Work } from './run.js'
import { createMissingTeam, type TeamState } from './team.js'

export interface ActOptions {
  /** The bulk command's password for everybody. */
  password: string | undefined
  /** The bulk command prints passwords; else it is NewUserPassword. */
  delivery: 'password' | 'mail'
  /** Whether the first person created may become administrator, if there is none. */
  firstBecomesAdministrator: boolean
  /** Whether the brakes count what is done. */
  counted: boolean
  rules: ValueRules
  signal: AbortSignal | undefined
}

/** Makes sure of the team where it is missing, and keeps its id for this value of `Team`. */
export async function ensureTeam(
  parts: PeopleParts,
  client: MattermostClient,
  team: TeamState,
): Promise<TeamState> {
  const ready = team.state === 'missing' ? await createMissingTeam(client, team.wanted) : team
  if (team.state === 'missing' && ready.state === 'ready') {
    const { name, displayName } = ready.wanted
    parts.log.info({ team: name }, `created the default team ${name} (${displayName})`)
  }
  if (ready.state === 'ready') {
    const { setting, name } = ready.wanted
    await parts.state.update({ team: { setting, id: ready.id, name } })
  }
  return ready
}

/** Acts on a plan; see `runDecisions` for what is told when, and thrown. */
export async function act(
  { parts, client }: Pick<PeopleRun, 'parts' | 'client'>,
  { provider, team }: Pick<ReadyPlan, 'provider' | 'team'>,
  work: Work,
  { onResult, ...options }: ActOptions & { onResult: (result: PersonResult) => Promise<void> },
): Promise<void> {
  const { links, credentials, now, cores } = parts
  const policy = await client.passwordPolicy()
  const teamId = team.state === 'ready' ? team.id : undefined
  const pending = new Map(
    (await credentials.all()).filter(one => one.state === 'pending').map(one => [one.accountId, one]),
  )
  const undone = new Set(work.decisions)
  const before = options.counted ? await reserve(parts, work) : undefined
  const context = { client, links, credentials, pending, now, cores, policy, teamId, ...options }
  const results: PersonResult[] = []
  try {
    await runDecisions(work, { ...context, provider: provider.identity.provider }, async result => {
      results.push(result)
      // After a fault of the server nobody knows whether it was done: it counts.
      if (result.state !== 'failed' || result.serverFault) undone.delete(result.decision)
      log(parts, result)
      await onResult(result)
    })
  } finally {
    await reconcileCredentials(parts)
    await keepResults(parts, results)
    if (before !== undefined) await refundBudget(parts, [...undone], before)
  }
}

/** The rules by which the directory's values are read. */
export function rulesOf({ domainName, mattermost }: Settings): ValueRules {
  return { domainName, emailFrom: mattermost.emailFrom }
}

/** How a run acts that nobody watches. */
export async function automaticOptions(
  { settings, client }: Pick<PeopleRun, 'settings' | 'client'>,
  signal: AbortSignal | undefined,
): Promise<ActOptions> {
  return {
    password: undefined,
    delivery: automaticDelivery(settings),
    firstBecomesAdministrator: await automaticFirstAdmin(client, settings),
    counted: true,
    rules: rulesOf(settings),
    signal,
  }
}

/** How people get in whom nobody creates by hand. */
function automaticDelivery(settings: Settings): ActOptions['delivery'] {
  return settings.mattermost.newUserPassword === 'mail' ? 'mail' : 'password'
}

/** What fails here is found by `reconcile`: the links are on the disk. */
async function reconcileCredentials({ credentials, log }: PeopleParts): Promise<void> {
  try {
    await credentials.settle()
  } catch (error) {
    log.warn({ reason: reasonOf(error) }, 'cannot give the files of new passwords their last name')
  }
}

/** A disk that is full now is only logged: it must not hide what really happened. */
async function keepResults(
  { results: store, now, log }: PeopleParts,
  results: PersonResult[],
): Promise<void> {
  try {
    const lost = await store.record(results, now())
    if (lost !== undefined)
      log.warn({ reason: lost.message }, 'began the results of people anew: they could not be read')
  } catch (error) {
    log.warn({ reason: reasonOf(error) }, 'cannot keep the results of people')
  }
}

/** Whether an automatic run may make somebody administrator: only while there was no account at all. */
async function automaticFirstAdmin(client: MattermostClient, settings: Settings): Promise<boolean> {
  return settings.mattermost.firstAdmin === 'first-imported' && (await client.serverFacts()).noAccounts
}

/** On the disk before anything is done, so that a crash cannot let the brakes forget. Gives what they knew before. */
async function reserve({ state, now }: PeopleParts, { decisions }: Work): Promise<PeopleState['acts']> {
  const { acts } = await state.read()
  await state.update({ acts: withRecentActions(now(), acts, decisions) })
  return acts ?? []
}

async function refundBudget(
  { state }: PeopleParts,
  undone: Decision[],
  before: PeopleState['acts'],
): Promise<void> {
  const { acts } = await state.read()
  await state.update({ acts: withoutRecentActions(acts, undone, before) })
}

function log(parts: PeopleParts, result: PersonResult): void {
  const { login, reason } = result.decision
  switch (result.state) {
    case 'created': {
      const { administrator, problem } = result
      const more = administrator ? { administrator } : {}
      parts.log.info({ login, ...more }, 'created a user in Mattermost')
      const { release } = result.decision
      if (release !== undefined) {
        const { username: now } = release.values
        parts.log.info({ username: release.user.username, now }, 'freed the name of a former person')
      }
      if (problem !== undefined) parts.log.warn({ login, reason: problem }, 'created, but not finished')
      return
    }
    case 'adopted':
      parts.log.info({ login }, 'linked an existing user of Mattermost')
      return
    case 'joined':
      parts.log.info({ login }, 'put a user into the team')
      return
    case 'updated':
    case 'renamed':
    case 'reactivated':
    case 'deactivated':
      parts.log.info({ login, reason }, `${result.state} a user in Mattermost`)
      return
    case 'failed':
      parts.log.error({ login, reason: result.reason }, 'cannot bring a person into Mattermost')
      return
    default:
      return
  }
}
