/** The rate is that of the last so many milliseconds: people who are skipped take no time, and come in between. */
const WINDOW_MS = 15_000
const REDRAW_MS = 100
/** Without a terminal: rarely enough for a log, often enough to show that it goes on. */
const LINE_EVERY_MS = 10_000
const BAR_WIDTH = 24

export interface ProgressOptions {
  stream: NodeJS.WritableStream & { isTTY?: boolean }
  /** What is counted: people. */
  what: string
  /** Milliseconds that pass evenly. */
  elapsed?: () => number
}

/**
 * How far a long run is, with rate and time left: one line on a terminal that is drawn over again, plain lines
 * elsewhere. `clear` before anything else is written to the terminal.
 */
export class Progress {
  readonly #stream: ProgressOptions['stream']
  readonly #what: string
  readonly #elapsed: () => number
  readonly #samples: { at: number; finished: number }[] = []
  #drawnAt = Number.NEGATIVE_INFINITY
  #shown = false

  constructor({ stream, what, elapsed = () => performance.now() }: ProgressOptions) {
    this.#stream = stream
    this.#what = what
    this.#elapsed = elapsed
    this.#samples.push({ at: elapsed(), finished: 0 })
    if (stream.isTTY !== true) this.#drawnAt = elapsed()
  }

  show(finished: number, total: number): void {
    const now = this.#elapsed()
    this.#samples.push({ at: now, finished })
    while (this.#samples.length > 2 && now - (this.#samples[1]?.at ?? now) > WINDOW_MS) this.#samples.shift()
    const isLast = finished >= total
    if (total === 0 || now - this.#drawnAt < (this.#isTerminal ? REDRAW_MS : LINE_EVERY_MS)) {
      if (!(isLast && this.#shown && this.#isTerminal)) return
    }
    this.#drawnAt = now
    const text = progressText({ finished, total, perSecond: this.#rate(), what: this.#what })
    if (!this.#isTerminal) {
      this.#stream.write(`${text}\n`)
      return
    }
    const filled = Math.floor((BAR_WIDTH * finished) / total)
    const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}]`
    this.#stream.write(`\r\u001b[K${bar} ${text}`)
    this.#shown = true
  }

  clear(): void {
    if (this.#shown) this.#stream.write('\r\u001b[K')
    this.#shown = false
    // The line comes back with the next step.
    if (this.#isTerminal) this.#drawnAt = Number.NEGATIVE_INFINITY
  }

  get #isTerminal(): boolean {
    return this.#stream.isTTY === true
  }

  #rate(): number {
    const [first] = this.#samples
    const last = this.#samples.at(-1)
    if (first === undefined || last === undefined || last.at === first.at) return 0
    return ((last.finished - first.finished) * 1000) / (last.at - first.at)
  }
}

/** `45 of 300 people, 15 %, 12.3 a second, 21 s left`; without a rate there is no forecast. */
export function progressText(progress: {
  finished: number
  total: number
  perSecond: number
  what: string
}): string {
  const { finished, total, perSecond, what } = progress
  const parts = [`${finished} of ${total} ${what}`, `${Math.floor((100 * finished) / total)} %`]
  if (perSecond > 0 && finished < total) {
    const rate = perSecond < 10 ? perSecond.toFixed(1) : String(Math.round(perSecond))
    parts.push(`${rate} a second`, `${durationText((total - finished) / perSecond)} left`)
  }
  return parts.join(', ')
}

function durationText(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 100) return `${whole} s`
  const minutes = Math.round(whole / 60)
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
