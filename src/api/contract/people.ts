import { z } from 'zod'
import { lines, nameSchema } from './common.js'

/** The outcome of one full run, or of the bulk command. */
export const syncReportSchema = z.object({
  startedAt: z.string(),
  finishedAt: z.string(),
  created: z.number(),
  adopted: z.number(),
  joined: z.number(),
  skipped: z.number(),
  refused: z.number(),
  failed: z.number(),
  updated: z.number(),
  renamed: z.number(),
  deactivated: z.number(),
  reactivated: z.number(),
  /** Held by a rate limit, by `users hold`, or not gone long enough. */
  held: z.number(),
  /** People who wait, and for what. */
  waits: lines,
  /** Conflicts and failures, without secrets. */
  problems: lines,
})
export type SyncReport = z.infer<typeof syncReportSchema>

const resultSchema = z.union([z.literal('ok'), z.object({ failed: z.string() })])

/** A line of the bulk command, as things happen. `password` is there only for a created user. */
export const importLineSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('team'), name: z.string(), displayName: z.string(), result: resultSchema }),
  z.object({ kind: z.literal('locked'), login: z.string() }),
  z.object({ kind: z.literal('expired'), login: z.string() }),
  z.object({ kind: z.literal('existing'), login: z.string(), conflict: z.string().optional() }),
  z.object({
    kind: z.literal('created'),
    login: z.string(),
    password: z.string(),
    credentialId: z.string(),
    result: resultSchema,
  }),
  z.object({ kind: z.literal('failed'), login: z.string(), reason: z.string() }),
  /** For standard error: "locks unknown", "…; promoted to administrator". */
  z.object({ kind: z.literal('note'), text: z.string() }),
  z.object({ kind: z.literal('progress'), finished: z.number(), total: z.number() }),
])
export type ImportLine = z.infer<typeof importLineSchema>

export const importOptionsSchema = z.strictObject({ password: z.string().min(1).max(1024).optional() })

/** A new user's password, kept where only root reads it; or the link to set one that is owed to them. */
export const credentialSchema = z.object({
  id: z.string(),
  login: z.string(),
  /** The name in Mattermost. */
  username: z.string(),
  /** As the directory displays it; '' where unknown. */
  name: z.string(),
  email: z.string(),
  /** '' where a link is owed. */
  password: z.string(),
  /** Where to log in; '' where unknown. */
  site: z.string(),
  /** password: to be handed out. mail: Mattermost mails a link, and nobody has seen a password. */
  delivery: z.enum(['password', 'mail']),
  /** Why the last try to mail failed. */
  mailProblem: z.string().optional(),
  /** pending: the request may not have reached Mattermost yet. */
  state: z.enum(['pending', 'issued']),
  createdAt: z.string(),
})
export type Credential = z.infer<typeof credentialSchema>

/** Whose passwords: one person's, a directory group's, or everybody's. */
export const whoseSchema = z.strictObject({ login: nameSchema.optional(), group: nameSchema.optional() })
export type Whose = z.infer<typeof whoseSchema>

export const invitationSchema = z.object({
  state: z.enum(['sent', 'owed']),
  login: z.string(),
  email: z.string(),
  /** Why it is owed; '' where it was sent. */
  reason: z.string(),
})
export type Invitation = z.infer<typeof invitationSchema>

/** The last result of one person. */
const personResultSchema = z.object({
  accountId: z.string(),
  login: z.string(),
  at: z.string(),
  state: z.string(),
  reason: z.string(),
  hint: z.string(),
})

/** The last run over everybody, and the last result for each person. */
export const peopleReportSchema = z.object({
  lastRun: syncReportSchema.optional(),
  people: z.array(personResultSchema),
})
export type PeopleReport = z.infer<typeof peopleReportSchema>

const decisionKinds = [
  'create',
  'adopt',
  'update',
  'rename',
  'deactivate',
  'reactivate',
  'join',
  'skip',
  'hold',
  'refuse',
] as const

/** One line of a plan of the people service. */
export const personPlanSchema = z.object({
  login: z.string(),
  kind: z.enum(decisionKinds),
  /** In words. */
  reason: z.string(),
})
export type PersonPlan = z.infer<typeof personPlanSchema>

/** A plan as a whole. */
export const planSummarySchema = z.object({
  /** How many people of each kind. */
  counts: z.record(z.enum(decisionKinds), z.number()),
  /** How many mails Mattermost will send because of it. */
  mails: z.number(),
  /** Bots that stop with their owners. */
  bots: z.array(z.object({ owner: z.string(), bots: z.array(z.string()) })),
  /** Active users now and afterwards, and the server's limit; absent where it was not asked. */
  seats: z.object({ before: z.number(), after: z.number(), limit: z.number().optional() }).optional(),
  /** Logins whose linked user Mattermost does not have; only a plan of everybody can tell. */
  missing: z.array(z.string()),
})
export type PlanSummary = z.infer<typeof planSummarySchema>

export const confirmOutcomeSchema = z.object({
  provider: z.string(),
  plan: z.array(personPlanSchema),
  summary: planSummarySchema,
  /** Whether carrying the plan out would change anything. */
  pending: z.boolean(),
  notes: lines,
  confirmed: z.boolean(),
})
export type ConfirmOutcome = z.infer<typeof confirmOutcomeSchema>

export const syncOutcomeSchema = z.object({
  ...confirmOutcomeSchema.shape,
  /** Absent where nobody was changed. */
  report: syncReportSchema.optional(),
})
