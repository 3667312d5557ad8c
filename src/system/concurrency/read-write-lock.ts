/**
 * Lets many pass at a time, or one alone. Who wants to be alone goes first: nobody new passes until that one is
 * through, so that a restart of Mattermost finds no request half-way, and no import of hours holds it up.
 */
export class ReadWriteLock {
  #passing = 0
  /** Those who want to be alone, or are. */
  #alone = 0
  #turn: Promise<unknown> = Promise.resolve()
  #changed: (() => void)[] = []

  /** Runs `work` beside others of its kind, once nobody is alone or waits to be. */
  async read<T>(work: () => Promise<T>): Promise<T> {
    while (this.#alone > 0) await this.#change()
    this.#passing += 1
    try {
      return await work()
    } finally {
      this.#passing -= 1
      this.#tell()
    }
  }

  /** Runs `work` when all who pass are through, one after the other. */
  write<T>(work: () => Promise<T>): Promise<T> {
    this.#alone += 1
    const mine = this.#turn.then(async () => {
      try {
        while (this.#passing > 0) await this.#change()
        return await work()
      } finally {
        this.#alone -= 1
        this.#tell()
      }
    })
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  #change(): Promise<void> {
    return new Promise(resolve => this.#changed.push(resolve))
  }

  #tell(): void {
    for (const resolve of this.#changed.splice(0)) resolve()
  }
}
