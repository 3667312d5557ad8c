import { z } from 'zod'
import { lines, nameSchema } from './common.js'
import { personPlanSchema, planSummarySchema } from './people.js'

const linkActions = ['link', 'unlink', 'ignore', 'unignore', 'hold', 'unhold', 'release'] as const
export type LinkAction = (typeof linkActions)[number]

/** One change of who is who, by command. */
export const linkRequestSchema = z.strictObject({
  action: z.enum(linkActions),
  /** A login of the directory, or the account's id where several have that login; release: also the username. */
  name: nameSchema,
  /** link: the Mattermost user; by default the one whom the login would get. */
  username: z.string().min(1).max(64).optional(),
  /** hold: ISO 8601, UTC. */
  until: z.iso.datetime().optional(),
  dryRun: z.boolean().default(false),
})
export type LinkRequest = z.output<typeof linkRequestSchema>

export const linkOutcomeSchema = z.object({
  /** False: it was so already. */
  changed: z.boolean(),
  told: lines,
  /** The next sync's decisions about these people. */
  next: z.array(personPlanSchema),
  /** How many mails Mattermost sends because of that. */
  mails: z.number(),
  notes: lines,
})
export type LinkOutcome = z.infer<typeof linkOutcomeSchema>

const linkedPersonSchema = z.object({
  /** In the directory, when last seen. */
  login: z.string(),
  accountId: z.string(),
  userId: z.string(),
  /** Absent: Mattermost could not be asked, or has no such user. */
  username: z.string().optional(),
  /** missing: Mattermost has no user of that id. unknown: it could not be asked. */
  state: z.enum(['active', 'deactivated', 'missing', 'unknown']),
  origin: z.enum(['created', 'adopted', 'linked']),
  linkedAt: z.string(),
  /** Held, gone, deactivated by us. */
  remarks: lines,
})
export type LinkedPerson = z.infer<typeof linkedPersonSchema>

const valuesSchema = z.object({
  username: z.string().optional(),
  email: z.string().optional(),
  firstName: z.string().optional(),
  lastName: z.string().optional(),
  nickname: z.string().optional(),
  position: z.string().optional(),
})

/** Ties a person's directory id to a Mattermost user. */
const linkSchema = z.object({
  provider: z.string(),
  accountId: z.string(),
  login: z.string(),
  displayName: z.string().optional(),
  userId: z.string(),
  origin: z.enum(['created', 'adopted', 'linked']),
  linkedAt: z.string(),
  joinedTeams: z.array(z.string()),
  written: valuesSchema.optional(),
  goneSince: z.string().optional(),
  goneReads: z.number().optional(),
  deactivated: z.object({ by: z.string(), at: z.string(), bots: z.array(z.string()).optional() }).optional(),
  backAt: z.string().optional(),
  hold: z
    .object({ since: z.string(), until: z.string().optional(), reason: z.string().optional() })
    .optional(),
})

/** A link that has ended; its user is given to nobody else. */
const formerSchema = z.object({
  link: linkSchema,
  how: z.enum(['unlinked', 'released', 'relinked']),
  /** The user's name when it ended. */
  username: z.string(),
  at: z.string(),
})

export const userListSchema = z.object({
  people: z.array(linkedPersonSchema),
  ignored: z.array(z.object({ accountId: z.string().optional(), login: z.string(), at: z.string() })),
  former: z.array(formerSchema),
  notes: lines,
})
export type UserList = z.infer<typeof userListSchema>

export const relinkRequestSchema = z.strictObject({
  /** Logins; empty: everybody whose id is another than before. */
  names: z.array(nameSchema).default([]),
  /** In place of that: links whose user is not in Mattermost any more are dropped. */
  forgetMissing: z.boolean().default(false),
  /** Nothing is changed without it. */
  confirm: z.boolean().default(false),
})
export type RelinkRequest = z.output<typeof relinkRequestSchema>

export const relinkOutcomeSchema = z.object({
  people: z.array(
    z.object({
      login: z.string(),
      username: z.string(),
      from: z.string(),
      to: z.string(),
      /** The difference; '' where there is none. */
      remark: z.string(),
    }),
  ),
  /** Logins whose link is dropped. */
  forgotten: z.array(z.string()),
  /** People who stay as they are, and why. */
  left: z.array(z.object({ login: z.string(), reason: z.string() })),
  /** The next sync of everybody. */
  summary: planSummarySchema.optional(),
  notes: lines,
})
export type RelinkOutcome = z.infer<typeof relinkOutcomeSchema>

/** `differences`: empty where it is the host that was known, or the first one. */
export const hostOutcomeSchema = z.object({ differences: lines })
export type HostOutcome = z.infer<typeof hostOutcomeSchema>
