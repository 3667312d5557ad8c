import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { JsonError, parseJson, valueAt } from '../config/json/json.js'
import { removeValues, setValues } from '../config/json/json-edit.js'
import { sameValue } from '../config/merge.js'
import { TeamchatError } from '../errors.js'
import type { OpenFolder } from '../system/files/folder.js'
import type { JournalLeaf, WriteEntry } from './journal.js'
import { type ChangeParts, replaceAtomically } from './place.js'
import {
  createStaged,
  fillStaged,
  listStaged,
  mendSwaps,
  placeIn,
  readText,
  shortHash,
  stagedName,
} from './staging.js'

/** Somebody who writes without any pause at all is no Mattermost. */
const MOST_ROUNDS = 200
/** Later ones are made durable at the end: a sync takes longer than such a writer leaves time. */
const SYNCED_ROUNDS = 3
/** Mattermost writes its file in place: what cannot be parsed may be half of it. */
const PATIENCE_MS = 2_000
const AGAIN_MS = 20

/**
 * Looks at config.json and at what our files took the place of, and merges again what somebody else has written there
 * meanwhile, until nothing moves any more: `edit` gives the text that should be, from the newest one of theirs. True
 * where something had to be written. All that it knows lies on disk, so that it goes on where a crash ended it.
 */
export async function reconcileConcurrentEdits(
  entry: WriteEntry,
  id: string,
  edit: (text: string) => string,
  parts: ChangeParts,
): Promise<boolean> {
  const folder = parts.folders.of(entry.path)
  mendSwaps(folder, entry.path, id)
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const { live, newest, last } = await look(entry, id, folder, parts)
    const wanted = edit(newest)
    if (wanted === live) {
      if (round > SYNCED_ROUNDS) await syncFile(folder, entry.path)
      return round > 0
    }
    const staged = stagedName(entry.path, {
      id,
      round: last + 1,
      put: shortHash(wanted),
      expected: shortHash(live),
    })
    parts.at(`merge ${entry.path}`)
    const { file } = createStaged(folder, staged)
    const { root, attributes } = parts
    const text = { path: entry.path, text: wanted, mode: 0o600, owner: undefined, root, attributes }
    try {
      await fillStaged(file, folder, text)
      if (round < SYNCED_ROUNDS) await file.sync()
    } finally {
      file.close()
    }
    parts.at(`swap ${entry.path}`)
    replaceAtomically(folder, basename(entry.path), staged, parts.exchange)
  }
  throw new TeamchatError('files.write', `cannot write ${entry.path}: somebody writes it all the time`, {
    hint: 'find out who does (fuser, inotifywait); it is tried again',
  })
}

interface Look {
  live: string
  /** The text that others wrote last: the live one, or the one that we took the place of. */
  newest: string
  last: number
}

async function look(entry: WriteEntry, id: string, folder: OpenFolder, parts: ChangeParts): Promise<Look> {
  const last = listStaged(folder, entry.path, id).at(-1)
  const live = await readWhole(folder, basename(entry.path), entry.path, parts)
  if (live === undefined) {
    throw new TeamchatError('files.write', `cannot write ${entry.path}: it is gone or stays half written`, {
      hint: 'it is looked at and tried again',
    })
  }
  const round = last?.round ?? 0
  if (last === undefined || shortHash(live) !== last.put) return { live, newest: live, last: round }
  const displaced = await readWhole(folder, last.name, entry.path, parts)
  const isNewer = displaced !== undefined && shortHash(displaced) !== last.expected
  return { live, newest: isNewer ? displaced : live, last: round }
}

/** A text that can be parsed; undefined where there is none, or none within the time that a writer takes. */
async function readWhole(
  folder: OpenFolder,
  name: string,
  shown: string,
  { sleep }: ChangeParts,
): Promise<string | undefined> {
  for (let waited = 0; ; waited += AGAIN_MS) {
    const text = readText(folder, name, shown)
    if (text === undefined) return undefined
    try {
      parseJson(text)
      return text
    } catch (error) {
      if (!(error instanceof JsonError)) throw error
      if (waited >= PATIENCE_MS) return undefined
      await sleep(AGAIN_MS)
    }
  }
}

async function syncFile(folder: OpenFolder, path: string): Promise<void> {
  const file = await open(placeIn(folder, basename(path)), 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/**
 * Puts the leaves of a change into a config.json that somebody else has written meanwhile. Enforced ones are ours; of
 * the others what somebody has set since we read the file stays. Throws `JsonError`.
 */
export function applyLeaves(text: string, leaves: readonly JournalLeaf[]): string {
  const live = parseJson(text)
  const missing = leaves.filter(leaf => {
    const now = valueAt(live, leaf.path)
    if (sameValue(leaf.compare, now, leaf.value)) return false
    return leaf.class === 'enforced' || sameValue(leaf.compare, now, leaf.from)
  })
  return setValues(text, missing)
}

/**
 * Gives the leaves of a change their former values, but for those that somebody has changed since: `kept` names them.
 * Throws `JsonError`.
 */
export function revertLeaves(text: string, leaves: readonly JournalLeaf[]): { text: string; kept: string[] } {
  const live = parseJson(text)
  const isOurs = (leaf: JournalLeaf) => sameValue(leaf.compare, valueAt(live, leaf.path), leaf.value)
  const ours = leaves.filter(isOurs)
  const former = ours.flatMap(({ path, from }) => (from === undefined ? [] : [{ path, value: from }]))
  const absent = ours.filter(leaf => leaf.from === undefined).map(leaf => leaf.path)
  return {
    text: removeValues(setValues(text, former), absent),
    kept: leaves
      .filter(leaf => !isOurs(leaf) && !sameValue(leaf.compare, valueAt(live, leaf.path), leaf.from))
      .map(leaf => leaf.name),
  }
}
