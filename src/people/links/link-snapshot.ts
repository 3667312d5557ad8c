import { z } from 'zod'
import { isId } from '../../mattermost/routes.js'
import { readLines } from '../../system/files/line-file.js'
import { readStateFile } from '../state.js'
import type { Ignored, Link, LinkChange, Tombstone } from '../types.js'
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

const text = z.string()
const id = z.string().refine(isId)

const valuesSchema = z.strictObject({
  username: text.optional(),
  email: text.optional(),
  firstName: text.optional(),
  lastName: text.optional(),
  nickname: text.optional(),
  position: text.optional(),
})

/** A link as files hold it. Members that came with later versions are optional: older files are read as they are. */
export const linkSchema = z.strictObject({
  provider: text,
  accountId: text.min(1),
  login: text,
  displayName: text.optional(),
  userId: id,
  origin: z.enum(['created', 'adopted', 'linked']),
  linkedAt: text,
  joinedTeams: z.array(id),
  written: valuesSchema.optional(),
  goneSince: text.optional(),
  goneReads: z.number().int().min(0).optional(),
  deactivated: z
    .strictObject({
      by: z.enum(['user-delete', 'gone', 'locked', 'expired', 'sessions']),
      at: text,
      bots: z.array(id).optional(),
    })
    .optional(),
  backAt: text.optional(),
  hold: z.strictObject({ since: text, until: text.optional(), reason: text.optional() }).optional(),
}) satisfies z.ZodType<Link>

const ignoredSchema = z.strictObject({
  accountId: text.min(1).optional(),
  login: text,
  at: text,
}) satisfies z.ZodType<Ignored>

export const formerSchema = z.strictObject({
  link: linkSchema,
  how: z.enum(['unlinked', 'released', 'relinked']),
  username: text,
  at: text,
}) satisfies z.ZodType<Tombstone>

const changeSchema = z.union([
  z.strictObject({ put: linkSchema }),
  z.strictObject({ drop: text.min(1) }),
  z.strictObject({ ignore: ignoredSchema }),
  z.strictObject({ heed: ignoredSchema.omit({ at: true }) }),
  z.strictObject({ former: formerSchema }),
  z.strictObject({ forget: id }),
]) satisfies z.ZodType<LinkChange>

/** One line of the journal. */
export const changesSchema = z.array(changeSchema)

/** links.json as a whole: of version 1, and of this one where somebody has laid it out anew. */
const wholeSchema = z.discriminatedUnion('version', [
  z.strictObject({ version: z.literal(1), links: z.array(linkSchema) }),
  z.strictObject({
    version: z.literal(2),
    journal: z.number().int().min(1),
    links: z.array(linkSchema),
    ignored: z.array(ignoredSchema),
    former: z.array(formerSchema),
  }),
])

/** The first line of the journal. */
export const journalHeadSchema = z.strictObject({ journal: z.number().int().min(1) })
