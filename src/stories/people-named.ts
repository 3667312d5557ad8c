import type { Settings } from '../db/settings.js'
import type { Account } from '../directory/account.js'
import { TeamchatError } from '../errors.js'
import type { Outcome } from '../events/types.js'
import type { MattermostClient } from '../mattermost/client.js'
import { loginKey } from '../sync/names.js'
import type { LaterChange } from '../sync/not-yet.js'
import type { MailOutcome } from '../sync/owed-mails.js'
import type { PersonResult } from '../sync/run.js'
import type { TeamState } from '../sync/team.js'
import { act, automaticDelivery, automaticFirstAdmin, ensureTeam } from './people-act.js'
import { mailNewPeople } from './people-handout.js'
import {
  done,
  forAll,
  mustWaitForWizard,
  noAccountYet,
  outcomeOf,
  type PeopleParts,
  prepare,
  waiting,
} from './people-parts.js'
import { planNamed } from './people-read.js'

/**
 * Brings exactly the named people into Mattermost: what `user-create` and its like ask for. Never deactivates.
 * The result has an outcome for each name as it was given.
 */
export async function syncNamed(
  parts: PeopleParts,
  logins: string[],
  signal?: AbortSignal,
): Promise<Map<string, Outcome>> {
  try {
    const settings = await parts.settings()
    if (settings.mattermost.userSync === 'off')
      return forAll(logins, done('UserSync is off: nobody is changed'))
    const gate = await parts.gate()
    if (!gate.allowed) return forAll(logins, waiting(gate))
    const client = parts.mattermost(settings)
    if (await mustWaitForWizard(client, settings)) return forAll(logins, waiting(noAccountYet(settings)))
    await prepare(parts, client)
    return await syncAccounts(parts, settings, client, logins, signal)
  } catch (error) {
    const aboutOne = error instanceof TeamchatError && error.code === 'settings.invalid' && logins.length > 1
    return aboutOne ? oneByOne(parts, logins, signal) : forAll(logins, outcomeOf(error))
  }
}

/** Somebody lacks an e-mail address, and DomainName is not set: that must not hold up the others. */
async function oneByOne(
  parts: PeopleParts,
  logins: string[],
  signal: AbortSignal | undefined,
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>()
  for (const login of logins) {
    for (const [name, outcome] of await syncNamed(parts, [login], signal)) outcomes.set(name, outcome)
  }
  return outcomes
}

async function syncAccounts(
  parts: PeopleParts,
  settings: Settings,
  client: MattermostClient,
  logins: string[],
  signal: AbortSignal | undefined,
): Promise<Map<string, Outcome>> {
  const provider = parts.provider(settings)
  const keys = [...new Set(logins.map(loginKey))].filter(key => key !== '')
  const read = await provider.readNamed({ logins: keys, ids: [] }, signal)
  const ready = await planNamed(parts, settings, client, provider, read)
  const { decisions, notYetDone } = ready.plan
  const acts = decisions.some(one => one.kind === 'create' || one.kind === 'join')
  const team = acts ? await ensureTeam(parts, client, ready.team) : ready.team
  const firstBecomesAdministrator = await automaticFirstAdmin(client, settings)
  const results: PersonResult[] = []
  const delivery = automaticDelivery(settings)
  const options = { password: undefined, delivery, firstBecomesAdministrator, signal }
  let ended: unknown
  try {
    await act(parts, client, { provider, team }, decisions, options, async result => {
      results.push(result)
    })
  } catch (error) {
    ended = error
  }
  const mails = ended === undefined ? await mailNewPeople(parts, settings, client) : new Map()
  return new Map(
    logins.map(login => {
      const key = loginKey(login)
      const own = results.filter(one => loginKey(one.decision.account.login) === key)
      const created = own.find(one => one.state === 'created')
      if (ended !== undefined && created?.problem !== undefined) {
        // Done by halves since the run ended early: the next one makes up for the rest.
        const { message, hint } = createdBut(created, created.problem)
        return [login, waiting({ reason: `waits: ${message}`, hint })]
      }
      if (ended !== undefined && created === undefined) {
        return [login, signal?.aborted === true ? waiting(STOPPED) : outcomeOf(ended)]
      }
      const accounts = read.accounts.filter(account => loginKey(account.login) === key)
      return [login, outcomeFor(login, accounts, own, { team, mails, notYetDone })]
    }),
  )
}

