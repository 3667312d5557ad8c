import type { Account } from '../../directory/account.js'
import type { Outcome } from '../../events/types.js'
import { mailNewPeople } from '../credentials/delivery.js'
import type { MailOutcome } from '../credentials/pending-mails.js'
import { notFound, ofCreatedBut, ofLock, outcomeOfResult } from '../outcomes.js'
import {
  done,
  forAll,
  mustWaitForWizard,
  noAccountYet,
  outcomeOf,
  type PeopleParts,
  type PeopleRun,
  waiting,
} from '../parts.js'
import { loginKey } from '../plan/names.js'
import { needsTeam } from '../plan/seats.js'
import { planNamed } from '../read.js'
import type { PersonResult } from '../report.js'
import { act, automaticOptions, ensureTeam } from './act.js'
import { keepSeen } from './everybody.js'
import { prepare } from './prepare.js'
import type { TeamState } from './team.js'

/** Which event it is about: `lock` expects to see people locked, and looks again until they are. */
export type NamedCause = 'change' | 'lock'

/**
 * Brings Mattermost in line with exactly the named people: what `user-create` and its like ask for. Whoever is locked
 * is deactivated; nobody is since nothing was found. The result has an outcome for each name as it was given.
 */
export async function syncNamed(
  parts: PeopleParts,
  logins: string[],
  cause: NamedCause,
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
    return await syncAccounts({ parts, settings, client }, logins, cause, signal)
  } catch (error) {
    return forAll(logins, outcomeOf(error))
  }
}

async function syncAccounts(
  run: PeopleRun,
  logins: string[],
  cause: NamedCause,
  signal: AbortSignal | undefined,
): Promise<Map<string, Outcome>> {
  const { parts, settings, client } = run
  const provider = parts.provider(settings)
  const keys = [...new Set(logins.map(loginKey))].filter(key => key !== '')
  const read = await provider.readNamed({ logins: keys, ids: [] }, signal)
  const ready = await planNamed(run, provider, read)
  await keepSeen(parts, ready)
  const team = ready.plan.decisions.some(needsTeam) ? await ensureTeam(parts, client, ready.team) : ready.team
  const options = await automaticOptions(run, signal)
  const results: PersonResult[] = []
  let ended: unknown
  try {
    await act(run, { provider, team }, ready.plan, {
      ...options,
      onResult: async result => {
        results.push(result)
      },
    })
  } catch (error) {
    ended = error
  }
  const mails = ended === undefined ? await mailNewPeople(parts, settings, client) : new Map()
  const isLinked = ({ decision }: PersonResult) => parts.links.ofAccount(decision.accountId) !== undefined
  return new Map(
    logins.map(login => {
      const key = loginKey(login)
      const own = results.filter(one => loginKey(one.decision.login) === key)
      const created = own.find(one => one.state === 'created')
      if (ended !== undefined && created?.problem !== undefined) {
        // Done by halves since the run ended early: the next one makes up for the rest.
        const { message, hint } = ofCreatedBut(created, created.problem)
        return [login, waiting({ reason: `waits: ${message}`, hint })]
      }
      if (ended !== undefined && created === undefined) {
        return [login, signal?.aborted === true ? waiting(STOPPED) : outcomeOf(ended)]
      }
      const accounts = read.accounts.filter(account => loginKey(account.login) === key)
      const outcome = outcomeFor(login, accounts, own, { team, mails, isLinked })
      return [login, cause === 'lock' && accounts.length > 0 ? ofLock(accounts, outcome) : outcome]
    }),
  )
}

/** What outcomes depend on beside the result itself. */
interface Around {
  team: TeamState
  /** By account; only of NewUserPassword=mail. */
  mails: Map<string, MailOutcome>
  isLinked: (result: PersonResult) => boolean
}

/** Being stopped says nothing of the people: their events stay in the spool. */
const STOPPED = { reason: 'waits: teamchatd was stopped', hint: 'it is dealt with once teamchatd runs again' }

function outcomeFor(login: string, accounts: Account[], results: PersonResult[], around: Around): Outcome {
  if (accounts.length === 0) return notFound(login)
  if (accounts.every(account => account.system)) {
    return done(`'${login}' is a system account: left alone`)
  }
  const { team, mails, isLinked } = around
  const outcomes = results.map(result => outcomeOfResult(result, { team, mails, isLinked: isLinked(result) }))
  // Several accounts of one login are all refused; any one says why.
  const worst = outcomes.find(outcome => outcome.state !== 'done') ?? outcomes[0]
  return worst ?? { state: 'failed', message: `'${login}' was not looked at`, hint: 'fire the event again' }
}
