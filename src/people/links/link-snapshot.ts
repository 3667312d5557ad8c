import { readLines } from '../../system/files/line-file.js'
import { readStateFile } from '../state-file.js'
import type { Ignored, Link, LinkChange, Tombstone } from '../types.js'
import { formerSchema, ignoredSchema, linkSchema, wholeSchema } from './link-schema.js'
import { LinkTable } from './link-table.js'

/** Items a piece: other work gets its turn in between. */
const PIECE = 500
const HEAD = /^\{"version":2,"journal":(\d+),"links":\[$/

/** What a links.json holds. */
export interface Snapshot {
  table: LinkTable
  /** The number that its journal carries; 0 where there is none. */
  number: number
}

/** The text of links.json: JSON with one item a line, so that it can be read in pieces. The items are of this moment. */
export function snapshotPieces(table: LinkTable, number: number): Iterable<string> {
  const lists: [string, (Link | Ignored | Tombstone)[]][] = [
    [`{"version":2,"journal":${number},"links":[\n`, table.all()],
    ['],"ignored":[\n', table.ignored()],
    ['],"former":[\n', table.former()],
  ]
  return pieces(lists)
}

function* pieces(lists: [string, (Link | Ignored | Tombstone)[]][]): Generator<string> {
  let text = ''
  for (const [head, items] of lists) {
    text += head
    for (let start = 0; start < items.length; start += PIECE) {
      const lines = items.slice(start, start + PIECE).map(item => JSON.stringify(item))
      text += `${lines.join(',\n')}${start + PIECE < items.length ? ',' : ''}\n`
      if (lines.length < PIECE) continue // a piece is a call to the system, and most files are small
      yield text
      text = ''
    }
  }
  yield `${text}]}\n`
}

/** Reads links.json of any version and layout. Whatever it throws means that it cannot be read. */
export async function readSnapshot(path: string): Promise<Snapshot> {
  const lines = new SnapshotLines()
  const rest = await readLines(path, line => lines.take(line))
  if (rest === undefined) return { table: new LinkTable(), number: 0 }
  if (!lines.isOurs) return readWhole(path)
  if (rest !== '' || !lines.isOver) throw new Error('it ends in the middle')
  return lines
}

/** The layout that we write, line by line. */
class SnapshotLines implements Snapshot {
  readonly table = new LinkTable()
  number = 0
  isOver = false
  #read: ((item: unknown) => LinkChange) | undefined
  #isFirst = true

  /** False where the first line is another: the file is of an older version, or laid out by somebody else. */
  get isOurs(): boolean {
    return this.number > 0
  }

  take(line: string): void {
    if (this.#isFirst) {
      this.#isFirst = false
      this.number = Number(HEAD.exec(line)?.[1] ?? 0)
      this.#read = putOf
    } else if (this.isOurs) this.#next(line)
  }

  #next(line: string): void {
    if (line === '],"ignored":[') this.#read = item => ({ ignore: ignoredSchema.parse(item) })
    else if (line === '],"former":[') this.#read = item => ({ former: formerSchema.parse(item) })
    else if (line === ']}') {
      this.isOver = true
      this.#read = undefined
    } else if (this.#read === undefined) throw new Error('something follows its end')
    else add(this.table, this.#read(JSON.parse(line.endsWith(',') ? line.slice(0, -1) : line)))
  }
}

async function readWhole(path: string): Promise<Snapshot> {
  const whole = await readStateFile(path, wholeSchema)
  const table = new LinkTable()
  if (whole === undefined) return { table, number: 0 }
  for (const link of whole.links) add(table, { put: link })
  if (whole.version === 1) return { table, number: 0 }
  for (const ignored of whole.ignored) add(table, { ignore: ignored })
  for (const former of whole.former) add(table, { former })
  return { table, number: whole.journal }
}

function putOf(item: unknown): LinkChange {
  return { put: linkSchema.parse(item) }
}

/** An account that stands there twice was put there by hand: which of its users is meant? */
function add(table: LinkTable, change: LinkChange): void {
  if ('put' in change && table.ofAccount(change.put.accountId) !== undefined) {
    throw new Error(`the account ${change.put.accountId} is linked twice`)
  }
  table.apply([change])
}
