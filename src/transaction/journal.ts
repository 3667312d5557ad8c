import { unlink } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { z } from 'zod'
import { pendingActionSchema } from '../config/services/pending-action.js'
import { asTeamchatError, TeamchatError } from '../errors.js'
import { isMissing } from '../system/files/errors.js'
import { isTruncated, readFileIfPresent, removeLeftovers } from '../system/files/files.js'
import { withFolder } from '../system/files/folder.js'
import { stateSchema, writePrivate } from './state.js'

/** A leaf of config.json that a change writes. */
const leafSchema = z.strictObject({
  name: z.string(),
  path: z.array(z.string()),
  /** Without it the leaf was missing. */
  from: z.json().optional(),
  value: z.json(),
  class: z.enum(['enforced', 'initial']),
  compare: z.enum(['exact', 'folder', 'address']),
})

const entrySchema = z.discriminatedUnion('step', [
  z.strictObject({
    step: z.literal('write'),
    output: z.string(),
    path: z.string(),
    /** The staged file's name beside `path`; once exchanged, the old file has it. */
    staged: z.string(),
    /** The staged file's inode. */
    ino: z.string(),
    /** SHA-256 of the text, and of what was there (null: nothing). */
    sha256: z.string(),
    base: z.string().nullable(),
    leaves: z.array(leafSchema).optional(),
  }),
  z.strictObject({
    step: z.literal('link'),
    output: z.string(),
    path: z.string(),
    target: z.string(),
    /** What a link there held before; null: there was none. */
    before: z.string().nullable(),
  }),
  z.strictObject({
    step: z.literal('remove'),
    output: z.string(),
    path: z.string(),
    /** Of a link: what it held. A file is moved to the name `kept`. */
    target: z.string().optional(),
    kept: z.string(),
  }),
])

const journalSchema = z.strictObject({
  version: z.literal(1),
  id: z.string(),
  at: z.string(),
  revision: z.string(),
  /** Why the service ran. */
  cause: z.string(),
  entries: z.array(entrySchema),
  /** The state before the change, and the one once its files are in place, with the actions that are owed then. */
  before: stateSchema,
  next: stateSchema,
  /** Units that the actions touch, as they were. */
  units: z.array(z.strictObject({ unit: z.string(), running: z.boolean(), enabled: z.boolean() })),
  /** The plan, for people. */
  files: z.array(
    z.strictObject({
      output: z.string(),
      path: z.string(),
      change: z.enum(['create', 'change', 'remove']),
      changes: z.array(z.string()),
    }),
  ),
  actions: z.array(pendingActionSchema),
  /** Leaves that an API reload must bring into force. */
  reloaded: z.array(leafSchema.pick({ name: true, path: true, value: true, compare: true })),
  /** Of what is tried, so that it is not tried again once it was undone. */
  fingerprint: z.string().optional(),
  /** Every output that is in force once it is over; `leaves`: paths of those that are ours. */
  outputs: z.array(
    z.strictObject({ output: z.string(), path: z.string(), leaves: z.array(z.array(z.string())).optional() }),
  ),
})

export type Journal = z.infer<typeof journalSchema>
export type JournalEntry = Journal['entries'][number]
export type WriteEntry = Extract<JournalEntry, { step: 'write' }>
export type JournalLeaf = z.infer<typeof leafSchema>

/** What is written down before the first file of a change moves, and taken away when it is over. */
export interface JournalFile {
  /** undefined where no change is under way. Throws `state.unreadable`. */
  read(): Promise<Journal | undefined>
  write(journal: Journal): Promise<void>
  remove(): Promise<void>
  /** Takes away what a killed write of it has left, or a power cut. */
  sweep(): Promise<void>
}

/**
 * The journal (0600 in a folder 0700: it may hold values of config.json, which are secrets). What a power cut has left of
 * one is none: all of it is durable before the first file of its change moves.
 */
export function createJournalFile(path: string, root: string): JournalFile {
  const load = () =>
    readFileIfPresent(path).catch(cause => {
      throw asTeamchatError(cause, 'state.unreadable', `read ${path}`)
    })
  // Not synced: a journal that comes back after a power cut is known to be over by the state.
  const remove = async () => {
    try {
      await withFolder(dirname(path), root, folder => unlink(`${folder}/${basename(path)}`))
    } catch (error) {
      if (!isMissing(error)) throw asTeamchatError(error, 'files.write', `remove ${path}`)
    }
  }
  return {
    read: async () => {
      const text = await load()
      if (text === undefined || isNone(text)) return undefined
      try {
        return journalSchema.parse(JSON.parse(text.toString('utf8')))
      } catch (cause) {
        // No word of it: it may hold secrets.
        throw new TeamchatError('state.unreadable', `cannot understand ${path}, the journal of a change`, {
          hint: `nothing is done meanwhile; look at the outputs of teamchat plan --json, move ${path} away, then run teamchat apply`,
          cause: cause instanceof z.ZodError ? new Error(z.prettifyError(cause)) : undefined,
        })
      }
    },
    write: async journal => {
      await writePrivate(path, `${JSON.stringify(journal)}\n`, root, { early: true })
    },
    sweep: async () => {
      await removeLeftovers(path, root)
      const text = await load()
      if (text !== undefined && isNone(text)) await remove()
    },
    remove,
  }
}

/** Torn, and not the whole without its last byte, as an editor may leave it. */
function isNone(bytes: Buffer): boolean {
  if (!isTruncated(bytes)) return false
  try {
    JSON.parse(bytes.toString('utf8'))
    return false
  } catch {
    return true
  }
}
