import { z } from 'zod'
import { lines, troubleSchema, waitingSchema } from './common.js'
import { activeRollbackSchema, historyEntrySchema } from './history.js'
import { syncReportSchema } from './people.js'
import { managementSchema } from './settings.js'

/** Everything but queueing stands still: asked for by the operator, for an upgrade of the host for instance. */
export const pauseSchema = z.object({
  /** ISO 8601, as all times. */
  since: z.string(),
  /** Absent: until `teamchat resume`. */
  until: z.string().optional(),
  reason: z.string(),
})
export type Pause = z.infer<typeof pauseSchema>

export const pauseOptionsSchema = z.strictObject({
  reason: z.string().min(1).max(500),
  /** The pause ends by itself after so many milliseconds. */
  forMs: z
    .int()
    .min(1000)
    .max(366 * 24 * 3_600_000)
    .optional(),
})

export const eventReportSchema = z.object({
  id: z.string(),
  name: z.string(),
  args: z.array(z.string()),
  firedAt: z.string(),
  state: z.enum(['queued', 'look-again', 'waiting', 'done', 'failed']),
  message: z.string(),
  hint: z.string(),
  finishedAt: z.string().optional(),
})
export type EventReport = z.infer<typeof eventReportSchema>

/** A request that waits for an event waits at most so long; the client asks again. */
const LONGEST_WAIT_MS = 60_000

export const eventQuerySchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,64}$/),
  /** Milliseconds to wait until the event is finished, or waits for the operator. */
  wait: z.coerce.number().int().min(0).max(LONGEST_WAIT_MS).default(0),
})

/** How the directory is followed. */
const followingSchema = z.object({
  /** counter: by the directory's change counter. reading: by reading everybody, and why. */
  by: z.enum(['counter', 'reading']),
  reason: z.string().optional(),
  readAt: z.string(),
  /** When a change was last seen. */
  movedAt: z.string().optional(),
  /** Why the counter cannot be asked. */
  trouble: troubleSchema.optional(),
})
export type Following = z.infer<typeof followingSchema>

const serviceStateSchema = z.object({ unit: z.string(), active: z.string(), enabled: z.string() })
export type ServiceState = z.infer<typeof serviceStateSchema>

const peopleStatusSchema = z.object({
  sync: z.enum(['off', 'events', 'full']),
  /** full: confirmed for this provider. */
  confirmed: z.boolean(),
  provider: z.string(),
  /** Absent: it is not followed, or was not read yet by this process. */
  following: followingSchema.optional(),
  links: z.number(),
  credentials: z.number(),
  lastRead: z
    .union([troubleSchema, z.object({ at: z.string(), accounts: z.number(), locksKnown: z.boolean() })])
    .optional(),
  lastImport: syncReportSchema.optional(),
  waiting: waitingSchema.optional(),
  /** Active users, and the server's limit; absent: Mattermost was never asked. `trouble`: no seat is left. */
  seats: z
    .object({
      active: z.number(),
      limit: z.number().optional(),
      version: z.string(),
      trouble: z.string().optional(),
    })
    .optional(),
  /** Links to users that Mattermost does not have, in words. */
  missing: z.string().optional(),
  /** Why the last full read changed nobody. */
  stop: troubleSchema.optional(),
  lastError: troubleSchema.optional(),
})

export const statusSchema = z.object({
  daemon: z.object({
    running: z.boolean(),
    pid: z.number().optional(),
    version: z.string(),
    startedAt: z.string().optional(),
  }),
  management: managementSchema,
  db: z.object({ path: z.string(), revision: z.string().optional() }),
  applied: z.object({ revision: z.string().optional(), at: z.string().optional() }),
  /** The last applied set; absent where there is none. */
  generation: historyEntrySchema.pick({ number: true, at: true, cause: true }).optional(),
  pin: activeRollbackSchema.optional(),
  pause: pauseSchema.optional(),
  /** Actions that are still owed, with the last reason. */
  owed: lines,
  drift: lines,
  services: z.array(serviceStateSchema),
  lastError: troubleSchema.optional(),
  people: peopleStatusSchema,
  /** Events that are not finished. */
  events: z.array(eventReportSchema),
})
export type Status = z.infer<typeof statusSchema>
