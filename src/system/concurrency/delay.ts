/** A short wait for others who come soon, which whoever does not want to wait cuts short. */
export class CancellableDelay {
  #end: () => void = () => undefined

  /** Resolves after so many milliseconds, or at `end`. One at a time. */
  wait(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms)
      this.#end = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Where nobody waits nothing happens. */
  end(): void {
    this.#end()
  }
}
