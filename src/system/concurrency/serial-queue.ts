import { TeamchatError } from '../../errors.js'

interface Job {
  name: string
  run: () => Promise<void>
  refuse: (error: unknown) => void
}

/**
 * A queue whose jobs run one after the other, in the order in which they came. The app has two, one for the settings and
 * one for people, which run beside each other. A job that fails rejects its own promise and stops nobody.
 */
export class SerialQueue {
  readonly #waiting: Job[] = []
  #running: string | undefined
  #stopped = false
  #idle: (() => void)[] = []

  /** Runs `work` when all earlier jobs are through, and gives its result. Rejects once the loop is stopped. */
  run<T>(name: string, work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#stopped) {
        reject(stoppedError(name))
        return
      }
      this.#waiting.push({ name, run: () => work().then(resolve, reject), refuse: reject })
      this.#next()
    })
  }

  /** Like `run`, but nothing happens where a job of this name waits already: it will see the same truth. */
  enqueueUnique(name: string, work: () => Promise<void>, failed: (error: unknown) => void): void {
    if (this.#stopped || this.#waiting.some(job => job.name === name)) return
    this.run(name, work).catch(failed)
  }

  /** The name of the job that runs now. */
  get running(): string | undefined {
    return this.#running
  }

  /** Takes no more jobs, refuses those that wait, and resolves when the running one has ended. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const job of this.#waiting.splice(0)) job.refuse(stoppedError(job.name))
    if (this.#running !== undefined) await new Promise<void>(resolve => this.#idle.push(resolve))
  }

  #next(): void {
    if (this.#running !== undefined) return
    const job = this.#waiting.shift()
    if (job === undefined) {
      for (const resolve of this.#idle.splice(0)) resolve()
      return
    }
    this.#running = job.name
    // run() settles the caller's promise itself and never rejects.
    job.run().finally(() => {
      this.#running = undefined
      this.#next()
    })
  }
}

function stoppedError(name: string): TeamchatError {
  return new TeamchatError('failed', `cannot run ${name}: teamchatd is stopping`, {
    hint: 'try again when it is up',
  })
}
