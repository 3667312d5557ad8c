import type { Settings } from '../db/settings.js'
import { reasonOf } from '../errors.js'
import type { MattermostClient } from '../mattermost/client.js'
import type { Decision } from '../sync/plan.js'
import { type PersonResult, runDecisions } from '../sync/run.js'
import { createMissingTeam, type TeamState } from '../sync/team.js'
import type { PeopleParts } from './people-parts.js'
import type { ReadyPlan } from './people-read.js'

export interface ActOptions {
  /** The bulk command's password for everybody. */
  password: string | undefined
  /** The bulk command prints passwords; else it is NewUserPassword. */
  delivery: 'password' | 'mail'
  /** Whether the first person created may become administrator, if there is none. */
  firstBecomesAdministrator: boolean
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

/** Acts on decisions; see `runDecisions` for what is told when, and thrown. */
export async function act(
  parts: PeopleParts,
  client: MattermostClient,
  { provider, team }: Pick<ReadyPlan, 'provider' | 'team'>,
  decisions: Decision[],
  options: ActOptions,
  onResult: (result: PersonResult) => Promise<void>,
): Promise<void> {
  const { links, credentials, now, cores } = parts
  const policy = await client.passwordPolicy()
  const teamId = team.state === 'ready' ? team.id : undefined
  const pending = new Map(
    (await credentials.all()).filter(one => one.state === 'pending').map(one => [one.accountId, one]),
  )
  const context = { client, links, credentials, pending, now, cores, policy, teamId, ...options }
  const results: PersonResult[] = []
  try {
    await runDecisions(decisions, { ...context, provider: provider.identity.provider }, async result => {
      results.push(result)
      log(parts, result)
      await onResult(result)
    })
  } finally {
    await keepResults(parts, results)
  }
}

/** How people get in whom nobody creates by hand. */
export function automaticDelivery(settings: Settings): ActOptions['delivery'] {
  return settings.mattermost.newUserPassword === 'mail' ? 'mail' : 'password'
}

/** A disk that is full now is only logged: it must not hide what really happened. */
async function keepResults(
  { results: store, now, log }: PeopleParts,
  results: PersonResult[],
): Promise<void> {
  try {
    await store.record(results, now())
  } catch (error) {
    log.warn({ reason: reasonOf(error) }, 'cannot keep the results of people')
  }
}

/** Whether an automatic run may make somebody administrator: only while there was no account at all. */
export async function automaticFirstAdmin(client: MattermostClient, settings: Settings): Promise<boolean> {
  return settings.mattermost.firstAdmin === 'first-imported' && (await client.serverFacts()).noAccounts
}

function log(parts: PeopleParts, result: PersonResult): void {
  const { login } = result.decision.account
  if (result.state === 'created') {
    const { administrator, problem } = result
    parts.log.info({ login, ...(administrator ? { administrator } : {}) }, 'created a user in Mattermost')
    if (problem !== undefined) parts.log.warn({ login, reason: problem }, 'created, but not finished')
  } else if (result.state === 'adopted') {
    parts.log.info({ login }, 'linked an existing user of Mattermost')
  } else if (result.state === 'joined') {
    parts.log.info({ login }, 'put a user into the team')
  } else if (result.state === 'failed') {
    parts.log.error({ login, reason: result.reason }, 'cannot bring a person into Mattermost')
  }
}
