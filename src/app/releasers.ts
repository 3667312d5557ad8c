import { reasonOf } from '../errors.js'

type Release = () => unknown

/**
 * Everything that was opened, closed in reverse order. A start adds each part as soon as it is open, so that one that
 * fails half-way closes what it had opened, and a stop closes everything (as graphile/worker's runner does).
 */
export class Releasers {
  readonly #opened: { name: string; release: Release }[] = []
  readonly #failed: (message: string) => void

  /** `failed` is told of each part that could not be closed; the others are closed all the same. */
  constructor(failed: (message: string) => void) {
    this.#failed = failed
  }

  /** Adds a part that is open now. */
  add(name: string, release: Release): void {
    this.#opened.push({ name, release })
  }

  /** Closes every part, the last one first, and waits for each. Never throws; a second call does nothing. */
  async releaseAll(): Promise<void> {
    for (let part = this.#opened.pop(); part !== undefined; part = this.#opened.pop()) {
      try {
        await part.release()
      } catch (error) {
        this.#failed(`cannot close ${part.name}: ${reasonOf(error)}`)
      }
    }
  }
}
