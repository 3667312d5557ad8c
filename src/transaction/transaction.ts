import { randomBytes } from 'node:crypto'
import { lstatSync, readlinkSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { sha256 } from '../config/hash.js'
import type { LeafChange } from '../config/merge.js'
import { asTeamchatError, TeamchatError } from '../errors.js'
import { itemsSettledOrThrow } from '../system/concurrency/all-settled-or-throw.js'
import { unlessMissing, writeError } from '../system/files/errors.js'
import { makeFolder } from '../system/files/folder.js'
import type { OpenFile } from '../system/files/open-file.js'
import { type FileStep, newOwner } from './files.js'
import type { Journal, JournalEntry, JournalFile, JournalLeaf } from './journal.js'
import { type ChangeParts, placeEntry } from './place.js'
import { applyLeaves, reconcileConcurrentEdits } from './reconcile.js'
import { undoEntry } from './restore.js'
import { createStaged, fillStaged, placeIn, shortHash, stagedName, sweep } from './staging.js'

/** What a journal says besides its entries. */
export type JournalHead = Omit<Journal, 'version' | 'id' | 'entries'>

/**
 * Puts all files of a change in place, or none: staged beside their places, owner and mode set, durable; the journal
 * durable with the actions that will be owed; only then the first one moves. What fails is undone in reverse before
 * this throws, with both errors told where that fails too; the journal then stays for the next run. config.json is
 * looked at again until nobody moves it. `makeCount` makes durable that all are in place; until then a crash undoes.
 */
export async function commitFiles(
  { steps, head }: { steps: readonly FileStep[]; head: JournalHead },
  journalFile: JournalFile,
  parts: ChangeParts,
  makeCount: (journal: Journal) => Promise<void>,
): Promise<Journal> {
  const id = randomBytes(6).toString('hex')
  const journal: Journal = { version: 1, id, ...head, entries: [] }
  const opened: OpenFile[] = []
  try {
    const staged = await itemsSettledOrThrow(steps.map(step => stage(step, id, opened, parts)))
    journal.entries = staged.map(({ entry }) => entry)
    for (const { fill } of staged) await fill()
    parts.at('journal')
    // All is written before the first of them is synced: one commit of the file system then takes them all.
    await itemsSettledOrThrow([journalFile.write(journal), ...staged.map(({ sync }) => sync())])
    for (const entry of journal.entries) await placeEntry(entry, parts)
    await reconcileAll(journal, parts)
    parts.at('sync')
    await parts.folders.sync(journal.entries.map(entry => entry.path))
    await makeCount(journal)
    return journal
  } catch (error) {
    const known = asTeamchatError(error, 'files.write', 'put the outputs in place')
    throw withOthers(known, await rollBack(steps, journal, journalFile, parts))
  } finally {
    for (const file of opened) file.close()
  }
}

async function rollBack(
  steps: readonly FileStep[],
  journal: Journal,
  journalFile: JournalFile,
  parts: ChangeParts,
): Promise<TeamchatError[]> {
  const { errors } = await restoreAll(journal, parts)
  if (errors.length > 0) return errors
  try {
    await removeJournal(steps, journalFile, parts)
    return []
  } catch (error) {
    return [asTeamchatError(error, 'files.write', 'sweep up')]
  }
}

/** Merges again what others have written into config.json since ours was put in place; true where they had. */
export async function reconcileAll(journal: Journal, parts: ChangeParts): Promise<boolean> {
  let moved = false
  for (const entry of journal.entries) {
    if (entry.step !== 'write' || entry.leaves === undefined) continue
    const { leaves } = entry
    if (await reconcileConcurrentEdits(entry, journal.id, text => applyLeaves(text, leaves), parts))
      moved = true
  }
  return moved
}

/** Puts everything back, the last one first; goes on where one fails. `notes`: what somebody has changed and stays. */
export async function restoreAll(
  journal: Journal,
  parts: ChangeParts,
): Promise<{ notes: string[]; errors: TeamchatError[] }> {
  const notes: string[] = []
  const errors: TeamchatError[] = []
  for (const entry of journal.entries.toReversed()) {
    try {
      const note = await undoEntry(entry, journal.id, parts)
      if (note !== undefined) notes.push(note)
    } catch (error) {
      errors.push(asTeamchatError(error, 'files.write', `restore ${entry.path}`))
    }
  }
  try {
    await parts.folders.sync(journal.entries.map(entry => entry.path))
  } catch (error) {
    errors.push(asTeamchatError(error, 'files.write', 'sync what was restored'))
  }
  return { notes, errors }
}

/** Takes away what a change that is over has left beside its outputs, then its journal. */
export async function removeJournal(
  places: readonly { path: string }[],
  journalFile: JournalFile,
  parts: ChangeParts,
): Promise<void> {
  for (const { path } of places) {
    parts.at(`sweep ${path}`)
    sweep(parts.folders.of(path), path)
  }
  parts.at('forget the journal')
  await journalFile.remove()
}

/** One error that tells of the others as well. */
export function withOthers(first: TeamchatError, others: readonly TeamchatError[]): TeamchatError {
  if (others.length === 0) return first
  const also = others.map(error => error.message).join('; ')
  return new TeamchatError(first.code, `${first.message}; also: ${also}`, { hint: first.hint, cause: first })
}

interface Staged {
  entry: JournalEntry
  fill: () => Promise<void>
  sync: () => Promise<void>
}

async function stage(step: FileStep, id: string, opened: OpenFile[], parts: ChangeParts): Promise<Staged> {
  const { output, path } = step
  parts.at(`stage ${path}`)
  try {
    // A folder of a real system that is missing means that the program is; below --root nothing was installed ever.
    if (parts.root !== '' && step.step !== 'remove') await makeFolder(dirname(path), parts.root, 0o755)
    const folder = parts.folders.of(path)
    sweep(folder, path)
    const now = heldBy(placeIn(folder, basename(path)))
    if (step.step === 'link') {
      return {
        entry: { step: 'link', output, path, target: step.target, before: now ?? null },
        ...nothingToFill,
      }
    }
    const put = step.step === 'write' ? shortHash(step.text) : shortHash('')
    const from = step.step === 'write' ? step.from : undefined
    const expected = from === undefined ? 'none' : shortHash(from)
    const staged = stagedName(path, { id, round: 0, put, expected })
    if (step.step === 'remove') {
      const target = now === undefined ? {} : { target: now }
      return { entry: { step: 'remove', output, path, ...target, kept: staged }, ...nothingToFill }
    }
    const { file, ino } = createStaged(folder, staged)
    opened.push(file)
    const { text, mode } = step
    const refused = (cause: unknown) => {
      throw writeError(path, cause)
    }
    const fill = async () => {
      parts.at(`fill ${path}`)
      const { root, attributes } = parts
      const owner = await newOwner(step.owner, dirname(path), root)
      await fillStaged(file, folder, { path, text, mode, owner, root, attributes }).catch(refused)
    }
    const sync = () => file.sync().catch(refused)
    const base = from === undefined ? null : sha256(from)
    const leaves = step.leaves === undefined ? {} : { leaves: step.leaves.map(journalLeaf) }
    return {
      entry: { step: 'write', output, path, staged, ino, sha256: sha256(text), base, ...leaves },
      fill,
      sync,
    }
  } catch (error) {
    throw writeError(path, error)
  }
}

function journalLeaf({ setting, from }: LeafChange): JournalLeaf {
  const { name, path, value, compare } = setting
  return { name, path, ...(from === undefined ? {} : { from }), value, class: setting.class, compare }
}

/** What a link holds; undefined where there is none. */
function heldBy(place: string): string | undefined {
  return unlessMissing(() => (lstatSync(place).isSymbolicLink() ? readlinkSync(place) : undefined))
}

async function done(): Promise<void> {}

const nothingToFill = { fill: done, sync: done }
