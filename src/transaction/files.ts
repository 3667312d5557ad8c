import { basename, dirname } from 'node:path'
import { isObject, type Json, JsonError, parseJson } from '../config/json/json.js'
import type { LeafChange } from '../config/merge.js'
import { asTeamchatError, TeamchatError } from '../errors.js'
import { isMissing } from '../system/files/errors.js'
import { withFolder } from '../system/files/folder.js'
import { readText } from './staging.js'

/** One step of putting outputs in place. */
export type FileStep =
  | {
      step: 'write'
      output: string
      path: string
      text: string
      /** What it was worked out from; undefined: nothing was there. */
      from: string | undefined
      mode: number
      owner: NewOwner
      /** config.json: the leaves that are written; all else is Mattermost's own. */
      leaves?: readonly LeafChange[]
    }
  | { step: 'link'; output: string; path: string; target: string }
  | { step: 'remove'; output: string; path: string }

/** Who gets a new file: whom its folder belongs to, root, or these. */
export type NewOwner = 'folder' | 'root' | { uid: number | undefined; gid: number | undefined }

/** A configuration file of Mattermost as it is on disk. */
export interface LiveConfig {
  text: string
  value: Json
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
    const text = await readPlace(path, root)
    if (text === undefined) return undefined
    try {
      const value = parseJson(text)
      if (!isObject(value)) throw new JsonError(1, 1, 'an object in braces expected')
      return { text, value }
    } catch (error) {
      if (!(error instanceof JsonError)) throw error
      if (waited >= PATIENCE_MS) throw broken(path, text, error)
      await sleep(AGAIN_MS)
    }
  }
}

/**
 * What stands where an output goes, below folders that are no links; undefined where there is nothing. Throws `files.unsafe`
 * for a link and for what is not a regular file, `check.failed` for what cannot be read.
 */
export async function readPlace(path: string, root: string): Promise<string | undefined> {
  try {
    return await withFolder(dirname(path), root, async (_path, folder) =>
      readText(folder, basename(path), path),
    )
  } catch (error) {
    if (isMissing(error)) return undefined
    throw asTeamchatError(error, 'check.failed', `read ${path}`)
  }
}

/** Whom a new file in `folder` goes to. */
export async function newOwner(
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
  return withFolder(folder, root, async (_path, opened) => {
    const { uid, gid } = opened.stat()
    return { uid, gid }
  })
}

function broken(path: string, text: string, error: JsonError): TeamchatError {
  const reason = text.trim() === '' ? 'it is empty' : `it is not JSON: ${error.message}`
  return new TeamchatError('check.failed', `cannot read ${path}: ${reason}`, {
    hint: `nothing was changed; correct ${path} or restore it from a backup, then run teamchat apply`,
  })
}
