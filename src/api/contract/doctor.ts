import { z } from 'zod'

/** skip: the check makes no sense here, and the message says why. */
export const verdictSchema = z.enum(['pass', 'warn', 'fail', 'skip'])

export const findingSchema = z.object({
  /** `dns`, `certificate` … */
  check: z.string(),
  verdict: verdictSchema,
  /** A name, a path, a unit. '' where the message says it. */
  subject: z.string(),
  message: z.string(),
  /** A line to type, or words where no command helps; '' where there is nothing to do. Never a secret. */
  remedy: z.string(),
})

/** `worst`: the verdict of the worst line; a skipped one counts for nothing. */
export const doctorReportSchema = z.object({
  worst: z.enum(['pass', 'warn', 'fail']),
  findings: z.array(findingSchema),
})

/** The people whom a provider shows; system accounts and those that ExcludeUsers names are counted apart. */
export const trialPeopleSchema = z.object({
  accounts: z.number(),
  system: z.number(),
  excluded: z.number(),
  locked: z.number(),
  ended: z.number(),
  withoutMail: z.number(),
  /** The first ones by login. */
  first: z.array(
    z.object({
      login: z.string(),
      name: z.string(),
      mail: z.string(),
      locked: z.boolean(),
      ended: z.boolean(),
    }),
  ),
})

/** `teamchat users test` */
export const directoryTestSchema = z.object({
  ...doctorReportSchema.shape,
  /** Absent where the settings name none that can be used. */
  provider: z.string().optional(),
  people: trialPeopleSchema.optional(),
  /** Exit status of the step that failed. */
  exit: z.number(),
})
