import type { Account } from '../../directory/account.js'
import { type Decision, isActing } from './decision.js'
import type { PlanView } from './input.js'
import { loginKey } from './names.js'

/** Why nobody at all is changed, and what the operator can do. */
export interface SafetyStop {
  /** half: an operator can confirm it. ids: only new links help. */
  cause: 'half' | 'ids'
  reason: string
  hint: string
}

/**
 * Whether the answer of the directory is to be believed. Only a full read can tell.
 * Less than a half of the last full read is a part of it, whoever is missing. Names that are known with ids that are
 * not, in bulk, are another directory with the same people: creating or deactivating anybody would be wrong.
 */
export function safetyStopOf(accounts: Account[], view: PlanView): SafetyStop | undefined {
  if (!view.complete || view.rateLimits === undefined) return undefined
  const { lastCount } = view
  if (lastCount !== undefined && view.accounts.length * 2 < lastCount) {
    return {
      cause: 'half',
      reason: `the directory shows ${view.accounts.length} accounts, and ${lastCount} at the last full read: less than a half is not believed, nobody is changed`,
      hint: 'check BaseDN, UserDN, UserFilter and what the bind account may read; if it is right: teamchat users sync --confirm',
    }
  }
  const known = new Map<string, string>()
  for (const link of view.links)
    if (!view.present.has(link.accountId)) known.set(loginKey(link.login), link.accountId)
  const strangers = accounts.filter(({ id, login }) => !view.linkOf.has(id) && known.has(loginKey(login)))
  if (!isBulk(strangers.length, view.links.length)) return undefined
  const names = strangers.slice(0, 3).map(account => `'${account.login}'`)
  const more = strangers.length > names.length ? ', …' : ''
  return {
    cause: 'ids',
    reason: `${strangers.length} of ${view.links.length} linked people have another id in the directory than before (${names.join(', ')}${more}): names known, ids new; nobody is changed`,
    hint: 'if it is the same people in a directory that was made anew: teamchat users relink',
  }
}

/** One person made anew is one person; a quarter of all, or ten, are a directory made anew. */
function isBulk(strangers: number, links: number): boolean {
  return strangers >= 10 || (strangers >= 2 && strangers * 4 >= links)
}

/** Everything that would change somebody waits. */
export function stopEverybody(decisions: Decision[]): Decision[] {
  return decisions.map(decision => {
    if (!isActing(decision)) return decision
    const { accountId, login, account } = decision
    const reason = `waits, since nobody is changed now; else: ${decision.reason}`
    return { kind: 'hold', cause: 'stopped', accountId, login, account, wanted: decision, reason }
  })
}
