import { z } from 'zod'
import { isId } from '../../mattermost/ids.js'
import type { Ignored, Link, LinkChange, Tombstone } from '../types.js'

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

export const ignoredSchema = z.strictObject({
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
export const wholeSchema = z.discriminatedUnion('version', [
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
