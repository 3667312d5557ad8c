import { z } from 'zod'
import { readStateFile, writeStateFile } from './state-file.js'

const troubleSchema = z.object({ at: z.string(), message: z.string(), hint: z.string() })

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
      skipped: z.number(),
      refused: z.number(),
      failed: z.number(),
      notYetDone: z.array(z.string()),
      problems: z.array(z.string()),
    })
    .optional(),
  lastRead: z
    .union([z.object({ at: z.string(), accounts: z.number(), locksKnown: z.boolean() }), troubleSchema])
    .optional(),
  lastError: troubleSchema.optional(),
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

  /** Reads, changes and writes it; nothing is written where nothing changed. One caller at a time. */
  async update(change: Change): Promise<void> {
    const before = await this.read()
    const after = { ...before, ...change }
    const text = JSON.stringify(after, undefined, 2)
    if (text !== JSON.stringify(before, undefined, 2))
      await writeStateFile(this.#path, this.#root, `${text}\n`)
  }
}
