import { TeamchatError } from '../../errors.js'
import { removeFile } from '../../system/files/entries.js'
import {
  appendDurably,
  changedMeanwhile,
  type FileVersion,
  readLines,
  versionOf,
} from '../../system/files/line-file.js'
import { unreadable, writeStateFile } from '../state.js'
import type { LinkChange } from '../types.js'
import {
  changesSchema,
  journalHeadSchema,
  readSnapshot,
  type Snapshot,
  snapshotPieces,
} from './link-snapshot.js'
import type { LinkTable } from './link-table.js'

/** Below that the whole is written each time: one plain file is easier to look at, to back up and to restore. */
const SMALL_BYTES = 64 * 1024

interface Versions {
  snapshot: FileVersion | undefined
  journal: FileVersion | undefined
}

/** What we know of the two files since we read or wrote them. */
interface OnDisk extends Versions {
  /** Joins a journal to its snapshot. */
  number: number
  /** Nothing may be added to this journal: a crash cut off its last line, or it is older than the snapshot. */
  closed: boolean
}

/**
 * links.json, and beside it for large ones links.journal with what came after: a line for each write, so that a change
 * costs the same however many links there are. It is folded into links.json when it has grown to half of it.
 */
export class LinkFile {
  readonly #snapshot: string
  readonly #journal: string
  readonly #root: string
  #onDisk: OnDisk | undefined

  constructor(paths: { root: string; linksFile: string; linksJournal: string }) {
    this.#snapshot = paths.linksFile
    this.#journal = paths.linksJournal
    this.#root = paths.root
  }

  /** What the files hold; undefined where they are as we left them. Throws `state.unreadable`. */
  async read(): Promise<LinkTable | undefined> {
    for (let again = 0; ; again++) {
      const before = this.#versions()
      if (this.#onDisk !== undefined && isSame(before, this.#onDisk)) return undefined
      this.#onDisk = undefined
      const read = await this.#readBoth().catch((error: unknown) => ({ error }))
      // Another process may have folded the one into the other in between; it does not do so for ever.
      if (!isSame(before, this.#versions()) && again < 5) continue
      if ('error' in read) throw read.error
      this.#onDisk = { number: read.number, ...before, closed: read.closed }
      return read.table
    }
  }

  async #readBoth(): Promise<{ table: LinkTable; number: number; closed: boolean }> {
    const { table, number } = await readSnapshot(this.#snapshot).catch(cause => {
      throw unreadable(this.#snapshot, cause)
    })
    const closed = await readJournal(this.#journal, { table, number }).catch(cause => {
      throw unreadable(this.#journal, cause)
    })
    return { table, number, closed }
  }

  /** Whether there is a links.json, as it was last read or written; undefined: that is not known. */
  get isThere(): boolean | undefined {
    return this.#onDisk && this.#onDisk.snapshot !== undefined
  }

  /** The next `read` looks at the files whatever it finds. */
  forget(): void {
    this.#onDisk = undefined
  }

  /** Keeps `changes`, which `table` has taken in already. Throws `files.write`; then all must be read anew. */
  async write(changes: readonly LinkChange[], table: LinkTable): Promise<void> {
    const known = this.#onDisk
    if (known === undefined) throw new Error('links are read before they are written')
    if (versionOf(this.#snapshot)?.key !== known.snapshot?.key) throw changedMeanwhile(this.#snapshot)
    const line = `${JSON.stringify(changes)}\n`
    const whole = known.snapshot?.bytes ?? 0
    const grown = (known.journal?.bytes ?? 0) + Buffer.byteLength(line)
    if (known.closed || whole < SMALL_BYTES || grown > whole / 2) await this.#fold(table, known)
    else known.journal = await this.#append(line, known)
  }

  async #append(line: string, { number, journal }: OnDisk): Promise<FileVersion | undefined> {
    if (journal !== undefined)
      return appendDurably(this.#journal, line, { root: this.#root, version: journal })
    await writeStateFile(this.#journal, this.#root, `${JSON.stringify({ journal: number })}\n${line}`)
    return versionOf(this.#journal)
  }

  /** A crash in between leaves a journal of a smaller number, which is known by that as a leftover. */
  async #fold(table: LinkTable, { number: before, journal }: OnDisk): Promise<void> {
    const number = before + 1
    await writeStateFile(this.#snapshot, this.#root, snapshotPieces(table, number))
    if (journal !== undefined) await removeFile(this.#journal, this.#root)
    this.#onDisk = { number, ...this.#versions(), closed: false }
  }

  #versions(): Versions {
    return { snapshot: versionOf(this.#snapshot), journal: versionOf(this.#journal) }
  }
}

function isSame(one: Versions, other: Versions): boolean {
  return one.snapshot?.key === other.snapshot?.key && one.journal?.key === other.journal?.key
}

/** Adds what the journal holds; true where nothing may be added to it. */
async function readJournal(path: string, { number, table }: Snapshot): Promise<boolean> {
  let own: number | undefined
  let last: string | undefined
  const take = (line: string) => {
    if (own === undefined) own = journalHeadSchema.parse(JSON.parse(line)).journal
    else {
      if (own === number && last !== undefined) table.apply(changesSchema.parse(JSON.parse(last)))
      last = line
    }
  }
  const rest = await readLines(path, take)
  if (own === undefined) return rest !== undefined
  if (own > number) {
    throw new TeamchatError('state.unreadable', `cannot read ${path}: it belongs to a later links.json`, {
      hint: `restore links.json and links.journal of one backup, or move ${path} away; nobody is changed until then`,
    })
  }
  if (own < number) return true
  const whole = last === undefined ? undefined : parsed(last)
  if (whole !== undefined) table.apply(whole)
  return rest !== '' || (last !== undefined && whole === undefined)
}

/** The last line alone may be damaged: it was written when the power went, and nobody was told that it is kept. */
function parsed(line: string): LinkChange[] | undefined {
  try {
    return changesSchema.parse(JSON.parse(line))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
