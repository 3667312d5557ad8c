import cron from 'node-cron'

/** When the nightly full read runs: after midnight's rotations and backups have begun, before people come. */
const NIGHTLY = '17 3 * * *'

/** A password may lie that much longer than it must, and a mail be that much later. */
const UPKEEP_MS = 60_000

export interface ScheduleParts {
  /** Puts a full read into the queue. */
  fullRead: (cause: 'nightly') => void
  /** Puts a look at the spool into the queue. */
  lookAtSpool: () => void
  /** Puts a look at what changes with time alone into the queue. */
  upkeep: () => void
}

/** The clock's part: facts for the queue, nothing else. */
export class Schedule {
  readonly #parts: ScheduleParts
  #nightly: { stop(): unknown; destroy(): unknown } | undefined
  #spool: NodeJS.Timeout | undefined
  #upkeep: NodeJS.Timeout | undefined

  constructor(parts: ScheduleParts) {
    this.#parts = parts
  }

  start(): void {
    this.#nightly = cron.schedule(NIGHTLY, () => this.#parts.fullRead('nightly'))
    // Whoever fires an event tells the daemon at once; this finds what was put there while nobody could be told.
    this.#spool = setInterval(this.#parts.lookAtSpool, 2_000)
    this.#upkeep = setInterval(this.#parts.upkeep, UPKEEP_MS)
  }

  stop(): void {
    clearInterval(this.#spool)
    clearInterval(this.#upkeep)
    this.#nightly?.stop()
    this.#nightly?.destroy()
  }
}
