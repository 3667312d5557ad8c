import { TeamchatError } from '../errors.js'
import type { Outcome } from '../events/types.js'
import type { SettingsOutcome } from '../stories/operations.js'

/**
 * What came of an event that says that a certificate is another one, from the run of the settings story that it caused.
 * Throws what a later try may not meet: then the event waits.
 */
export async function certificateOutcome(
  run: () => Promise<SettingsOutcome>,
  isPassing: () => boolean,
): Promise<Outcome> {
  try {
    const { done, plan, renewing } = await run()
    if (renewing !== undefined) {
      const message = renewing.join('; ')
      const hint = 'put certificate and key right; they are looked at each minute'
      return { state: 'look-again', message, final: { state: 'failed', message, hint } }
    }
    if (done.length > 0) return { state: 'done', message: done.join('; ') }
    const { management } = plan
    if (management.state !== 'managed')
      return { state: 'done', message: `nothing done: ${management.reason}` }
    return { state: 'done', message: 'the web server has the certificate as it is' }
  } catch (error) {
    if (!(error instanceof TeamchatError) || isPassing()) throw error
    return { state: 'failed', message: error.message, hint: error.hint }
  }
}
