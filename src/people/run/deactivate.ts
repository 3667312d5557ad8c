import type { NamedRead } from '../../directory/account.js'
import type { Outcome } from '../../events/types.js'
import type { MattermostClient } from '../../mattermost/client.js'
import { outcomeOfResult } from '../outcomes.js'
import { done, outcomeOf, type PeopleParts, type PeopleRun, waiting } from '../parts.js'
import { loginKey } from '../plan/names.js'
import { planNamed } from '../read.js'
import type { Link } from '../types.js'
import { act, rulesOf } from './act.js'
import { prepare } from './prepare.js'

/**
 * What `user-delete` asks for: deactivates the linked users of the named logins, which ends their sessions, where one
 * successful read shows that the account is gone and that others are there. Unlinked users, bots and the last
 * administrator are left alone.
 */
export async function deactivateNamed(
  parts: PeopleParts,
  logins: string[],
  signal?: AbortSignal,
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>()
  for (const login of logins) outcomes.set(login, await deactivateOne(parts, login, signal))
  return outcomes
}

async function deactivateOne(
  parts: PeopleParts,
  login: string,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  try {
    const settings = await parts.settings()
    if (settings.mattermost.userSync === 'off') return done('UserSync is off: nobody is changed')
    const gate = await parts.gate()
    if (!gate.allowed) return waiting(gate)
    const client = parts.mattermost(settings)
    await prepare(parts, client)
    const links = parts.links.ofLogin(login)
    if (links.length === 0) {
      return done(`'${login}' left alone: not linked to a Mattermost user`)
    }
    return await deactivateLinks({ parts, settings, client }, login, links, signal)
  } catch (error) {
    return outcomeOf(error)
  }
}

async function deactivateLinks(
  run: PeopleRun,
  login: string,
  links: Link[],
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const ids = links.map(link => link.accountId)
  const read = await run.parts.provider(run.settings).readNamed({ logins: [loginKey(login)], ids }, signal)
  const present = new Set(read.accounts.map(account => account.id))
  const gone = links.filter(link => !present.has(link.accountId))
  if (gone.length === 0 || isNamesake(login, links, read)) return stillThere(login, read)
  if (!read.othersSeen) {
    return waiting({
      reason: `waits: the directory shows nobody beside '${login}', which cannot be believed`,
      hint: 'check BaseDN, UserDN and that the bind account may read',
    })
  }
  return deactivateGone(run, read, gone, signal)
}

/** Carries out what the plan says of them: brakes, holds and the last administrator count here as well. */
async function deactivateGone(
  run: PeopleRun,
  read: NamedRead,
  gone: Link[],
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const { parts, settings, client } = run
  const provider = parts.provider(settings)
  const deleted = new Set(gone.map(link => link.accountId))
  const ready = await planNamed(run, provider, { ...read, accounts: [] }, deleted)
  const options = {
    password: undefined,
    delivery: 'password' as const,
    firstBecomesAdministrator: false,
    counted: true,
    rules: rulesOf(settings),
    signal,
  }
  const outcomes: Outcome[] = []
  await act(run, ready, ready.plan, {
    ...options,
    onResult: async result => {
      outcomes.push(outcomeOfResult(result, { team: ready.team, mails: new Map(), isLinked: true }))
    },
  })
  const decided = new Set(ready.plan.decisions.map(decision => decision.accountId))
  for (const link of gone) {
    if (!decided.has(link.accountId)) outcomes.push(done(await whyNothing(client, link)))
  }
  const worst = outcomes.find(outcome => outcome.state !== 'done')
  return worst ?? done(outcomes.map(outcome => outcome.message).join('; '))
}

async function whyNothing(client: MattermostClient, link: Link): Promise<string> {
  const user = await client.userById(link.userId)
  if (user === undefined) return `'${link.login}': its Mattermost user is gone already`
  if (user.is_bot === true) return `'${user.username}' left alone: a bot`
  return `'${user.username}' is deactivated already`
}

/**
 * An account that holds the login, and is none of the linked ones: recreated or loaded anew with other ids. That is
 * no proof that the person left.
 */
function isNamesake(login: string, links: Link[], read: NamedRead): boolean {
  const linked = new Set(links.map(link => link.accountId))
  return read.accounts.some(account => loginKey(account.login) === loginKey(login) && !linked.has(account.id))
}

function stillThere(login: string, read: NamedRead): Outcome {
  const names = read.accounts.map(account => account.login).filter(name => loginKey(name) !== loginKey(login))
  const as = names.length === 0 ? '' : ` as '${names.join("', '")}'`
  const message = `'${login}' is still in the directory${as}`
  return {
    state: 'look-again',
    message,
    final: {
      state: 'failed',
      message,
      hint: 'nobody was deactivated; remove the account from the directory and fire user-delete again',
    },
  }
}