/** What outcomes depend on beside the result itself. */
interface Around {
  team: TeamState
  /** By account; only of NewUserPassword=mail. */
  mails: Map<string, MailOutcome>
  notYetDone: LaterChange[]
}

/** Being stopped says nothing of the people: their events stay in the spool. */
const STOPPED = { reason: 'waits: teamchatd was stopped', hint: 'it is dealt with once teamchatd runs again' }

function outcomeFor(login: string, accounts: Account[], results: PersonResult[], around: Around): Outcome {
  if (accounts.length === 0) return notFound(login)
  if (accounts.every(account => account.system)) {
    return done(`'${login}' is a system account: left alone`)
  }
  const outcomes = results.map(result => ofResult(result, around))
  // Several accounts of one login are all refused; any one says why.
  const worst = outcomes.find(outcome => outcome.state !== 'done') ?? outcomes[0]
  return worst ?? { state: 'failed', message: `'${login}' was not looked at`, hint: 'fire the event again' }
}

function notFound(login: string): Outcome {
  const message = `cannot find '${login}' in the directory`
  return {
    state: 'look-again',
    message,
    final: { state: 'failed', message, hint: 'check the name, and BaseDN and UserDN of the sssd record' },
  }
}

function ofResult(result: PersonResult, { team, mails, notYetDone }: Around): Outcome {
  const { account, reason } = result.decision
  const name = `'${account.login}'`
  switch (result.state) {
    case 'created':
      return ofCreated(result, team, mails)
    case 'joined':
      return done(`${name} was put into the team`)
    case 'adopted':
      return done(`${name} exists in Mattermost with the same e-mail address: linked`)
    case 'failed': {
      const message = `cannot bring ${name} into Mattermost: ${result.reason}`
      if (result.serverFault) return waiting({ reason: `waits: ${message}`, hint: result.hint })
      return { state: 'failed', message, hint: result.hint }
    }
    case 'refused': {
      const message = `cannot bring ${name} into Mattermost: ${reason}`
      return {
        state: 'failed',
        message,
        hint: 'nothing was changed; mend it in the directory or in Mattermost',
      }
    }
    case 'skipped': {
      const cause = result.decision.kind === 'skip' ? result.decision.cause : 'linked'
      const later = notYetDone.filter(change => change.accountId === account.id).map(change => change.text)
      return ofSkipped(name, cause, reason, later)
    }
  }
}

type Created = Extract<PersonResult, { state: 'created' }>

function ofCreated(result: Created, team: TeamState, mails: Around['mails']): Outcome {
  const problem = result.problem ?? (team.state === 'failed' ? team.reason : undefined)
  if (problem !== undefined) return { state: 'failed', ...createdBut(result, problem) }
  const { login, id } = result.decision.account
  const created = `created '${login}' (${result.decision.email})`
  if (result.credential.delivery === 'password') {
    return done(`${created}; its password: teamchat users credentials ${login}`)
  }
  const mail = mails.get(id)
  if (mail?.state === 'sent') return done(`${created}; Mattermost has mailed it a link to set a password`)
  const why = mail?.state === 'owed' ? `: ${mail.reason}` : ''
  return done(`${created}; the mail with a link to set a password is owed, and tried again${why}`)
}

function createdBut({ decision }: Created, problem: string): { message: string; hint: string } {
  const { login } = decision.account
  return {
    message: `created '${login}' (${decision.email}), but ${problem}`,
    hint: `its password: teamchat users credentials ${login}`,
  }
}

function ofSkipped(
  name: string,
  cause: 'locked' | 'expired' | 'linked' | 'deactivated',
  reason: string,
  changes: string[],
): Outcome {
  if (cause === 'locked') {
    // On e-smith hosts a new account is locked until its first password: worth a second look.
    const message = `${name} skipped: locked`
    return { state: 'look-again', message, final: { state: 'done', message: 'skipped: locked', hint: '' } }
  }
  if (cause === 'expired') return done(`${name} skipped: expired`)
  const later = changes.length === 0 ? '' : `; not done by this version: ${changes.join('; ')}`
  if (cause === 'deactivated') return done(`${name} left alone: ${reason}${later}`)
  return done(`${name} is ${reason}: nothing to do${later}`)
}
