import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { reasonOf, TeamchatError } from '../errors.js'
import { isMissing, writeError } from '../system/files/errors.js'
import { readFileIfPresent, writeFileAtomic } from '../system/files/files.js'
import { makeFolder } from '../system/files/folder.js'
import { type Lock, takeLock } from '../system/lock.js'

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

/** What the people service remembers beside links and credentials; no secrets. */
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

/**
 * The checked content of a JSON file of ours, or undefined where there is none, or what `isNone` takes for none. Throws
 * `state.unreadable` for anything that does not parse or fit: guessing here would take people for new who are not.
 */
export async function readStateFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  hint?: string,
  isNone: (bytes: Buffer) => boolean = () => false,
): Promise<z.output<Schema> | undefined> {
  try {
    const bytes = await readFileIfPresent(path)
    return bytes === undefined || isNone(bytes) ? undefined : schema.parse(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    throw unreadable(path, cause, hint)
  }
}

/** `state.unreadable` for whatever was thrown while `path` was read; never quotes the file. */
export function unreadable(
  path: string,
  cause: unknown,
  hint = `restore ${path} from a backup, or move it away; nobody is changed until then`,
): TeamchatError {
  if (cause instanceof TeamchatError) return cause
  // The parser's own words quote the file, which may hold a password.
  const reason =
    (cause as NodeJS.ErrnoException).code ?? (cause instanceof SyntaxError ? 'not JSON' : shape(cause))
  return new TeamchatError('state.unreadable', `cannot read ${path}: ${reason}`, {
    hint,
  })
}

/**
 * Writes it 0600 in a folder 0700, durably. `alone`: as in `writeFileAtomic`; not in a folder of many files, which is
 * swept at once. Throws `files.write`.
 */
export async function writeStateFile(
  path: string,
  root: string,
  content: string | Iterable<string>,
  { alone = true }: { alone?: boolean } = {},
): Promise<void> {
  await inStateFolder(path, root, () =>
    writeFileAtomic(path, content, { root, mode: 0o600, force: true, alone }),
  )
}

/** Takes flock(2) on a file of its own, and makes it; undefined where somebody holds it for longer. Throws `files.write`. */
function lockStateFile(path: string, root: string, waitMs: number): Promise<Lock | undefined> {
  return inStateFolder(path, root, () => takeLock(path, waitMs))
}

/** The folder is there for all but the first time, and an import writes five times for each person. */
async function inStateFolder<T>(path: string, root: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isMissing(error)) throw writeError(path, error)
    await makeStateFolder(dirname(path), root)
    return work()
  }
}

/** A folder 0700 for files of ours. Throws `files.write`, `files.unsafe`. */
export async function makeStateFolder(folder: string, root: string): Promise<void> {
  try {
    await makeFolder(folder, root, 0o700)
  } catch (cause) {
    if (cause instanceof TeamchatError) throw cause
    throw new TeamchatError('files.write', `cannot make ${folder}: ${reasonOf(cause)}`, { cause })
  }
}

function shape(error: unknown): string {
  const issue = (error as Partial<z.ZodError>).issues?.[0]
  return issue === undefined
    ? reasonOf(error)
    : `${issue.path.join('.') || 'the whole'} is not as it should be`
}
