import { renameSync } from 'node:fs'
import { readlink, unlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { sha256 } from '../config/hash.js'
import { placeLink } from '../system/files/entries.js'
import { isMissing, writeError } from '../system/files/errors.js'
import type { OpenFolder } from '../system/files/folder.js'
import type { JournalEntry, WriteEntry } from './journal.js'
import { type ChangeParts, isPlaced, replaceAtomically, undoPlacement } from './place.js'
import { reconcileConcurrentEdits, revertLeaves } from './reconcile.js'
import { mendSwaps, placeIn, readText } from './staging.js'

/**
 * Puts back what an output was before a change; nothing where it never got there, or is back already. What somebody
 * else has changed since is never overwritten: of config.json our leaves alone go back, anything else stays, and that
 * is said. Throws `files.write`, `files.unsafe`.
 */
export async function undoEntry(
  entry: JournalEntry,
  id: string,
  parts: ChangeParts,
): Promise<string | undefined> {
  parts.at(`restore ${entry.path}`)
  try {
    if (entry.step === 'link') return await restoreLink(entry, parts)
    const folder = parts.folders.of(entry.path)
    if (entry.step === 'remove') return (await undoPlacement(entry, folder)) ? undefined : stays(entry.path)
    return await restoreFile(entry, id, folder, parts)
  } catch (error) {
    throw writeError(entry.path, error)
  }
}

async function restoreFile(
  entry: WriteEntry,
  id: string,
  folder: OpenFolder,
  parts: ChangeParts,
): Promise<string | undefined> {
  const name = basename(entry.path)
  mendSwaps(folder, entry.path, id)
  if (!isPlaced(entry, folder)) return undefined
  const live = readText(folder, name, entry.path)
  if (live !== undefined && sha256(live) === entry.sha256 && (await putBack(entry, folder, parts))) {
    return undefined
  }
  if (entry.leaves !== undefined && entry.base !== null) return restoreLeaves(entry, entry.leaves, id, parts)
  const isBack = entry.base === (live === undefined ? null : sha256(live))
  return isBack ? undefined : stays(entry.path)
}

/** Gives the old file its name again; false where somebody has written the new one at the last moment. */
export async function putBack(
  entry: WriteEntry,
  folder: OpenFolder,
  { exchange }: ChangeParts,
): Promise<boolean> {
  const name = basename(entry.path)
  const isOurs = () => sha256(readText(folder, entry.staged, entry.path) ?? '') === entry.sha256
  if (entry.base === null) {
    // Two names of one file, when the first one was just being taken away: a rename between them does nothing.
    await unlink(placeIn(folder, entry.staged)).catch(error => {
      if (!isMissing(error)) throw error
    })
    renameSync(placeIn(folder, name), placeIn(folder, entry.staged))
    if (isOurs()) {
      await unlink(placeIn(folder, entry.staged))
      return true
    }
    renameSync(placeIn(folder, entry.staged), placeIn(folder, name))
    return false
  }
  if (readText(folder, entry.staged, entry.path) === undefined) return false
  replaceAtomically(folder, name, entry.staged, exchange)
  if (isOurs()) return true
  replaceAtomically(folder, name, entry.staged, exchange)
  return false
}

async function restoreLeaves(
  entry: WriteEntry,
  leaves: NonNullable<WriteEntry['leaves']>,
  id: string,
  parts: ChangeParts,
): Promise<string | undefined> {
  let kept: string[] = []
  await reconcileConcurrentEdits(
    entry,
    id,
    text => {
      const back = revertLeaves(text, leaves)
      kept = back.kept
      return back.text
    },
    parts,
  )
  return kept.length === 0
    ? undefined
    : `${kept.join(', ')} in ${entry.path} was changed by somebody meanwhile and stays`
}

async function restoreLink(
  entry: Extract<JournalEntry, { step: 'link' }>,
  parts: ChangeParts,
): Promise<string | undefined> {
  const folder = parts.folders.of(entry.path)
  const place = placeIn(folder, basename(entry.path))
  const now = await readlink(place).catch(error => {
    if (isMissing(error)) return null
    if ((error as NodeJS.ErrnoException).code === 'EINVAL') return undefined
    throw error
  })
  if (now === entry.before) return undefined
  if (now !== entry.target) return stays(entry.path)
  if (entry.before === null) await unlink(place)
  else await placeLink(entry.path, entry.before, parts.root)
  return undefined
}

export function stays(path: string): string {
  return `${path} was changed by somebody meanwhile and stays as it is`
}
