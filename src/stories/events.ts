import { reasonOf, TeamchatError } from '../errors.js'
import { backoffMs } from '../events/backoff.js'
import { queuedReport, type Spool, UNREADABLE_HINT } from '../events/spool.js'
import type { EventReport, Outcome, TeamchatEvent } from '../events/types.js'
import { type ActionHook, type Hook, type ProgramHook, personOf } from './hooks.js'

/** Somebody who is not there yet, or still locked, is looked at again for so long: accounts come in several steps. */
const LOOK_AGAIN_FOR_MS = 60_000
const LOOK_AGAIN_EVERY_MS = 2_000
/** What waits for something else is tried again at least this often; the operator may be at it just now. */
const WAITING_LIMIT_MS = 60_000

/** The part of the people story that hooks call. */
export interface PeopleActions {
  syncNamed(logins: string[]): Promise<Map<string, Outcome>>
  lockNamed(logins: string[]): Promise<Map<string, Outcome>>
  deactivateNamed(logins: string[]): Promise<Map<string, Outcome>>
  endSessionsNamed(logins: string[]): Promise<Map<string, Outcome>>
}

export interface EventStoryParts {
  spool: Spool
  hooks: () => Promise<Map<string, Hook[]>>
  people: PeopleActions
  /** Has the web server load a certificate that was renewed. */
  loadCertificate: () => Promise<Outcome>
  runProgram: (hook: ProgramHook, event: TeamchatEvent) => Promise<Outcome>
  log: { info(members: object, text: string): void; warn(members: object, text: string): void }
  now?: () => Date
  /** Milliseconds that pass evenly, for pauses: a wall clock that is set back must not hold up an event for a year. */
  elapsed?: () => number
}

interface Progress {
  report: EventReport
  /** What hooks have come to for good, by name: they do not run again while others of the event still wait. */
  settled: Map<string, Outcome>
  lookingSince: number | undefined
  tries: number
  nextAt: number
}

/** An event on its way through its hooks. */
interface Walk {
  event: TeamchatEvent
  left: Hook[]
  outcomes: Outcome[]
}

/** Events from the spool → hooks → what came of them. Events about the same people become one run. */
export class EventStory {
  readonly #parts: EventStoryParts
  readonly #now: () => Date
  readonly #elapsed: () => number
  readonly #progress = new Map<string, Progress>()
  readonly #said = new Set<string>()
  #watchers: { id: string; look: (report: EventReport) => void }[] = []

  constructor(parts: EventStoryParts) {
    this.#parts = parts
    this.#now = parts.now ?? (() => new Date())
    this.#elapsed = parts.elapsed ?? (() => performance.now())
  }

