import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { asTeamchatError, TeamchatError } from '../errors.js'
import { isMissing, placeLink, removeFile, writeFileAtomic } from '../system/files.js'
import { makeFolder, withFolder } from '../system/folder.js'
import { isObject, JsonError, type JsonNode, parseJson } from './json.js'

/** One step of putting outputs in place; each is atomic by itself. */
export type FileStep =
  | { step: 'write'; output: string; path: string; text: string; mode: number; owner: NewOwner }
  | { step: 'link'; output: string; path: string; target: string }
  | { step: 'remove'; output: string; path: string }

/** Who gets a new file: whom its folder belongs to, root, or these. */
export type NewOwner = 'folder' | 'root' | { uid: number | undefined; gid: number | undefined }

/** Does one step; tests put their own in its place. */
export type PerformFileStep = (step: FileStep, root: string) => Promise<void>

/** Puts one file, link or removal in place. Throws `files.write`, `files.unsafe`. */
export const performFileStep: PerformFileStep = async (step, root) => {
  if (step.step === 'remove') {
    await removeFile(step.path, root)
    return
  }
  // A folder of a real system that is missing means that the program is; below --root nothing was installed ever.
  if (root !== '') await makeFolder(dirname(step.path), root, 0o755)
  if (step.step === 'link') return placeLink(step.path, step.target, root)
  const owner = await newOwner(step.owner, dirname(step.path), root)
  await writeFileAtomic(step.path, step.text, { root, mode: step.mode, owner })
}

/** A configuration file of Mattermost as it is on disk. */
export interface LiveConfig {
  text: string
  node: JsonNode
}

/** Mattermost writes its file in place: what cannot be parsed may be half of it. */
const PATIENCE_MS = 2_000
const AGAIN_MS = 100

/**
 * Reads Mattermost's config.json, below folders that are no links; undefined where it is missing. A text that is no
 * JSON is read again for two seconds. Throws `check.failed` for one that stays so or is empty (a Mattermost that is
 * started on an empty file waits for ever), `files.unsafe` for a link on the way.
 */
export async function readLiveConfig(
  path: string,
  root: string,
  sleep: (milliseconds: number) => Promise<void> = milliseconds =>
    new Promise(resolve => setTimeout(resolve, milliseconds)),
): Promise<LiveConfig | undefined> {
  for (let waited = 0; ; waited += AGAIN_MS) {
    const text = await readBelow(path, root)
    if (text === undefined) return undefined
    try {
      const node = parseJson(text)
      if (!isObject(node.value)) throw new JsonError(1, 1, 'an object in braces expected')
      return { text, node }
    } catch (error) {
      if (!(error instanceof JsonError)) throw error
      if (waited >= PATIENCE_MS) throw broken(path, text, error)
      await sleep(AGAIN_MS)
    }
  }
}

async function readBelow(path: string, root: string): Promise<string | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  try {
    return await withFolder(dirname(path), root, async folder => {
      const file = await open(`${folder}/${basename(path)}`, flags)
      try {
        if (!(await file.stat()).isFile()) throw unsafe(path, 'it is no plain file')
        return await file.readFile('utf8')
      } finally {
        await file.close()
      }
    })
  } catch (error) {
    if (isMissing(error)) return undefined
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') throw unsafe(path, 'it is a symbolic link')
    throw asTeamchatError(error, 'check.failed', `read ${path}`)
  }
}

function unsafe(path: string, reason: string): TeamchatError {
  return new TeamchatError('files.unsafe', `cannot read ${path}: ${reason}`, {
    hint: 'put the file itself there: whoever owns the folder could let a link lead anywhere',
  })
}

async function newOwner(
  owner: NewOwner,
  folder: string,
  root: string,
): Promise<{ uid: number; gid: number }> {
  if (owner === 'root') return { uid: 0, gid: 0 }
  if (owner === 'folder') return ownerOf(folder, root)
  const { uid, gid } = owner
  if (uid !== undefined && gid !== undefined) return { uid, gid }
  const inherited = await ownerOf(folder, root)
  return { uid: uid ?? inherited.uid, gid: gid ?? inherited.gid }
}

async function ownerOf(folder: string, root: string): Promise<{ uid: number; gid: number }> {
  return withFolder(folder, root, async (_path, handle) => {
    const { uid, gid } = await handle.stat()
    return { uid, gid }
  })
}

function broken(path: string, text: string, error: JsonError): TeamchatError {
  const reason = text.trim() === '' ? 'it is empty' : `it is no JSON: ${error.message}`
  return new TeamchatError('check.failed', `cannot read ${path}: ${reason}`, {
    hint: `nothing was changed; correct ${path} or restore it from a backup, then run teamchat apply`,
  })
}
