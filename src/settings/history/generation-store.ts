import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { reasonOf, TeamchatError } from '../../errors.js'
import { removeFile } from '../../system/files/entries.js'
import { readFileIfPresent, writeFileAtomic } from '../../system/files/files.js'
import { makeFolder } from '../../system/files/folder.js'
import { isMissing } from '../../system/files/missing.js'
import { type Generation, generationSchema } from './generation.js'

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
        hint: 'the others are not concerned; restore the file from a backup, or remove it',
      })
    }
  }

  async #numbers(): Promise<number[]> {
    return (await this.#names())
      .flatMap(name => FILE.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((one, other) => one - other)
  }

  /** Whoever keeps a generation holds the lock of those who run stories: nobody else is writing here. */
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
  if (error instanceof SyntaxError) return 'it is no JSON'
  if (error instanceof z.ZodError) {
    const [issue] = error.issues
    return `${issue?.path.join('.') || 'the whole'} is not as it should be`
  }
  return reasonOf(error)
}