  /** Deals with every event that is due. Gives the milliseconds until the next one is, undefined where none is left. */
  async run(): Promise<number | undefined> {
    const { events, unreadable } = await this.#parts.spool.queued()
    for (const { reason } of unreadable) this.#sayOnce(reason)
    this.#forgetAllBut(events)
    const due = events.filter(event => this.#of(event).nextAt <= this.#elapsed())
    if (due.length > 0) await this.#deal(due)
    return this.#untilNext()
  }

  /** The unfinished events that were looked at, oldest first. */
  reports(): EventReport[] {
    return [...this.#progress.values()].map(progress => progress.report)
  }

  /** Makes every waiting event due at once; something that they may wait for has changed. */
  hurry(): void {
    for (const progress of this.#progress.values()) progress.nextAt = 0
  }

  /**
   * What came of the event: at once where it is finished or waits for the operator, else when it does,
   * and after `waitMs` whatever is known then. undefined: no such event.
   */
  async wait(id: string, waitMs: number): Promise<EventReport | undefined> {
    const settled = (report: EventReport) => report.state !== 'queued' && report.state !== 'look-again'
    const seen: EventReport[] = []
    let wake: () => void = () => undefined
    const look = (report: EventReport) => {
      if (!settled(report)) return
      seen.push(report)
      wake()
    }
    const watcher = { id, look }
    // Watched before it is looked for: it may be finished in between.
    this.#watchers.push(watcher)
    try {
      const known = this.#progress.get(id)?.report ?? (await this.#parts.spool.find(id))
      if (known === undefined || settled(known) || waitMs <= 0) return known
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>(resolve => {
        wake = resolve
        timer = setTimeout(resolve, waitMs)
        if (seen.length > 0) resolve()
      })
      clearTimeout(timer)
      return seen[0] ?? this.#progress.get(id)?.report ?? known
    } finally {
      this.#watchers = this.#watchers.filter(one => one !== watcher)
    }
  }

  /** Each event's hooks in the order of their names, all of them whatever became of the ones before. */
  async #deal(due: TeamchatEvent[]): Promise<void> {
    const hooks = await this.#parts.hooks()
    const walks = due.map(event => ({ event, left: [...(hooks.get(event.name) ?? [])], outcomes: [] }))
    while (walks.some(walk => walk.left.length > 0)) {
      for (const walk of walks) await this.#runPrograms(walk)
      await this.#runActions(walks)
    }
    for (const walk of walks) await this.#record(walk.event, walk.outcomes)
  }

  /** The programs in front of the next declared action. */
  async #runPrograms(walk: Walk): Promise<void> {
    for (;;) {
      const [hook] = walk.left
      if (hook === undefined || hook.kind === 'action') return
      walk.left.shift()
      const outcome =
        this.#of(walk.event).settled.get(hook.name) ??
        (hook.kind === 'refused'
          ? failed(`${hook.name} did not run: ${hook.reason}`, hook.hint)
          : await this.#parts.runProgram(hook, walk.event))
      this.#note(walk, hook, outcome)
    }
  }

  /** The next declared action of each event: each action once, for all the people that the events name. */
  async #runActions(walks: Walk[]): Promise<void> {
    const next: { walk: Walk; hook: ActionHook }[] = []
    for (const walk of walks) {
      const hook = walk.left.shift()
      if (hook?.kind === 'action') next.push({ walk, hook })
    }
    const named = new Map<ActionHook['action'], Set<string>>()
    for (const { walk, hook } of next) {
      if (this.#of(walk.event).settled.has(hook.name)) continue
      const people = named.get(hook.action) ?? new Set()
      named.set(hook.action, people.add(personOf(walk.event.args)))
    }
    const results = new Map<ActionHook['action'], Map<string, Outcome>>()
    for (const [action, people] of named) results.set(action, await this.#act(action, [...people]))
    for (const { walk, hook } of next) {
      const person = personOf(walk.event.args)
      const outcome =
        this.#of(walk.event).settled.get(hook.name) ??
        results.get(hook.action)?.get(person) ??
        failed(`${hook.action} gave no answer for '${person}'`, 'see the log')
      this.#note(walk, hook, outcome)
    }
  }

  #note(walk: Walk, hook: Hook, outcome: Outcome): void {
    walk.outcomes.push(outcome)
    if (outcome.state === 'done' || outcome.state === 'failed') {
      this.#of(walk.event).settled.set(hook.name, outcome)
    }
  }

  async #act(action: ActionHook['action'], people: string[]): Promise<Map<string, Outcome>> {
    try {
      if (action === 'load-certificate') return new Map(people.map(each(await this.#parts.loadCertificate())))
      if (action === 'deactivate-person') return await this.#parts.people.deactivateNamed(people)
      if (action === 'end-sessions') return await this.#parts.people.endSessionsNamed(people)
      if (action === 'lock-person') return await this.#parts.people.lockNamed(people)
      return await this.#parts.people.syncNamed(people)
    } catch (error) {
      // Whatever went wrong is wrong for a while: the event is kept and tried again.
      const hint = error instanceof TeamchatError ? error.hint : 'see the log: journalctl -u teamchatd'
      const reason = reasonOf(error)
      return new Map(
        people.map(person => [person, { state: 'waiting', message: `waits: ${reason}`, reason, hint }]),
      )
    }
  }

  async #record(event: TeamchatEvent, outcomes: Outcome[]): Promise<void> {
    const progress = this.#of(event)
    const verdict = this.#verdict(progress, outcomes, this.#elapsed())
    const before = progress.report
    progress.report = { ...before, ...verdict }
    if (verdict.state === 'done' || verdict.state === 'failed') {
      progress.report.finishedAt = this.#now().toISOString()
      await this.#parts.spool.finish(progress.report)
      this.#progress.delete(event.id)
    }
    if (before.message !== verdict.message) this.#tell(progress.report)
    for (const watcher of this.#watchers) if (watcher.id === event.id) watcher.look(progress.report)
  }

  #verdict(
    progress: Progress,
    outcomes: Outcome[],
    now: number,
  ): Pick<EventReport, 'state' | 'message' | 'hint'> {
    const outcome = worstOf(outcomes)
    if (outcome.state === 'waiting') {
      progress.lookingSince = undefined
      progress.nextAt = now + backoffMs(progress.tries++, WAITING_LIMIT_MS)
      return { state: 'waiting', message: outcome.message, hint: outcome.hint }
    }
    if (outcome.state === 'look-again') {
      progress.lookingSince ??= now
      if (now - progress.lookingSince >= LOOK_AGAIN_FOR_MS) {
        const last = outcomes.map(one => (one.state === 'look-again' ? one.final : one))
        return this.#verdict(progress, last, now)
      }
      progress.nextAt = now + LOOK_AGAIN_EVERY_MS
      return { state: 'look-again', message: outcome.message, hint: '' }
    }
    return {
      state: outcome.state,
      message: outcome.message,
      hint: outcome.state === 'failed' ? outcome.hint : '',
    }
  }

  #of(event: TeamchatEvent): Progress {
    const known = this.#progress.get(event.id)
    if (known !== undefined) return known
    const fresh = {
      report: queuedReport(event),
      settled: new Map(),
      lookingSince: undefined,
      tries: 0,
      nextAt: 0,
    }
    this.#progress.set(event.id, fresh)
    return fresh
  }

  /** Events that somebody took out of the spool by hand are gone for us too. */
  #forgetAllBut(events: TeamchatEvent[]): void {
    const ids = new Set(events.map(event => event.id))
    for (const id of this.#progress.keys()) if (!ids.has(id)) this.#progress.delete(id)
  }

  #untilNext(): number | undefined {
    if (this.#progress.size === 0) return undefined
    const next = Math.min(...[...this.#progress.values()].map(progress => progress.nextAt))
    return Math.max(0, next - this.#elapsed())
  }

  #tell(report: EventReport): void {
    const text = `event ${[report.name, personOf(report.args)].join(' ').trim()}: ${report.message}`
    const members = { event: report.id, ...(report.hint === '' ? {} : { hint: report.hint }) }
    if (report.state === 'done') this.#parts.log.info(members, text)
    else this.#parts.log.warn(members, text)
  }

  #sayOnce(line: string): void {
    if (this.#said.has(line)) return
    this.#said.add(line)
    this.#parts.log.warn({ hint: UNREADABLE_HINT }, line)
  }
}

/** One outcome for each of the people that events name. */
function each(outcome: Outcome): (person: string) => [string, Outcome] {
  return person => [person, outcome]
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

function failed(message: string, hint: string): Outcome {
  return { state: 'failed', message, hint }
}
