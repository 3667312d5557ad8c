/**
 * Has passwords forgotten once they are printed. One request is under way at a time, and what is printed meanwhile
 * shares the next one: nobody waits for the disk before the next line.
 */
export class ForgetPrinted {
  readonly #forget: (ids: string[]) => Promise<void>
  #next: string[] = []
  #running: Promise<void> | undefined

  constructor(forget: (ids: string[]) => Promise<void>) {
    this.#forget = forget
  }

  add(id: string): void {
    this.#next.push(id)
    this.#running ??= this.#run()
  }

  /** Resolves when no request is under way any more; never rejects. */
  async end(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // What was added in the same turn goes together.
    await Promise.resolve()
    while (this.#next.length > 0) {
      const ids = this.#next
      this.#next = []
      try {
        await this.#forget(ids)
      } catch {
        // A daemon that has gone is told by the run itself; a password that stays is shown by `users credentials`.
        break
      }
    }
    this.#running = undefined
  }
}
