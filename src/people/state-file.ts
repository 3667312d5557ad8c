import { dirname } from 'node:path'
import type { z } from 'zod'
import { reasonOf, TeamchatError } from '../errors.js'
import { readFileIfPresent, writeFileAtomic } from '../system/files/files.js'
import { makeFolder } from '../system/files/folder.js'
import { isMissing } from '../system/files/missing.js'
import { writeError } from '../system/files/write-error.js'
import { type Lock, takeLock } from '../system/lock.js'

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
    (cause as NodeJS.ErrnoException).code ?? (cause instanceof SyntaxError ? 'no JSON' : shape(cause))
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
export function lockStateFile(path: string, root: string, waitMs: number): Promise<Lock | undefined> {
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
