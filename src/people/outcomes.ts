import type { Account } from '../directory/account.js'
import type { Outcome } from '../events/types.js'
import type { MailOutcome } from './credentials/pending-mails.js'
import { done, waiting } from './parts.js'
import type { PersonResult } from './report.js'
import type { TeamState } from './run/team.js'

type Created = Extract<PersonResult, { state: 'created' }>

/** What an outcome depends on beside the result itself. */
interface Around {
  team: TeamState
  /** By account; only of NewUserPassword=mail. */
  mails: ReadonlyMap<string, MailOutcome>
  isLinked: boolean
}

/** The outcome of one person whom an event named. */
export function outcomeOfResult(result: PersonResult, { team, mails, isLinked }: Around): Outcome {
  const { login, reason } = result.decision
  const name = `'${login}'`
  switch (result.state) {
    case 'created':
      return ofCreated(result, team, mails)
    case 'joined':
      return done(`${name} was put into the team`)
    case 'adopted':
      return done(`${name} exists in Mattermost with the same e-mail address: linked`)
    case 'updated':
    case 'renamed':
    case 'reactivated':
      return done(`${result.state} ${reason}`)
    case 'deactivated':
      return ofDeactivated(result)
    case 'held':
      return ofHeld(result, name)
    case 'failed': {
      const message = `cannot bring ${name} into Mattermost: ${result.reason}`
      if (result.serverFault) return waiting({ reason: `waits: ${message}`, hint: result.hint })
      const final = { state: 'failed', message, hint: result.hint } as const
      return result.taken ? { state: 'look-again', message, final } : final
    }
    case 'refused':
      return ofRefused(result, name, isLinked)
    case 'skipped':
      return ofSkipped(result, name)
  }
}

export function ofCreatedBut({ decision }: Created, problem: string): { message: string; hint: string } {
  const { login } = decision.account
  return {
    message: `created '${login}' (${decision.email}), but ${problem}`,
    hint: `its password: teamchat users credentials ${login}`,
  }
}

/** Accounts come in several steps: whoever is not there yet is looked for again. */
export function notFound(login: string): Outcome {
  const message = `cannot find '${login}' in the directory`
  return {
    state: 'look-again',
    message,
    final: { state: 'failed', message, hint: 'check the name, and BaseDN and UserDN of the sssd record' },
  }
}

/**
 * The outcome of `user-lock`. Whoever fires the event may lock only after it, so somebody who is not locked is looked at
 * again; for somebody who is, nothing else is to be waited for.
 */
export function ofLock(accounts: Account[], outcome: Outcome): Outcome {
  if (accounts.some(one => one.locked === true)) {
    const isOver = outcome.state === 'look-again' && outcome.final.state === 'done'
    return isOver ? done(outcome.message) : outcome
  }
  if (outcome.state !== 'done') return outcome
  const unknown = accounts.some(one => one.locked === undefined)
  const login = accounts[0]?.login ?? ''
  const message = unknown
    ? `whether '${login}' is locked cannot be read: ${outcome.message}`
    : `'${login}' is not locked in the directory: ${outcome.message}`
  return { state: 'look-again', message, final: { state: 'done', message, hint: '' } }
}

function ofCreated(result: Created, team: TeamState, mails: Around['mails']): Outcome {
  const problem = result.problem ?? (team.state === 'failed' ? team.reason : undefined)
  if (problem !== undefined) return { state: 'failed', ...ofCreatedBut(result, problem) }
  const { login, id } = result.decision.account
  const { release, email } = result.decision
  const freed = release === undefined ? '' : `; the former person's user is '${release.values.username}' now`
  const created = `created '${login}' (${email})${freed}`
  if (result.credential.delivery === 'password') {
    return done(`${created}; its password: teamchat users credentials ${login}`)
  }
  const mail = mails.get(id)
  if (mail?.state === 'sent') return done(`${created}; Mattermost has mailed it a link to set a password`)
  const why = mail?.state === 'owed' ? `: ${mail.reason}` : ''
  return done(`${created}; the mail with a link to set a password is owed, and tried again${why}`)
}

function ofDeactivated({ decision }: PersonResult): Outcome {
  if (decision.kind !== 'deactivate') return done(decision.reason)
  const { cause, user, bots } = decision
  const stopped = bots.length === 0 ? '' : `; its bots stop: ${bots.map(bot => bot.username).join(', ')}`
  const why =
    cause === 'locked' ? ' (locked in the directory)' : cause === 'expired' ? ' (the account has ended)' : ''
  const message = `deactivated '${user.username}'${why}; its sessions have ended${stopped}`
  if (cause !== 'locked') return done(message)
  // The event may be the one that unlocks, and come before the unlocking.
  return { state: 'look-again', message, final: { state: 'done', message, hint: '' } }
}

function ofHeld({ decision }: PersonResult, name: string): Outcome {
  if (decision.kind === 'hold' && decision.cause === 'brake') {
    return waiting({
      reason: `waits: ${name}: ${decision.reason}`,
      hint: 'it goes on by itself within an hour; at once: raise mattermost MaxDeactivate or MaxCreate, or, where UserSync is full, teamchat users plan and teamchat users sync --confirm',
    })
  }
  return done(`${name} ${decision.reason}`)
}

function ofRefused({ decision }: PersonResult, name: string, isLinked: boolean): Outcome {
  const { reason } = decision
  if (decision.kind === 'refuse' && decision.cause === 'administrator') return done(reason)
  const message = `cannot bring ${name} into Mattermost: ${reason}`
  if (decision.kind === 'refuse' && decision.cause === 'setting') {
    return waiting({ reason: `waits: ${message}`, hint: 'it is done once that is set' })
  }
  const full = decision.kind === 'refuse' && decision.cause === 'full'
  const hint = full
    ? 'deactivate users who left, then fire the event again; see teamchat status'
    : 'nothing was changed; mend it in the directory or in Mattermost'
  const final = { state: 'failed', message, hint } as const
  // Whoever still has the wanted name may be on the way to another one.
  return isLinked ? { state: 'look-again', message, final } : final
}

function ofSkipped({ decision }: PersonResult, name: string): Outcome {
  const { reason } = decision
  const cause = decision.kind === 'skip' ? decision.cause : 'linked'
  if (cause === 'locked') {
    if (decision.kind === 'skip' && decision.link !== undefined) {
      // Deactivated by this event or before; it may be the one that unlocks, and come before the unlocking.
      const message = `${name} is ${reason}`
      return { state: 'look-again', message, final: { state: 'done', message, hint: '' } }
    }
    // On e-smith hosts a new account is locked until its first password: worth a second look.
    const message = `${name} skipped: locked`
    return { state: 'look-again', message, final: { state: 'done', message: 'skipped: locked', hint: '' } }
  }
  if (cause === 'expired') return done(`${name} skipped: expired`)
  if (cause === 'linked') return done(`${name} is ${reason}: nothing to do`)
  return done(`${name} left alone: ${reason}`)
}
