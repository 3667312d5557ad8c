import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { TeamchatError } from '../errors.js'
import type { Lock } from '../system/lock.js'
import { lockStateFile, readStateFile, writeStateFile } from './state-file.js'

const troubleSchema = z.object({ at: z.string(), message: z.string(), hint: z.string() })

const brakeKind = z.enum(['gone', 'hand', 'created'])

const stateSchema = z.object({
  version: z.literal(1),
  /** The provider for which `users sync --confirm` was given. */
  confirmed: z.object({ provider: z.string(), base: z.string(), filter: z.string() }).optional(),
  /** The team that stands for a value of `Team`, by id: a renamed team stays the same team. */
  team: z.object({ setting: z.string(), id: z.string(), name: z.string() }).optional(),
  lastImport: z
    .object({
      startedAt: z.string(),
      finishedAt: z.string(),
      created: z.number(),
      adopted: z.number(),
      joined: z.number(),
      // Members that came later: what an older version has kept is read as it is.
      updated: z.number().default(0),
      renamed: z.number().default(0),
      deactivated: z.number().default(0),
      reactivated: z.number().default(0),
      held: z.number().default(0),
      skipped: z.number(),
      refused: z.number(),
      failed: z.number(),
      problems: z.array(z.string()),
      waits: z.array(z.string()).default([]),
    })
    .optional(),
  lastRead: z
    .union([z.object({ at: z.string(), accounts: z.number(), locksKnown: z.boolean() }), troubleSchema])
    .optional(),
  lastError: troubleSchema.optional(),
  /** The last full read that was believed. */
  lastFull: z.object({ at: z.string(), accounts: z.number() }).optional(),
  /** What the brakes count: who was created or deactivated when, by automatic runs of the last hour. */
  acts: z.array(z.object({ at: z.string(), kind: brakeKind, accountId: z.string() })).optional(),
  /** What a plan has shown as held, and what of it an operator has confirmed, by `brakeKey`. */
  shown: z.object({ at: z.string(), keys: z.array(z.string()) }).optional(),
  confirmedActs: z.object({ at: z.string(), keys: z.array(z.string()) }).optional(),
  /** Active users when last looked at, and what that server admits. */
  seats: z
    .object({ at: z.string(), version: z.string(), active: z.number(), limit: z.number().optional() })
    .optional(),
  /** Whose links these are: the machine (a hash of its id) and Mattermost's own id; and whether there were any. */
  host: z
    .object({
      machine: z.string().optional(),
      mattermost: z.string().optional(),
      links: z.boolean().optional(),
    })
    .optional(),
  /** In words: links to users that the last full run did not find in Mattermost. */
  missing: z.string().optional(),
  /** Why the last plan changed nobody. */
  stop: troubleSchema.optional(),
})

export type PeopleState = z.output<typeof stateSchema>

/** undefined takes a member away. */
type Change = { [Key in Exclude<keyof PeopleState, 'version'>]?: PeopleState[Key] | undefined }

/** What the people story remembers beside links and credentials; no secrets. */
export class PeopleStateStore {
  readonly #path: string
  readonly #root: string

  constructor(paths: { root: string; peopleStateFile: string }) {
    this.#path = paths.peopleStateFile
    this.#root = paths.root
  }

  /** Throws `state.unreadable`. */
  async read(): Promise<PeopleState> {
    return (await readStateFile(this.#path, stateSchema)) ?? { version: 1 }
  }

  /**
   * Reads, changes and writes it; nothing is written where nothing changed. A command that only looks keeps what it has
   * seen while another process works on people: each takes the file for itself meanwhile. Throws `state.unreadable`,
   * `files.write`, `locked`.
   */
  async update(change: Change): Promise<void> {
    if (changed(await this.read(), change) === undefined) return
    const lock = await this.#take()
    try {
      const text = changed(await this.read(), change)
      if (text !== undefined) await writeStateFile(this.#path, this.#root, `${text}\n`)
    } finally {
      await lock.release()
    }
  }

  async #take(): Promise<Lock> {
    const path = join(dirname(this.#path), `.${basename(this.#path)}.lock`)
    const lock = await lockStateFile(path, this.#root, LOCK_WAIT_MS)
    if (lock !== undefined) return lock
    throw new TeamchatError('locked', `cannot write ${this.#path}: another process keeps it for itself`, {
      hint: `see who has ${path} open: fuser ${path}`,
    })
  }
}

/** A holder reads and writes one small file. */
const LOCK_WAIT_MS = 10_000

/** The text with `change`; undefined: it is as before. */
function changed(before: PeopleState, change: Change): string | undefined {
  const text = JSON.stringify({ ...before, ...change }, undefined, 2)
  return text === JSON.stringify(before, undefined, 2) ? undefined : text
}
