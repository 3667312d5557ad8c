import type { Settings } from '../configdb/settings.js'
import type { CounterConnection } from '../directory/account.js'
import type { AccountProvider } from '../directory/account-provider.js'
import type { ChangeMark, CounterReading } from '../directory/change-mark.js'
import { asTeamchatError } from '../errors.js'
import type { Followed } from '../people/follow/followed.js'
import { type FollowStep, followStep } from '../people/follow/step.js'
import { backoffMs } from '../system/concurrency/backoff.js'
import { type FileWatch, watchFile } from '../system/watch.js'
import type { App } from './app.js'

/** A directory that is down is not asked more often than that. */
const LONGEST_WAIT_MS = 60_000

/** Between two looks while the settings cannot be read, or nobody is followed. */
const IDLE_MS = 5_000

export interface FollowCounterParts {
  settings: () => Promise<Settings>
  provider: (settings: Settings) => AccountProvider
  followed: Pick<Followed, 'running' | 'viewOf' | 'markOf' | 'said' | 'asked'>
  /** Puts a fact into the queue: the directory has moved, or its time has come. */
  found: (step: Exclude<FollowStep, 'nothing'>) => void
  now?: () => number
  /** Ends a look that is under way. */
  signal: AbortSignal
}

/**
 * Asks the directory's change counter every PollInterval seconds, with UserSync=full alone, and knows when everybody must
 * be read without being asked. It changes nobody, and acts on nothing: it puts facts into the queue.
 */
export class FollowCounter {
  readonly #parts: FollowCounterParts
  readonly #now: () => number
  #line: CounterConnection | undefined
  /** Whose line it is. */
  #lineOf = ''
  #failures = 0
  #notBefore = 0
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(parts: FollowCounterParts) {
    this.#parts = parts
    this.#now = parts.now ?? Date.now
  }

  /** Looks from now on. */
  start(): void {
    this.#looking = this.look().then(waitMs => {
      if (!this.#stopped) this.#timer = setTimeout(() => this.start(), waitMs)
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#looking
    await this.#hangUp()
  }

  /** One look; gives the milliseconds until the next one. Never rejects. */
  async look(): Promise<number> {
    try {
      const settings = await this.#parts.settings()
      const { userSync, pollInterval } = settings.mattermost
      if (userSync !== 'full') {
        await this.#hangUp()
        return IDLE_MS
      }
      await this.#lookAt(this.#parts.provider(settings), settings)
      return pollInterval * 1000
    } catch {
      // Settings that cannot be used are told by the run that follows every change of them.
      await this.#hangUp()
      return IDLE_MS
    }
  }

  async #lookAt(provider: AccountProvider, { mattermost }: Settings): Promise<void> {
    const { followed } = this.#parts
    const { identity } = provider
    const mark = followed.markOf(identity)
    const reading = mark === undefined ? undefined : await this.#ask(provider, mark)
    // A run that is under way sees what has moved; if not all of it, the next look does.
    if (followed.running) return
    const said = followed.said(identity, reading)
    const step = followStep(followed.viewOf(identity), said, mattermost, this.#now())
    if (step !== 'nothing') this.#parts.found(step)
  }

  /** undefined: it cannot be asked, which `status` tells. Nobody is changed by that. */
  async #ask(provider: AccountProvider, mark: ChangeMark): Promise<CounterReading | undefined> {
    const wait = this.#notBefore - this.#now()
    // Longer than any pause: the clock was set back.
    if (wait > 0 && wait <= LONGEST_WAIT_MS) return undefined
    try {
      const reading = await this.#read(provider, mark)
      this.#failures = 0
      this.#parts.followed.asked(undefined)
      return reading
    } catch (error) {
      await this.#hangUp()
      const { message, hint } = asTeamchatError(error, 'directory.unreachable', 'ask for changes')
      this.#notBefore = this.#now() + backoffMs(this.#failures++, LONGEST_WAIT_MS)
      this.#parts.followed.asked({ at: new Date(this.#now()).toISOString(), message, hint })
      return undefined
    }
  }

  async #read(provider: AccountProvider, mark: ChangeMark): Promise<CounterReading> {
    const wanted = JSON.stringify(provider.identity)
    const elsewhere = mark.kind === 'usn' && this.#line !== undefined && this.#line.url !== mark.url
    if (this.#lineOf !== wanted || elsewhere || this.#line?.usable === false) await this.#hangUp()
    this.#lineOf = wanted
    const kept = this.#line
    if (kept !== undefined) {
      // Servers end idle connections, and restart: that is no trouble if a new one works.
      const reading = await kept.read().catch(() => undefined)
      if (reading !== undefined) return reading
      await this.#hangUp()
    }
    this.#line = await provider.changes?.openCounter(mark, this.#parts.signal)
    return this.#line === undefined ? { kind: 'none', reason: 'no counter' } : this.#line.read()
  }

  async #hangUp(): Promise<void> {
    const line = this.#line
    this.#line = undefined
    await line?.close()
  }
}

/** An export is written in one go, but by programs that we do not know: a longer quiet time than the DB's. */
const QUIET_MS = 200
const MAX_WAIT_MS = 2_000

/** Watches the LDIF file where the provider is one; `follow` looks whether the settings name another by now. */
export function followFile(
  app: Pick<App, 'source' | 'provider'>,
  changed: () => void,
  failed: (error: unknown) => void,
): { follow(): void; close(): Promise<void> } {
  let watched: string | undefined
  let watch: FileWatch | undefined
  let closed = false
  async function look(): Promise<void> {
    const file = await watchedFile(app)
    if (file === watched || closed) return
    watched = file
    await watch?.close()
    watch =
      file === undefined
        ? undefined
        : watchFile(file, {
            debounceMs: () => QUIET_MS,
            maxWaitMs: () => MAX_WAIT_MS,
            onChange: changed,
            onError: failed,
          })
  }
  return {
    follow: () => {
      look().catch(failed)
    },
    close: async () => {
      closed = true
      await watch?.close()
    },
  }
}

/** undefined where there is no such file, or the settings name no provider that can be used: the services say that. */
async function watchedFile({
  source,
  provider,
}: Pick<App, 'source' | 'provider'>): Promise<string | undefined> {
  try {
    return provider(await source.current()).watchedFile
  } catch {
    return undefined
  }
}
