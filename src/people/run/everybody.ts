import type { ImportLine, SyncReport } from '../../api/contract/people.js'
import { reasonOf } from '../../errors.js'
import type { MattermostClient } from '../../mattermost/client.js'
import { type PeopleParts, remember } from '../parts.js'
import { needsTeam, seatTrouble } from '../plan/seats.js'
import { missingWords } from '../plan/summary.js'
import type { ReadyPlan } from '../read.js'
import { type Counts, count, emptyCounts, type PersonResult } from '../report.js'
import { type ActOptions, act, ensureTeam } from './act.js'
import { importDecisions, importLines } from './import.js'
import type { Work } from './run.js'
import type { TeamState } from './team.js'

/** How a run over everybody differs between the bulk command and the automatic one. */
export interface FullOptions extends ActOptions {
  /** The bulk command: it creates and finishes, makes the team even where nobody joins it now, and changes nobody. */
  importOnly: boolean
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
  const work = workOf(ready, options)
  const startedAt = parts.now().toISOString()
  const counts = emptyCounts()
  const finished = () => ({ startedAt, finishedAt: parts.now().toISOString(), ...counts })
  const tooMany: string[] = []
  let told = 0
  const tell = async (result: PersonResult) => {
    count(counts, result)
    if (isTooMany(result)) tooMany.push(result.decision.login)
    for (const line of importLines(result)) await options.onLine(line)
    told += 1
    await options.onLine({ kind: 'progress', finished: told, total: work.decisions.length })
  }
  try {
    if (!ready.read.locksKnown) await options.onLine({ kind: 'note', text: LOCKS_UNKNOWN })
    tellSurroundings(ready, counts)
    if (!options.importOnly) await keepSeen(parts, ready)
    const wanted = options.importOnly || work.decisions.some(needsTeam)
    const team = wanted ? await ensureTeam(parts, client, ready.team) : ready.team
    await tellTeam(ready.team, team, counts, options.onLine)
    await act({ parts, client }, { provider: ready.provider, team }, work, { ...options, onResult: tell })
    if (tooMany.length > 0) await options.onLine({ kind: 'note', text: doNotFit(tooMany, ready) })
  } catch (error) {
    counts.problems.push(`ended early: ${reasonOf(error)}`)
    await remember(parts, { lastImport: finished() })
    throw error
  }
  const report = finished()
  await remember(parts, { lastImport: report })
  return report
}

/** Keeps what the read has shown of linked people: logins, who is gone since when. */
export async function keepSeen({ links }: PeopleParts, { plan }: ReadyPlan): Promise<void> {
  if (plan.seen.length > 0) await links.change(plan.seen.map(link => ({ put: link })))
}

/** Said once a run. */
export const LOCKS_UNKNOWN =
  'locks unknown: the directory shows no password to this account, so locked people look like all others'

function workOf({ plan }: ReadyPlan, { importOnly }: FullOptions): Work {
  if (importOnly) return { decisions: importDecisions(plan.decisions), renames: [], mailOrder: [] }
  return plan
}

function isTooMany(result: PersonResult): boolean {
  if (result.state === 'failed') return result.limit
  return result.state === 'refused' && result.decision.kind === 'refuse' && result.decision.cause === 'full'
}

/** What concerns nobody alone: an answer that is not believed, a server without a free seat. */
function tellSurroundings({ plan, seats }: ReadyPlan, counts: Counts): void {
  if (plan.stop !== undefined) counts.problems.push(`${plan.stop.reason}; ${plan.stop.hint}`)
  const trouble = seats === undefined ? undefined : seatTrouble(seats, seats.version)
  const missing = missingWords(plan.summary.missing)
  for (const words of [trouble, missing]) if (words !== undefined) counts.problems.push(words)
}

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

function doNotFit(logins: string[], { seats }: ReadyPlan): string {
  const people = logins.length === 1 ? '1 person does' : `${logins.length} people do`
  const limit = seats?.limit === undefined ? '' : ` (${seats.limit}, Mattermost ${seats.version})`
  return `${people} not fit: the server's limit of active users${limit} is reached; left out: ${logins.join(', ')}`
}
