import { reasonOf } from '../errors.js'
import type { MattermostClient } from '../mattermost/client.js'
import { importLines } from '../sync/import-lines.js'
import { type Counts, count, emptyCounts } from '../sync/report.js'
import type { PersonResult } from '../sync/run.js'
import type { TeamState } from '../sync/team.js'
import type { ImportLine, SyncReport } from '../sync/types.js'
import { type ActOptions, act, ensureTeam } from './people-act.js'
import { type PeopleParts, remember } from './people-parts.js'
import type { ReadyPlan } from './people-read.js'

/** How a run over everybody differs between the bulk command and the automatic one. */
export interface FullOptions extends ActOptions {
  /** Create the team even where nobody would be put into it now. */
  teamAnyway: boolean
  onLine: (line: ImportLine) => Promise<void>
}

/**
 * Carries a plan out and tells it line by line. What was done until then is in the recorded report also where it
 * throws (server gone, disk full, stopped, nobody listens any more).
 */
export async function runEverybody(
  parts: PeopleParts,
  client: MattermostClient,
  ready: ReadyPlan,
  options: FullOptions,
): Promise<SyncReport> {
  const { plan } = ready
  const startedAt = parts.now().toISOString()
  const counts = emptyCounts(plan.notYetDone.map(change => change.text))
  const finished = () => ({ startedAt, finishedAt: parts.now().toISOString(), ...counts })
  const tooMany: string[] = []
  let told = 0
  const tell = async (result: PersonResult) => {
    count(counts, result)
    if (result.state === 'failed' && result.limit) tooMany.push(result.decision.account.login)
    for (const line of importLines(result)) await options.onLine(line)
    told += 1
    await options.onLine({ kind: 'progress', finished: told, total: plan.decisions.length })
  }
  try {
    if (!ready.read.locksKnown) await options.onLine({ kind: 'note', text: LOCKS_UNKNOWN })
    const wanted =
      options.teamAnyway || plan.decisions.some(one => one.kind === 'create' || one.kind === 'join')
    const team = wanted ? await ensureTeam(parts, client, ready.team) : ready.team
    await tellTeam(ready.team, team, counts, options.onLine)
    await act(parts, client, { provider: ready.provider, team }, plan.decisions, options, tell)
    if (tooMany.length > 0) await options.onLine({ kind: 'note', text: doNotFit(tooMany) })
  } catch (error) {
    counts.problems.push(`ended early: ${reasonOf(error)}`)
    await remember(parts, { lastImport: finished() })
    throw error
  }
  const report = finished()
  await remember(parts, { lastImport: report })
  return report
}

/** Said once a run. */
export const LOCKS_UNKNOWN =
  'locks unknown: the directory shows no password to this account, so locked people look like all others'

async function tellTeam(
  before: TeamState,
  after: TeamState,
  counts: Counts,
  onLine: FullOptions['onLine'],
): Promise<void> {
  if (after.state === 'failed') {
    const { name, displayName } = after.wanted
    counts.failed += 1
    counts.problems.push(`team ${name}: ${after.reason}`)
    await onLine({ kind: 'team', name, displayName, result: { failed: after.reason } })
  } else if (after.state === 'ready' && before.state === 'missing') {
    const { name, displayName } = after.wanted
    await onLine({ kind: 'team', name, displayName, result: 'ok' })
  }
}

function doNotFit(logins: string[]): string {
  const people = logins.length === 1 ? '1 person does' : `${logins.length} people do`
  return `${people} not fit: the server's limit of active users is reached; left out: ${logins.join(', ')}`
}
