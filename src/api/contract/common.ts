import { z } from 'zod'

/** Lines for people; secrets are masked. */
export const lines = z.array(z.string())

/** An error that is told later than it happened. */
export const troubleSchema = z.object({ at: z.string(), message: z.string(), hint: z.string() })
export type Trouble = z.infer<typeof troubleSchema>

/** Why nothing could be done yet, in words that begin with "waits: ", and the operator's remedy. */
export const waitingSchema = z.object({ reason: z.string(), hint: z.string() })
export type Waiting = z.infer<typeof waitingSchema>

/** A login or a name in the directory. */
export const nameSchema = z.string().min(1).max(1024)
