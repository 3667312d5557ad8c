import type { MattermostClient } from '../../mattermost/client.js'
import { MattermostRefusal } from '../../mattermost/refusals.js'

/** A reset link that is owed to somebody; `id` names it in the credential store. */
export interface OwedMail {
  id: string
  email: string
}

/** The outcome of a try; `later`: its turn has not come again yet. */
export type MailOutcome = { state: 'sent' } | { state: 'owed'; reason: string } | { state: 'later' }

const FIRST_PAUSE_MS = 60_000
/** A mail server that is down for a weekend is not asked every minute. */
const LONGEST_PAUSE_MS = 60 * 60_000
/** So many failures in a row are the mail server's fault, and each may cost a time limit. */
const FAILURES_IN_A_ROW = 3

/**
 * Has Mattermost mail reset links, and remembers how often each has failed. That they are owed stands in the
 * credential store; here is only when to try again, so that a restart simply tries at once.
 */
export class OwedMails {
  readonly #tries = new Map<string, { failed: number; notBefore: number; reason: string }>()

  /**
   * Tries those that are due, `anyway` also the others. Throws where Mattermost cannot be reached or used at all; what
   * was sent until then is in `sent`, which is awaited for each.
   */
  async send(
    client: Pick<MattermostClient, 'sendReset'>,
    mails: OwedMail[],
    sent: (mail: OwedMail) => Promise<void>,
    options: { anyway: boolean; now: number },
  ): Promise<Map<string, MailOutcome>> {
    const outcomes = new Map<string, MailOutcome>()
    let inARow = 0
    for (const mail of mails) {
      const before = this.#tries.get(mail.id)
      const wait = before === undefined ? 0 : before.notBefore - options.now
      // Longer than any pause: the clock was set back.
      const isDue = options.anyway || wait <= 0 || wait > LONGEST_PAUSE_MS
      if (!isDue || inARow >= FAILURES_IN_A_ROW) {
        outcomes.set(mail.id, { state: 'later' })
        continue
      }
      try {
        await client.sendReset(mail.email)
      } catch (error) {
        if (!(error instanceof MattermostRefusal)) throw error
        inARow += 1
        const reason = this.#failed(mail.id, error.words, options.now)
        outcomes.set(mail.id, { state: 'owed', reason })
        continue
      }
      inARow = 0
      this.#tries.delete(mail.id)
      await sent(mail)
      outcomes.set(mail.id, { state: 'sent' })
    }
    return outcomes
  }

  /** Why the last try failed; undefined where there was none since the start. */
  reasonFor(id: string): string | undefined {
    return this.#tries.get(id)?.reason
  }

  #failed(id: string, reason: string, now: number): string {
    const failed = (this.#tries.get(id)?.failed ?? 0) + 1
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (failed - 1), LONGEST_PAUSE_MS)
    this.#tries.set(id, { failed, notBefore: now + pause, reason })
    return reason
  }
}
