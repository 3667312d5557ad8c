import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Json } from '../../config/json/json.js'
import { reasonOf, TeamchatError } from '../../errors.js'
import { removeFile } from '../../system/files/entries.js'
import { isMissing } from '../../system/files/errors.js'
import { readFileIfPresent, writeFileAtomic } from '../../system/files/files.js'
import { makeFolder } from '../../system/files/folder.js'

/** A file that should be a generation and cannot be understood. */
export interface UnreadableGeneration {
  number: number
  /** "cannot read PATH: …" */
  reason: string
}

const FILE = /^([1-9][0-9]{0,8})\.json$/
/** What a write that was ended in the middle leaves. */
const LEFTOVER = /^\.[0-9]+\.json\.teamchatd-[0-9a-f]+$/

/**
 * The generations, one file each (`12.json`, 0600, in a folder 0700), written whole or not at all. Numbers only ever
 * rise. Generation 0, the site's originals, is a folder beside them and not this one's matter.
 */
export class GenerationStore {
  readonly #folder: string
  readonly #root: string

  constructor(paths: { generationsFolder: string; root: string }) {
    this.#folder = paths.generationsFolder
    this.#root = paths.root
  }

  /** All that can be read, the oldest first, and what cannot. */
  async list(): Promise<{ generations: Generation[]; unreadable: UnreadableGeneration[] }> {
    const generations: Generation[] = []
    const unreadable: UnreadableGeneration[] = []
    for (const number of await this.#numbers()) {
      try {
        const generation = await this.#read(number)
        if (generation !== undefined) generations.push(generation)
      } catch (error) {
        unreadable.push({ number, reason: reasonOf(error) })
      }
    }
    return { generations, unreadable }
  }

  /** Throws `generation.unknown`, and `state.unreadable` for one that cannot be understood. */
  async read(number: number): Promise<Generation> {
    const generation = await this.#read(number)
    if (generation !== undefined) return generation
    const numbers = await this.#numbers()
    const [first, last] = [numbers[0], numbers.at(-1)]
    throw new TeamchatError('generation.unknown', `cannot find generation ${number}`, {
      hint:
        first === undefined
          ? 'nothing has been applied yet'
          : `there are ${first} to ${last}: teamchat history lists them`,
    })
  }

  /** The last one that can be read; undefined where there is none. */
  async newest(): Promise<Generation | undefined> {
    for (const number of (await this.#numbers()).reverse()) {
      const generation = await this.#read(number).catch(() => undefined)
      if (generation !== undefined) return generation
    }
    return undefined
  }

  /** Keeps one under the next number; one of the same change, told again after a crash, is not kept twice. */
  async add(generation: Omit<Generation, 'version' | 'number'>): Promise<Generation> {
    await makeFolder(this.#folder, this.#root, 0o700)
    await this.#sweep()
    const last = await this.newest()
    if (last?.id === generation.id) return last
    const number = ((await this.#numbers()).at(-1) ?? 0) + 1
    const added: Generation = { version: 1, number, ...generation }
    const text = `${JSON.stringify(added, null, 2)}\n`
    await writeFileAtomic(this.#path(number), text, { root: this.#root, mode: 0o600, force: true })
    return added
  }

  /** Removes the oldest ones beyond `keep`, but for those that are `needed`. */
  async prune(keep: number, needed: readonly number[]): Promise<void> {
    const numbers = await this.#numbers()
    for (const number of numbers.slice(0, Math.max(0, numbers.length - keep))) {
      if (!needed.includes(number)) await removeFile(this.#path(number), this.#root)
    }
  }

  async #read(number: number): Promise<Generation | undefined> {
    const path = this.#path(number)
    try {
      const text = await readFileIfPresent(path)
      if (text === undefined) return undefined
      const generation = generationSchema.parse(JSON.parse(text.toString('utf8')))
      if (generation.number !== number) throw new Error('its number is another one')
      return generation
    } catch (error) {
      throw new TeamchatError('state.unreadable', `cannot read ${path}: ${reasonFor(error)}`, {
        hint: 'the other generations are not affected; restore the file from a backup, or remove it',
      })
    }
  }

  async #numbers(): Promise<number[]> {
    return (await this.#names())
      .flatMap(name => FILE.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((one, other) => one - other)
  }

  /** Whoever keeps a generation holds the lock of those who run the services: nobody else is writing here. */
  async #sweep(): Promise<void> {
    for (const name of await this.#names()) {
      if (LEFTOVER.test(name)) await removeFile(join(this.#folder, name), this.#root)
    }
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#folder)
    } catch (error) {
      if (isMissing(error)) return []
      throw new TeamchatError('state.unreadable', `cannot read ${this.#folder}: ${reasonOf(error)}`, {
        cause: error,
      })
    }
  }

  #path(number: number): string {
    return join(this.#folder, `${number}.json`)
  }
}

/** The parser's words quote the file, which may hold what nobody should see. */
function reasonFor(error: unknown): string {
  if (error instanceof SyntaxError) return 'it is not JSON'
  if (error instanceof z.ZodError) {
    const [issue] = error.issues
    return `${issue?.path.join('.') || 'the whole'} is not as it should be`
  }
  return reasonOf(error)
}

const namedSchema = {
  /** `Section.Key` */
  name: z.string(),
  path: z.array(z.string()),
  compare: z.enum(['exact', 'folder', 'address']),
}

const leafSchema = z.union([
  z.strictObject({
    ...namedSchema,
    value: z.json(),
    /** Nobody but the site had set it by then: only what we write over it later can be rolled back. */
    site: z.literal(true).optional(),
  }),
  /** A secret: enough of its SHA-256 to see that it is another one, and what people may see of it. */
  z.strictObject({ ...namedSchema, hash: z.string(), shown: z.string() }),
])

const fileSchema = z.strictObject({ output: z.string(), path: z.string(), text: z.string() })

/** One applied set of outputs as it is kept. */
const generationSchema = z.strictObject({
  version: z.literal(1),
  number: z.int().positive(),
  /** That of the change which put it in place. */
  id: z.string(),
  /** ISO 8601. */
  at: z.string(),
  /** The DB's. */
  revision: z.string(),
  /** Why the service ran: start, db-changed, apply, retry, rollback, release. */
  cause: z.string(),
  /** rollback: the generation that was put back. */
  restored: z.int().optional(),
  /** Changes, a line each; secrets masked. */
  changes: z.array(z.string()),
  /** What services did, a line each. */
  actions: z.array(z.string()),
  /** Mattermost's configuration, below --root; null while Mattermost is disabled. */
  configFile: z.string().nullable(),
  /** Our leaves of config.json as we wrote them, and the site's own that we may write; not what somebody has set over ours. */
  leaves: z.array(leafSchema),
  /** Every other output, as it was written. */
  files: z.array(fileSchema),
})

export type Generation = z.infer<typeof generationSchema>
export type StoredLeaf = z.infer<typeof leafSchema>
export type StoredFile = z.infer<typeof fileSchema>

/** What two generations, or a generation and the live files, are compared by. */
export type Contents = Pick<Generation, 'configFile' | 'leaves' | 'files'>

/** Whether it was the site's own by then, and not yet ours. */
export function isSitesOwn(leaf: StoredLeaf): boolean {
  return 'value' in leaf && leaf.site === true
}

/** The value of a leaf that is no secret; undefined for one that is. */
export function storedValue(leaf: StoredLeaf): Json | undefined {
  return 'value' in leaf ? leaf.value : undefined
}
