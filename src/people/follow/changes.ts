import type { SyncReport } from '../../api/contract/people.js'
import type { Settings } from '../../configdb/settings.js'
import type { Account, ChangesRead, DirectoryRead } from '../../directory/account.js'
import { mailNewPeople } from '../credentials/delivery.js'
import type { PeopleParts } from '../parts.js'
import { needsTeam } from '../plan/seats.js'
import { planNamed } from '../read.js'
import { count, emptyCounts } from '../report.js'
import { act, automaticOptions, ensureTeam } from '../run/act.js'
import { keepSeen } from '../run/everybody.js'
import { hasThrottled, readyToFollow, runAutomatic } from './automatic.js'
import { isListDue } from './step.js'

/** With more than that everybody is read: it is no dearer then, and only a full read is held against the last one. */
const MOST_CHANGED = 200

/** What a look for changes came to; `report` undefined: nobody has changed. */
export interface ChangesOutcome {
  everybody: boolean
  report: SyncReport | undefined
}

/**
 * Brings Mattermost in line with what has changed in the directory since it was last looked at. Whoever seems to be gone,
 * and anything that cannot be told for sure, makes it a run over everybody, which has the rules for that. Throws as
 * `runAutomatic` does; what was not done then is found again.
 */
export async function runChanges(
  parts: PeopleParts,
  settings: Settings,
  signal: AbortSignal | undefined,
): Promise<ChangesOutcome> {
  const { followed } = parts
  // In a busy domain the counter moves with each login: whether somebody concerns us is asked before anything else.
  const { identity, changes } = parts.provider(settings)
  const mark = followed.markOf(identity)
  if (mark === undefined || changes === undefined) return everybody(parts, settings, signal)
  const now = parts.now().getTime()
  const { listedAt } = followed.viewOf(identity)
  const list = isListDue({ listedAt }, settings.mattermost, now)
  const read = await changes.readSince(mark, { list }, signal)
  if (list) followed.listed(now)
  if (read.kind === 'unknown') {
    // Asked again, and found moved again, until it is time.
    return list ? everybody(parts, settings, signal) : { everybody: false, report: undefined }
  }
  const { changed, appeared, gone } = followed.compare(read)
  if (gone.length > 0 || changed.length + appeared.length > MOST_CHANGED)
    return everybody(parts, settings, signal)
  const more = appeared.length === 0 ? [] : await readAppeared(parts, settings, appeared, signal)
  const accounts = [...changed, ...more]
  const took = (unsettled: boolean) =>
    followed.readChanges(read.mark, accounts, { now, listed: list, unsettled })
  if (accounts.length === 0) {
    took(false)
    return { everybody: false, report: undefined }
  }
  const { report, rateLimited } = await runThese(parts, settings, { read, accounts }, signal)
  took(report.failed > 0 || rateLimited)
  return { everybody: false, report }
}

async function everybody(
  parts: PeopleParts,
  settings: Settings,
  signal: AbortSignal | undefined,
): Promise<ChangesOutcome> {
  return { everybody: true, report: await runAutomatic(parts, settings, signal) }
}

/** Somebody who joined one of the site's groups: the account itself has not changed. */
async function readAppeared(
  parts: PeopleParts,
  settings: Settings,
  ids: string[],
  signal: AbortSignal | undefined,
): Promise<Account[]> {
  return (await parts.provider(settings).readNamed({ logins: [], ids }, signal)).accounts
}

async function runThese(
  parts: PeopleParts,
  settings: Settings,
  { read, accounts }: { read: Extract<ChangesRead, { kind: 'changes' }>; accounts: Account[] },
  signal: AbortSignal | undefined,
): Promise<{ report: SyncReport; rateLimited: boolean }> {
  const startedAt = parts.now().toISOString()
  const { provider, client } = await readyToFollow(parts, settings)
  const these: DirectoryRead = { accounts, locksKnown: read.locksKnown }
  const run = { parts, settings, client }
  const ready = await planNamed(run, provider, these)
  await keepSeen(parts, ready)
  const team = ready.plan.decisions.some(needsTeam) ? await ensureTeam(parts, client, ready.team) : ready.team
  const counts = emptyCounts()
  const options = await automaticOptions(run, signal)
  await act(run, { provider, team }, ready.plan, {
    ...options,
    onResult: async result => count(counts, result),
  })
  await mailNewPeople(parts, settings, client)
  const report = { startedAt, finishedAt: parts.now().toISOString(), ...counts }
  return { report, rateLimited: hasThrottled(ready.plan) }
}
