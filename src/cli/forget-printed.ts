import { CancellableDelay } from '../system/concurrency/delay.js'

/** A request to the daemon and a write to its disk for each person would slow the import down. */
const GATHER_MS = 250

/**
 * Has passwords forgotten soon after they are printed. One request is under way at a time, and passwords printed meanwhile
 * share the next one: nobody waits for the disk before the next line.
 */
export class ForgetPrinted {
  readonly #forget: (ids: string[]) => Promise<unknown>
  readonly #moment = new CancellableDelay()
  #next: string[] = []
  #ended = false
  #running: Promise<void> | undefined

  constructor(forget: (ids: string[]) => Promise<unknown>) {
    this.#forget = forget
  }

  add(id: string): void {
    this.#next.push(id)
    this.#running ??= this.#run()
  }

  /** Nothing waits any longer; resolves when no request is under way any more. Never rejects. */
  async end(): Promise<void> {
    this.#ended = true
    this.#moment.end()
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#next.length > 0) {
      if (!this.#ended) await this.#moment.wait(GATHER_MS)
      const ids = this.#next
      this.#next = []
      try {
        await this.#forget(ids)
      } catch {
        // The run itself reports that the daemon is gone; `users credentials` shows a password that stays.
        break
      }
    }
    this.#running = undefined
  }
}
