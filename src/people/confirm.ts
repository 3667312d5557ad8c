import type { ConfirmOutcome } from '../api/contract/people.js'
import type { Settings } from '../configdb/settings.js'
import { checkHost, hostTrouble } from './links/host.js'
import { mustWaitForWizard, noAccountYet, type PeopleParts, type PlanParts, remember } from './parts.js'
import { personPlan } from './plan/plan.js'
import { seatTrouble } from './plan/seats.js'
import { isPending, missingWords } from './plan/summary.js'
import { planEverybody, type ReadyPlan } from './read.js'
import { LOCKS_UNKNOWN } from './run/everybody.js'
import { isWithin, throttledKeys } from './run/rate-limit-memory.js'
import { isConfirmed } from './status.js'

/** The plan of an automatic run, with what stands in its way. Changes nobody; what was shown is kept. */
export async function planOnly(parts: PeopleParts, signal: AbortSignal | undefined): Promise<ConfirmOutcome> {
  const settings = await parts.settings()
  await parts.links.load()
  // A run may go on beside this: links that it adds meanwhile would be taken for links to users that are missing.
  const before = { ...parts, links: parts.links.preview([]) }
  const ready = await planNow(before, settings, signal)
  const { decisions, summary } = ready.plan
  await remember(parts, {
    shown: { at: parts.now().toISOString(), keys: throttledKeys(decisions) },
    missing: missingWords(summary.missing),
  })
  return outcomeOf(parts, settings, ready)
}

/**
 * As `planOnly`, and records provider, base and filter as the ones to follow. What brakes hold is let through for an
 * hour: of a plan that was shown within the last hour only what was held in it, else what is held now. An answer that
 * is less than a half of the last one is believed from now on; other ids than before are not.
 */
export async function confirmPlan(
  parts: PeopleParts,
  signal: AbortSignal | undefined,
): Promise<ConfirmOutcome> {
  const settings = await parts.settings()
  await parts.links.load()
  await checkHost(parts, parts.mattermost(settings))
  const ready = await planNow(parts, settings, signal)
  const { shown } = await parts.state.read()
  const now = parts.now()
  const at = now.toISOString()
  const held = throttledKeys(ready.plan.decisions)
  const seen = shown !== undefined && isWithin(now, shown.at) ? new Set(shown.keys) : undefined
  const keys = seen === undefined ? held : held.filter(key => seen.has(key))
  const { provider, base, filter } = parts.provider(settings).identity
  await parts.state.update({
    confirmed: { provider, base, filter },
    confirmedActs: { at, keys },
    shown: undefined,
    ...(ready.plan.stop?.cause === 'half' ? { lastFull: { at, accounts: ready.read.accounts.length } } : {}),
  })
  const outcome = await outcomeOf(parts, settings, ready)
  const unseen = held.length - keys.length
  if (unseen > 0) {
    const changes = unseen === 1 ? '1 change' : `${unseen} changes`
    outcome.notes.push(`${changes} came after the plan was shown, and still waits: teamchat users plan`)
  }
  return { ...outcome, confirmed: true }
}

/** The links must be loaded. */
function planNow(parts: PlanParts, settings: Settings, signal: AbortSignal | undefined): Promise<ReadyPlan> {
  return planEverybody({ parts, settings, client: parts.mattermost(settings) }, { rateLimited: true }, signal)
}

async function outcomeOf(
  parts: PeopleParts,
  settings: Settings,
  { plan, read, provider, team, seats }: ReadyPlan,
): Promise<ConfirmOutcome> {
  const notes: string[] = []
  const other = await hostTrouble(parts, parts.mattermost(settings))
  if (other !== undefined) notes.push(`${other.reason}: ${other.hint}`)
  if (await mustWaitForWizard(parts.mattermost(settings), settings)) {
    const { reason, hint } = noAccountYet(settings)
    notes.push(`${reason}: ${hint}`)
  }
  if (plan.stop !== undefined) notes.push(plan.stop.reason, plan.stop.hint)
  const trouble = seats === undefined ? undefined : seatTrouble(seats, seats.version)
  const missing = missingWords(plan.summary.missing)
  for (const words of [trouble, missing]) if (words !== undefined) notes.push(words)
  if (team.state === 'failed') notes.push(team.reason)
  if (!read.locksKnown) notes.push(LOCKS_UNKNOWN)
  const { confirmed } = await parts.state.read()
  return {
    provider: provider.description,
    plan: plan.decisions.map(personPlan),
    summary: plan.summary,
    pending: isPending(plan.decisions),
    notes,
    confirmed: isConfirmed(provider, confirmed),
  }
}
