/** Tells results in the order of their numbers, each as soon as all before it are known. */
export class OrderedOutput<T> {
  readonly #tell: (result: T) => Promise<void>
  readonly #known = new Map<number, T>()
  #next = 0
  #chain: Promise<void> = Promise.resolve()
  #error: unknown

  constructor(tell: (result: T) => Promise<void>) {
    this.#tell = tell
  }

  /** True once `tell` failed: nobody listens any more. */
  get broken(): boolean {
    return this.#error !== undefined
  }

  set(number: number, result: T): void {
    this.#known.set(number, result)
    for (;;) {
      const next = this.#known.get(this.#next)
      if (next === undefined) return
      this.#known.delete(this.#next)
      this.#next += 1
      this.#append(next)
    }
  }

  /** Tells what is left, over the gaps of what never came. Throws what `tell` threw first. */
  async finish(): Promise<void> {
    for (const number of [...this.#known.keys()].sort((a, b) => a - b)) {
      const result = this.#known.get(number)
      this.#known.delete(number)
      if (result !== undefined) this.#append(result)
    }
    await this.#chain
    if (this.#error !== undefined) throw this.#error
  }

  #append(result: T): void {
    this.#chain = this.#chain.then(async () => {
      if (this.broken) return
      try {
        await this.#tell(result)
      } catch (error) {
        this.#error = error ?? new Error('the listener failed')
      }
    })
  }
}
