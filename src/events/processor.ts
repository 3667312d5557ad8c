import type { EventReport } from '../api/contract/service.js'
import { type Hook, personOf } from './hooks.js'
import { aggregateOutcomes, type HookDoers, runHooks, type Tries } from './run-hooks.js'
import { queuedReport, type Spool, UNREADABLE_HINT } from './spool.js'
import type { Outcome, TeamchatEvent } from './types.js'

export type { PeopleActions } from './run-hooks.js'

export interface EventProcessorParts extends HookDoers {
  spool: Spool
  hooks: () => Promise<Map<string, Hook[]>>
  log: { info(members: object, text: string): void; warn(members: object, text: string): void }
  now?: () => Date
  /** Milliseconds that pass evenly, for pauses: a wall clock that is set back must not hold up an event for a year. */
  elapsed?: () => number
}

interface Progress extends Tries {
  report: EventReport
  /** What hooks have come to for good, by name. */
  settled: Map<string, Outcome>
}

/** Events from the spool → hooks → what came of them. Events about the same people become one run. */
export class EventProcessor {
  readonly #parts: EventProcessorParts
  readonly #now: () => Date
  readonly #elapsed: () => number
  readonly #progress = new Map<string, Progress>()
  readonly #said = new Set<string>()
  #watchers: { id: string; look: (report: EventReport) => void }[] = []

  constructor(parts: EventProcessorParts) {
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
  wake(): void {
    for (const progress of this.#progress.values()) progress.nextAt = 0
  }

  /**
   * The outcome of the event: at once where it is finished or waits for the operator, else when it does,
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

  async #deal(due: TeamchatEvent[]): Promise<void> {
    const hooks = await this.#parts.hooks()
    const walks = due.map(event => ({
      event,
      left: [...(hooks.get(event.name) ?? [])],
      settled: this.#of(event).settled,
      outcomes: [],
    }))
    await runHooks(walks, this.#parts)
    for (const walk of walks) await this.#record(walk.event, walk.outcomes)
  }

  async #record(event: TeamchatEvent, outcomes: Outcome[]): Promise<void> {
    const progress = this.#of(event)
    const verdict = aggregateOutcomes(outcomes, progress, this.#elapsed())
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
