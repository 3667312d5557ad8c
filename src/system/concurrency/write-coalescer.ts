import { CancellableDelay } from './delay.js'

/** What it may add to the time of one person, beside others who wait for the server anyway. */
const GATHER_MS = 50

/** Lets writes share one: all that come while one is under way go together into the next one. */
export class WriteCoalescer<T> {
  readonly #write: (items: T[]) => Promise<void>
  readonly #moment = new CancellableDelay()
  #items: T[] = []
  #next: Promise<void> | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(write: (items: T[]) => Promise<void>) {
    this.#write = write
  }

  /**
   * Resolves once `item` is written, and throws what its write threw. Whoever is patient lets others come for a moment,
   * until somebody does who is not.
   */
  add(item: T, patient: boolean): Promise<void> {
    this.#items.push(item)
    if (!patient) this.#moment.end()
    this.#next ??= this.#share(patient)
    return this.#next
  }

  /** Whether something waits for a write that has not begun. */
  get isWaiting(): boolean {
    return this.#items.length > 0
  }

  /** Does something after the writes that were asked for, and before later ones. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#turn.then(work)
    this.#turn = run.catch(() => undefined) // whoever asked is told
    return run
  }

  #share(patient: boolean): Promise<void> {
    const others = patient ? this.#moment.wait(GATHER_MS) : undefined
    return this.inTurn(async () => {
      await others
      this.#next = undefined
      await this.#write(this.#items.splice(0))
    })
  }
}
