import { z } from 'zod'
import { lines } from './common.js'

/** The number of a generation. In a query it is text. */
export const generationNumber = z.coerce.number().int().min(0).max(999_999_999)

/** A rollback that stays in force: the generation that was put back, and since when. */
export const activeRollbackSchema = z.object({ generation: z.number(), since: z.string() })

/** One applied set, for people and machines. */
export const historyEntrySchema = z.object({
  number: z.number(),
  at: z.string(),
  /** The DB's; '' for generation 0. */
  revision: z.string(),
  /** start, db-changed, apply, retry, rollback, release; adopt for generation 0. */
  cause: z.string(),
  /** rollback: the generation that was put back. */
  restored: z.number().optional(),
  /** Changes with the property that caused each. */
  changes: lines,
  /** Actions on services. */
  actions: lines,
  /** The last one of all. */
  newest: z.boolean(),
  /** A rollback to it is in force. */
  pinned: z.boolean(),
})
export type HistoryEntry = z.infer<typeof historyEntrySchema>

export const historySchema = z.object({
  /** The oldest first. */
  entries: z.array(historyEntrySchema),
  unreadable: z.array(z.object({ number: z.number(), reason: z.string() })),
  pin: activeRollbackSchema.optional(),
})
export type History = z.infer<typeof historySchema>

export const diffOptionsSchema = z.strictObject({
  /** The newest generation where it is absent. */
  from: generationNumber.optional(),
  /** The live files where it is absent. */
  to: generationNumber.optional(),
})

export const diffOutcomeSchema = z.object({
  /** `generation 3` */
  from: z.string(),
  /** `generation 5`, `live` */
  to: z.string(),
  /** None: nothing differs. */
  files: z.array(z.object({ output: z.string(), path: z.string(), diff: lines })),
  notes: lines,
})
export type DiffOutcome = z.infer<typeof diffOutcomeSchema>
