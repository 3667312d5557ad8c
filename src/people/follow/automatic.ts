import type { SyncReport } from '../../api/contract/people.js'
import type { Settings } from '../../configdb/settings.js'
import type { AccountProvider } from '../../directory/account-provider.js'
import { TeamchatError } from '../../errors.js'
import type { MattermostClient } from '../../mattermost/client.js'
import { mailNewPeople } from '../credentials/delivery.js'
import { mustWaitForWizard, noAccountYet, type PeopleParts } from '../parts.js'
import type { Decision } from '../plan/decision.js'
import type { PeoplePlan } from '../plan/plan.js'
import { readEverybody } from '../read.js'
import { automaticOptions } from '../run/act.js'
import { LOCKS_UNKNOWN, runEverybody } from '../run/everybody.js'
import { prepare } from '../run/prepare.js'
import { isConfirmed } from '../status.js'
import type { Link } from '../types.js'

/**
 * What must be so before anybody is changed without being asked: this host is managed, the provider is confirmed and the
 * wizard is over. Throws `settings.notAdopted` and `mattermost.noAccount` for these, with what to do.
 */
export async function readyToFollow(
  parts: PeopleParts,
  settings: Settings,
): Promise<{ provider: AccountProvider; client: MattermostClient }> {
  const gate = await parts.gate()
  if (!gate.allowed) throw new TeamchatError('settings.notAdopted', gate.reason, { hint: gate.hint })
  const provider = parts.provider(settings)
  const { confirmed } = await parts.state.read()
  if (!isConfirmed(provider, confirmed)) {
    throw new TeamchatError(
      'settings.notAdopted',
      `waits: nobody has confirmed that Mattermost shall follow ${provider.description}`,
      { hint: 'look at the plan with teamchat users sync, then run teamchat users sync --confirm' },
    )
  }
  const client = parts.mattermost(settings)
  if (await mustWaitForWizard(client, settings)) {
    const { reason, hint } = noAccountYet(settings)
    throw new TeamchatError('mattermost.noAccount', reason, { hint })
  }
  await prepare(parts, client)
  return { provider, client }
}

/** A run over everybody that nobody watches. Throws as `readyToFollow` does, and `directory.*`, `mattermost.*`. */
export async function runAutomatic(
  parts: PeopleParts,
  settings: Settings,
  signal: AbortSignal | undefined,
): Promise<SyncReport> {
  const { provider, client } = await readyToFollow(parts, settings)
  const { lastRead: before } = await parts.state.read()
  const startedAt = parts.now().getTime()
  const run = { parts, settings, client }
  const ready = await readEverybody(run, { rateLimited: true, marked: true }, signal)
  const wasKnown = before === undefined || !('locksKnown' in before) || before.locksKnown
  if (!ready.read.locksKnown && wasKnown) parts.log.warn({}, LOCKS_UNKNOWN)
  const report = await runEverybody(parts, client, ready, {
    ...(await automaticOptions(run, signal)),
    importOnly: false,
    // Who was created is logged as it happens, without the password.
    onLine: async () => undefined,
  })
  await mailNewPeople(parts, settings, client)
  const unsettled = report.failed > 0 || ready.plan.stop !== undefined || hasThrottled(ready.plan)
  const { syncInterval, goneAfterMs } = settings.mattermost
  const times = { now: startedAt, goneAfterMs, againMs: syncInterval * 1000 }
  const due = nextDue(ready.plan.decisions, id => parts.links.ofAccount(id), times)
  parts.followed.readEverybody(provider.identity, ready.read, { now: startedAt, unsettled, due })
  return report
}

/** A brake holds somebody, who goes on when the hour has room. */
export function hasThrottled({ decisions }: PeoplePlan): boolean {
  return decisions.some(decision => decision.kind === 'hold' && decision.cause === 'brake')
}

/**
 * When something that a plan holds comes due by the clock alone, in milliseconds since 1970: a `users hold` that ends,
 * somebody who is gone for long enough. undefined: nothing does. `now` is the time of the read; whoever it shows as gone
 * must be gone in another one, `againMs` later at the earliest.
 */
export function nextDue(
  decisions: Decision[],
  linkOf: (accountId: string) => Link | undefined,
  { now, goneAfterMs, againMs }: { now: number; goneAfterMs: number; againMs: number },
): number | undefined {
  const dues: number[] = []
  for (const decision of decisions) {
    if (decision.kind !== 'hold') continue
    const { goneSince, hold } = linkOf(decision.accountId) ?? {}
    if (decision.cause === 'gone' && goneSince !== undefined)
      dues.push(Math.max(Date.parse(goneSince) + goneAfterMs, now + againMs))
    if (decision.cause === 'hold' && hold?.until !== undefined) dues.push(Date.parse(hold.until))
  }
  return dues.length === 0 ? undefined : Math.min(...dues)
}
