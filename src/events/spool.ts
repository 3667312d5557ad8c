import { randomBytes } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { EventReport } from '../api/contract/service.js'
import { reasonOf, TeamchatError } from '../errors.js'
import { removeFile } from '../system/files/entries.js'
import { isMissing } from '../system/files/errors.js'
import { writeFileAtomic } from '../system/files/files.js'
import { makeFolder } from '../system/files/folder.js'
import type { TeamchatEvent } from './types.js'

/** What an event's name looks like; also a folder's name below hooks/. */
export const EVENT_NAME = /^[a-z][a-z0-9-]{0,63}$/
const EVENT_ID = /^[a-z0-9-]{1,64}$/
/** Finished events are kept so long, for `signal-event` and people who ask afterwards. */
const KEEP_FINISHED_MS = 7 * 24 * 3600 * 1000

/** A file in the spool that is no event. */
export interface UnreadableEvent {
  /** The file's name. */
  name: string
  /** "cannot read the event PATH: …" */
  reason: string
}

export const UNREADABLE_HINT = 'look at the file, then remove it, and fire the event again'

const eventSchema = z.object({
  id: z.string().regex(EVENT_ID),
  name: z.string().regex(EVENT_NAME),
  args: z.array(z.string()),
  firedAt: z.string(),
})
const reportSchema = eventSchema.extend({
  state: z.enum(['queued', 'look-again', 'waiting', 'done', 'failed']),
  message: z.string(),
  hint: z.string(),
  finishedAt: z.string().optional(),
})

/** Events on disk: `ID.json` from firing until the outcome is recorded in `done/ID.json`. */
export class Spool {
  readonly #folder: string
  readonly #done: string
  readonly #root: string
  readonly #now: () => Date

  constructor(folder: string, root: string, now: () => Date = () => new Date()) {
    this.#folder = folder
    this.#done = join(folder, 'done')
    this.#root = root
    this.#now = now
  }

  /** Makes the folders and the one that they lie in, 0700. */
  async open(): Promise<void> {
    // The state folder too, where a fired event is the first that needs it.
    await makeFolder(dirname(this.#folder), this.#root, 0o700)
    await makeFolder(this.#folder, this.#root, 0o700)
    await makeFolder(this.#done, this.#root, 0o700)
  }

  /** Writes a new event durably: when this returns, it is on disk. */
  async put(name: string, args: string[]): Promise<TeamchatEvent> {
    const firedAt = this.#now()
    // The time first, so that names sort by it; the rest keeps two of one millisecond apart.
    const id = `${firedAt.getTime().toString(36).padStart(9, '0')}-${randomBytes(4).toString('hex')}`
    const event = { id, name, args, firedAt: firedAt.toISOString() }
    await this.#write(join(this.#folder, `${id}.json`), event)
    return event
  }

  /** The unfinished events, oldest first. A file that is none is named in `unreadable` and left alone. */
  async queued(): Promise<{ events: TeamchatEvent[]; unreadable: UnreadableEvent[] }> {
    const events: TeamchatEvent[] = []
    const unreadable: UnreadableEvent[] = []
    for (const name of await this.#names(this.#folder)) {
      const path = join(this.#folder, name)
      try {
        const event = eventSchema.parse(JSON.parse(await readFile(path, 'utf8')))
        if (`${event.id}.json` !== name) throw new Error('its id is another one')
        events.push(event)
      } catch (error) {
        // It may have been finished in between.
        if (isMissing(error)) continue
        unreadable.push({ name, reason: `cannot read the event ${path}: ${reasonFor(error)}` })
      }
    }
    return { events, unreadable }
  }

  /** Records the outcome, then removes the event; a crash in between only repeats it. */
  async finish(report: EventReport): Promise<void> {
    await this.#write(join(this.#done, `${report.id}.json`), report)
    await removeFile(join(this.#folder, `${report.id}.json`), this.#root)
  }

  /** What is on disk of one event: finished, or still queued. */
  async find(id: string): Promise<EventReport | undefined> {
    if (!EVENT_ID.test(id)) return undefined
    // The queue first: an event that is finished in between is then found among those that are done.
    const waiting = await this.#read(join(this.#folder, `${id}.json`))
    const finished = await this.#read(join(this.#done, `${id}.json`))
    if (finished !== undefined) {
      const report = reportSchema.parse(finished)
      return { ...report, finishedAt: report.finishedAt }
    }
    return waiting === undefined ? undefined : queuedReport(eventSchema.parse(waiting))
  }

  /** Removes finished events that are older than a week. */
  async prune(): Promise<void> {
    const oldest = this.#now().getTime() - KEEP_FINISHED_MS
    for (const name of await this.#names(this.#done)) {
      const path = join(this.#done, name)
      const facts = await stat(path).catch(() => undefined)
      if (facts !== undefined && facts.mtimeMs < oldest) await removeFile(path, this.#root)
    }
  }

  async #names(folder: string): Promise<string[]> {
    try {
      const names = await readdir(folder)
      return names.filter(name => name.endsWith('.json') && !name.startsWith('.')).sort()
    } catch (error) {
      if (isMissing(error)) return []
      throw new TeamchatError('state.unreadable', `cannot read ${folder}: ${reasonOf(error)}`, {
        cause: error,
      })
    }
  }

  async #read(path: string): Promise<unknown> {
    try {
      return JSON.parse(await readFile(path, 'utf8'))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw new TeamchatError('state.unreadable', `cannot read ${path}: ${reasonOf(error)}`, { cause: error })
    }
  }

  #write(path: string, value: unknown): Promise<void> {
    return writeFileAtomic(path, `${JSON.stringify(value)}\n`, { root: this.#root, mode: 0o600 })
  }
}

/** The report of an event that nobody has looked at yet. */
export function queuedReport(event: TeamchatEvent): EventReport {
  return { ...event, state: 'queued', message: 'queued', hint: '', finishedAt: undefined }
}

/** The parser's and zod's own words quote the file, at length. */
function reasonFor(error: unknown): string {
  if (error instanceof SyntaxError) return 'not JSON'
  if (error instanceof z.ZodError)
    return `${error.issues[0]?.path.join('.') || 'the whole'} is not as it should be`
  return reasonOf(error)
}
