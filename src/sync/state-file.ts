import { dirname } from 'node:path'
import type { z } from 'zod'
import { reasonOf, TeamchatError } from '../errors.js'
import { isMissing, readFileIfPresent, writeFileAtomic } from '../system/files.js'
import { makeFolder } from '../system/folder.js'

/**
 * The checked content of a JSON file of ours, or undefined where there is none. Throws `state.unreadable` for
 * anything that does not parse or fit: guessing here would take people for new who are not.
 */
export async function readStateFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  try {
    const bytes = await readFileIfPresent(path)
    return bytes === undefined ? undefined : schema.parse(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** `state.unreadable` for whatever was thrown while `path` was read; never quotes the file. */
export function unreadable(path: string, cause: unknown): TeamchatError {
  if (cause instanceof TeamchatError) return cause
  // The parser's own words quote the file, which may hold a password.
  const reason =
    (cause as NodeJS.ErrnoException).code ?? (cause instanceof SyntaxError ? 'no JSON' : shape(cause))
  return new TeamchatError('state.unreadable', `cannot read ${path}: ${reason}`, {
    hint: `restore ${path} from a backup, or move it away; nobody is changed until then`,
  })
}

/** Writes it 0600 in a folder 0700, durably. Throws `files.write`. */
export async function writeStateFile(
  path: string,
  root: string,
  content: string | Iterable<string>,
): Promise<void> {
  const write = () => writeFileAtomic(path, content, { root, mode: 0o600, force: true })
  try {
    await write()
  } catch (error) {
    // The folder is there for all but the first write, and an import writes five times for each person.
    if (!isMissing(error)) throw error
    await makeStateFolder(dirname(path), root)
    await write()
  }
}

async function makeStateFolder(folder: string, root: string): Promise<void> {
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
