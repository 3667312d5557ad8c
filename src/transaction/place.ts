import { linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs'
import { readlink, symlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { sha256 } from '../config/hash.js'
import { TeamchatError } from '../errors.js'
import type { Attributes } from '../system/files/attributes.js'
import { placeLink } from '../system/files/entries.js'
import { isMissing, unlessMissing, writeError } from '../system/files/errors.js'
import type { OpenFolder } from '../system/files/folder.js'
import type { RenameExchange } from '../system/files/rename-exchange.js'
import type { JournalEntry, WriteEntry } from './journal.js'
import { asideOf, type OpenFolders, placeIn, readText, type StepHook } from './staging.js'

/** Collaborators that move the files of a change. */
export interface ChangeParts {
  root: string
  folders: OpenFolders
  exchange: RenameExchange
  attributes: Attributes
  at: StepHook
  sleep: (milliseconds: number) => Promise<void>
}

/**
 * Puts one output in place. What was there before stays at hand beside it, the same file with owner, mode and label.
 * Throws `files.write`, also where somebody has changed it since it was read.
 */
export async function placeEntry(entry: JournalEntry, parts: ChangeParts): Promise<void> {
  parts.at(`${entry.step} ${entry.path}`)
  try {
    if (entry.step === 'link') return await placeLink(entry.path, entry.target, parts.root)
    const folder = parts.folders.of(entry.path)
    if (entry.step === 'write') return await placeFile(entry, folder, parts)
    moveAside(entry, folder)
  } catch (error) {
    throw writeError(entry.path, error)
  }
}

/**
 * Puts a staged file at its name in one step; what was there has the staged name afterwards. Where names cannot be
 * exchanged, a hard link keeps the old file.
 */
export function replaceAtomically(
  folder: OpenFolder,
  name: string,
  staged: string,
  exchange: RenameExchange,
): void {
  if (exchange(folder.fd, staged, name)) return
  const aside = asideOf(staged)
  linkSync(placeIn(folder, name), placeIn(folder, aside))
  renameSync(placeIn(folder, staged), placeIn(folder, name))
  renameSync(placeIn(folder, aside), placeIn(folder, staged))
}

/** True where the staged file has got to its place. */
export function isPlaced(entry: WriteEntry, folder: OpenFolder): boolean {
  const ino = (name: string) => inodeOf(placeIn(folder, name))
  const staged = ino(entry.staged)
  if (staged !== undefined && staged !== entry.ino) return true
  return ino(basename(entry.path)) === entry.ino
}

async function placeFile(entry: WriteEntry, folder: OpenFolder, { exchange }: ChangeParts): Promise<void> {
  const name = basename(entry.path)
  if (entry.base === null) {
    try {
      linkSync(placeIn(folder, entry.staged), placeIn(folder, name))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw changedMeanwhile(entry.path)
      throw error
    }
    unlinkSync(placeIn(folder, entry.staged))
    return
  }
  try {
    replaceAtomically(folder, name, entry.staged, exchange)
  } catch (error) {
    throw isMissing(error) ? changedMeanwhile(entry.path) : error
  }
  // Of config.json only leaves are ours: what others have written is merged afterwards.
  if (entry.leaves !== undefined) return
  const old = readText(folder, entry.staged, entry.path)
  if (old === undefined || sha256(old) !== entry.base) throw changedMeanwhile(entry.path)
}

/** A link that goes is known by what it held; a file is kept under another name. */
function moveAside(entry: Extract<JournalEntry, { step: 'remove' }>, folder: OpenFolder): void {
  const place = placeIn(folder, basename(entry.path))
  unlessMissing(() => {
    if (lstatSync(place).isSymbolicLink()) unlinkSync(place)
    else renameSync(place, placeIn(folder, entry.kept))
  })
}

/** Gives back what `moveAside` took; false where something else has come to be there. */
export async function undoPlacement(
  entry: Extract<JournalEntry, { step: 'remove' }>,
  folder: OpenFolder,
): Promise<boolean> {
  const place = placeIn(folder, basename(entry.path))
  try {
    if (entry.target !== undefined) {
      await symlink(entry.target, place)
      return true
    }
    if (inodeOf(placeIn(folder, entry.kept)) === undefined) return true
    linkSync(placeIn(folder, entry.kept), place)
    unlinkSync(placeIn(folder, entry.kept))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    if (entry.target !== undefined) return (await readlink(place).catch(() => undefined)) === entry.target
    return inodeOf(place) === inodeOf(placeIn(folder, entry.kept))
  }
}

function changedMeanwhile(path: string): TeamchatError {
  return new TeamchatError('files.write', `cannot write ${path}: somebody has changed it just now`, {
    hint: 'nothing was changed; it is looked at and tried again',
  })
}

function inodeOf(place: string): string | undefined {
  const found = lstatSync(place, { bigint: true, throwIfNoEntry: false })
  return found === undefined ? undefined : String(found.ino)
}
