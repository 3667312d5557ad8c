import type { EventReport } from '../api/contract/service.js'
import { reasonOf, TeamchatError } from '../errors.js'
import { backoffMs } from '../system/concurrency/backoff.js'
import { type ActionHook, type Hook, type ProgramHook, personOf } from './hooks.js'
import type { Outcome, TeamchatEvent } from './types.js'

/** The part of the people service that hooks call. */
export interface PeopleActions {
  syncNamed(logins: string[]): Promise<Map<string, Outcome>>
  lockNamed(logins: string[]): Promise<Map<string, Outcome>>
  deactivateNamed(logins: string[]): Promise<Map<string, Outcome>>
  endSessionsNamed(logins: string[]): Promise<Map<string, Outcome>>
}

/** What hooks do. */
export interface HookDoers {
  people: PeopleActions
  /** Has the web server load a certificate that was renewed. */
  loadCertificate: () => Promise<Outcome>
  runProgram: (hook: ProgramHook, event: TeamchatEvent) => Promise<Outcome>
}

/** An event on its way through its hooks. */
export interface Walk {
  event: TeamchatEvent
  left: Hook[]
  /** What hooks have come to for good, by name: they do not run again while others of the event still wait. */
  settled: Map<string, Outcome>
  outcomes: Outcome[]
}

/** Each event's hooks in the order of their names, all of them whatever became of the ones before. */
export async function runHooks(walks: Walk[], doers: HookDoers): Promise<void> {
  while (walks.some(walk => walk.left.length > 0)) {
    for (const walk of walks) await runPrograms(walk, doers)
    await runActions(walks, doers)
  }
}

/** The programs in front of the next declared action. */
async function runPrograms(walk: Walk, doers: HookDoers): Promise<void> {
  for (;;) {
    const [hook] = walk.left
    if (hook === undefined || hook.kind === 'action') return
    walk.left.shift()
    const outcome =
      walk.settled.get(hook.name) ??
      (hook.kind === 'refused'
        ? failed(`${hook.name} did not run: ${hook.reason}`, hook.hint)
        : await doers.runProgram(hook, walk.event))
    note(walk, hook, outcome)
  }
}

/** The next declared action of each event: each action once, for all the people that the events name. */
async function runActions(walks: Walk[], doers: HookDoers): Promise<void> {
  const next: { walk: Walk; hook: ActionHook }[] = []
  for (const walk of walks) {
    const hook = walk.left.shift()
    if (hook?.kind === 'action') next.push({ walk, hook })
  }
  const named = new Map<ActionHook['action'], Set<string>>()
  for (const { walk, hook } of next) {
    if (walk.settled.has(hook.name)) continue
    const people = named.get(hook.action) ?? new Set()
    named.set(hook.action, people.add(personOf(walk.event.args)))
  }
  const results = new Map<ActionHook['action'], Map<string, Outcome>>()
  for (const [action, people] of named) results.set(action, await act(action, [...people], doers))
  for (const { walk, hook } of next) {
    const person = personOf(walk.event.args)
    const outcome =
      walk.settled.get(hook.name) ??
      results.get(hook.action)?.get(person) ??
      failed(`${hook.action} gave no answer for '${person}'`, 'see the log')
    note(walk, hook, outcome)
  }
}

function note(walk: Walk, hook: Hook, outcome: Outcome): void {
  walk.outcomes.push(outcome)
  if (outcome.state === 'done' || outcome.state === 'failed') walk.settled.set(hook.name, outcome)
}

async function act(
  action: ActionHook['action'],
  names: string[],
  { people, loadCertificate }: HookDoers,
): Promise<Map<string, Outcome>> {
  try {
    if (action === 'load-certificate') return new Map(names.map(each(await loadCertificate())))
    if (action === 'deactivate-person') return await people.deactivateNamed(names)
    if (action === 'end-sessions') return await people.endSessionsNamed(names)
    if (action === 'lock-person') return await people.lockNamed(names)
    return await people.syncNamed(names)
  } catch (error) {
    // Whatever went wrong is wrong for a while: the event is kept and tried again.
    const hint = error instanceof TeamchatError ? error.hint : 'see the log: journalctl -u teamchatd'
    const reason = reasonOf(error)
    return new Map(names.map(each({ state: 'waiting', message: `waits: ${reason}`, reason, hint })))
  }
}

/** One outcome for each of the people that events name. */
function each(outcome: Outcome): (person: string) => [string, Outcome] {
  return person => [person, outcome]
}

/** Somebody who is not there yet, or still locked, is looked at again for so long: accounts come in several steps. */
const LOOK_AGAIN_FOR_MS = 60_000
const LOOK_AGAIN_EVERY_MS = 2_000
/** What waits for something else is tried again at least this often; the operator may be at it just now. */
const WAITING_LIMIT_MS = 60_000

/** How often an event was tried, and when it is due again; milliseconds that pass evenly. */
export interface Tries {
  lookingSince: number | undefined
  tries: number
  nextAt: number
}

/** What an event comes to by what its hooks came to; `tries` then says when it is looked at again. */
export function aggregateOutcomes(
  outcomes: Outcome[],
  tries: Tries,
  now: number,
): Pick<EventReport, 'state' | 'message' | 'hint'> {
  const outcome = worstOf(outcomes)
  if (outcome.state === 'waiting') {
    tries.lookingSince = undefined
    tries.nextAt = now + backoffMs(tries.tries++, WAITING_LIMIT_MS)
    return { state: 'waiting', message: outcome.message, hint: outcome.hint }
  }
  if (outcome.state === 'look-again') {
    tries.lookingSince ??= now
    if (now - tries.lookingSince >= LOOK_AGAIN_FOR_MS) {
      const last = outcomes.map(one => (one.state === 'look-again' ? one.final : one))
      return aggregateOutcomes(last, tries, now)
    }
    tries.nextAt = now + LOOK_AGAIN_EVERY_MS
    return { state: 'look-again', message: outcome.message, hint: '' }
  }
  return {
    state: outcome.state,
    message: outcome.message,
    hint: outcome.state === 'failed' ? outcome.hint : '',
  }
}

export function failed(message: string, hint: string): Outcome {
  return { state: 'failed', message, hint }
}

const ORDER: Outcome['state'][] = ['waiting', 'look-again', 'failed', 'done']

/** What several hooks of one event came to: the first kind of `ORDER` that occurs, with all messages. */
function worstOf(outcomes: Outcome[]): Outcome {
  const worst = ORDER.map(state => outcomes.find(outcome => outcome.state === state)).find(Boolean)
  if (worst === undefined)
    return failed('no hook handles this event any more', 'put the file of the package back')
  const told = outcomes.map(outcome => outcome.message).filter(message => message !== '')
  const message = told.join('; ')
  return { ...worst, message }
}
