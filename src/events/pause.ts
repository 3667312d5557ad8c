import { dirname } from 'node:path'
import { z } from 'zod'
import type { Pause } from '../api/contract/service.js'
import { reasonOf, TeamchatError } from '../errors.js'
import type { Paths } from '../paths.js'
import { removeFile } from '../system/files/entries.js'
import { readFileIfPresent, writeFileAtomic } from '../system/files/files.js'
import { makeFolder } from '../system/files/folder.js'

const pauseSchema = z.object({
  since: z.iso.datetime(),
  until: z.iso.datetime().optional(),
  reason: z.string(),
})

export const RESUME_HINT = 'teamchat resume goes on, and catches up what has happened meanwhile'

/**
 * The pause on disk (0600), so that it outlives the daemon and counts for commands without one. A file that cannot be
 * understood pauses too: whoever wrote it wanted that.
 */
export class PauseFile {
  readonly #paths: Pick<Paths, 'pauseFile' | 'root'>
  readonly #now: () => Date

  constructor(paths: Pick<Paths, 'pauseFile' | 'root'>, now: () => Date = () => new Date()) {
    this.#paths = paths
    this.#now = now
  }

  /** The pause that is in force; undefined where there is none, or its time is over. */
  async read(): Promise<Pause | undefined> {
    const { pauseFile: path } = this.#paths
    try {
      const text = await readFileIfPresent(path)
      if (text === undefined) return undefined
      const { since, until, reason } = pauseSchema.parse(JSON.parse(text.toString('utf8')))
      const isOver = until !== undefined && Date.parse(until) <= this.#now().getTime()
      return isOver ? undefined : { since, until, reason }
    } catch (error) {
      const why =
        error instanceof SyntaxError || error instanceof z.ZodError
          ? 'it is not a pause file'
          : reasonOf(error)
      return { since: 'some time ago', until: undefined, reason: `cannot understand ${path}: ${why}` }
    }
  }

  /** Begins a pause, or gives the one in force another reason and end. Throws `files.write`, `files.unsafe`. */
  async set(reason: string, forMs: number | undefined): Promise<Pause> {
    const { pauseFile: path, root } = this.#paths
    const now = this.#now()
    const before = await this.read()
    const since = before !== undefined && pauseSchema.safeParse(before).success ? before.since : undefined
    const pause: Pause = {
      since: since ?? now.toISOString(),
      until: forMs === undefined ? undefined : new Date(now.getTime() + forMs).toISOString(),
      reason,
    }
    await makeFolder(dirname(path), root, 0o700)
    await writeFileAtomic(path, `${JSON.stringify(pause)}\n`, {
      root,
      mode: 0o600,
      force: true,
      alone: true,
    })
    return pause
  }

  /** Ends the pause; what it was, or undefined where there was none. */
  async clear(): Promise<Pause | undefined> {
    const pause = await this.read()
    await removeFile(this.#paths.pauseFile, this.#paths.root)
    return pause
  }

  /** Throws `paused` while there is a pause. `what`: "apply the settings". */
  async refuse(what: string, hint: string = RESUME_HINT): Promise<void> {
    const pause = await this.read()
    if (pause !== undefined)
      throw new TeamchatError('paused', `cannot ${what}: ${pauseText(pause)}`, { hint })
  }
}

/** `paused since 2026-11-25T04:00:00.000Z until 2026-11-25T06:00:00.000Z: upgrade of PostgreSQL` */
export function pauseText({ since, until, reason }: Pause): string {
  return `paused since ${since}${until === undefined ? '' : ` until ${until}`}: ${reason}`
}
