import type { Settings } from '../db/settings.js'
import { TeamchatError } from '../errors.js'
import type { SyncReport } from '../sync/types.js'
import { automaticDelivery, automaticFirstAdmin, rulesOf } from './people-act.js'
import { LOCKS_UNKNOWN, runEverybody } from './people-full.js'
import { mailNewPeople } from './people-handout.js'
import { mustWaitForWizard, noAccountYet, type PeopleParts, prepare } from './people-parts.js'
import { readEverybody } from './people-read.js'
import { isConfirmed } from './people-status.js'

/**
 * A run over everybody that nobody watches: only where this host is managed, the provider is confirmed and the
 * wizard is over. Throws `settings.notAdopted` and `mattermost.noAccount` for these, with what to do.
 */
export async function runAutomatic(
  parts: PeopleParts,
  settings: Settings,
  signal: AbortSignal | undefined,
): Promise<SyncReport> {
  const gate = await parts.gate()
  if (!gate.allowed) throw new TeamchatError('settings.notAdopted', gate.reason, { hint: gate.hint })
  const provider = parts.provider(settings)
  const { confirmed, lastRead: before } = await parts.state.read()
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
  const ready = await readEverybody(parts, settings, client, { braked: true }, signal)
  const wasKnown = before === undefined || !('locksKnown' in before) || before.locksKnown
  if (!ready.read.locksKnown && wasKnown) parts.log.warn({}, LOCKS_UNKNOWN)
  const report = await runEverybody(parts, client, ready, {
    password: undefined,
    delivery: automaticDelivery(settings),
    firstBecomesAdministrator: await automaticFirstAdmin(client, settings),
    importOnly: false,
    counted: true,
    rules: rulesOf(settings),
    // Who was created is logged as it happens, without the password.
    onLine: async () => undefined,
    signal,
  })
  await mailNewPeople(parts, settings, client)
  return report
}
