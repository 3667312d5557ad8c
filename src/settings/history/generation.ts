import { z } from 'zod'
import type { Json } from '../../config/json/json.js'

const namedSchema = {
  /** `Section.Key` */
  name: z.string(),
  path: z.array(z.string()),
  compare: z.enum(['exact', 'folder', 'address']),
}

const leafSchema = z.union([
  z.strictObject({
    ...namedSchema,
    value: z.json(),
    /** Nobody but the site had set it by then: only what we write over it later can be rolled back. */
    site: z.literal(true).optional(),
  }),
  /** A secret: enough of its SHA-256 to see that it is another one, and what people may see of it. */
  z.strictObject({ ...namedSchema, hash: z.string(), shown: z.string() }),
])

const fileSchema = z.strictObject({ output: z.string(), path: z.string(), text: z.string() })

/** One applied set of outputs as it is kept. */
export const generationSchema = z.strictObject({
  version: z.literal(1),
  number: z.int().positive(),
  /** That of the change which put it in place. */
  id: z.string(),
  /** ISO 8601. */
  at: z.string(),
  /** The DB's. */
  revision: z.string(),
  /** Why the story ran: start, db-changed, apply, retry, rollback, release. */
  cause: z.string(),
  /** rollback: the generation that was put back. */
  restored: z.int().optional(),
  /** What changed, a line each; secrets masked. */
  changes: z.array(z.string()),
  /** What services did, a line each. */
  actions: z.array(z.string()),
  /** Mattermost's configuration, below --root; null while Mattermost is disabled. */
  configFile: z.string().nullable(),
  /** Our leaves of config.json as we wrote them, and the site's own that we may write; not what somebody has set over ours. */
  leaves: z.array(leafSchema),
  /** Every other output, as it was written. */
  files: z.array(fileSchema),
})

export type Generation = z.infer<typeof generationSchema>
export type StoredLeaf = z.infer<typeof leafSchema>
export type StoredFile = z.infer<typeof fileSchema>

/** What two generations, or a generation and the live files, are compared by. */
export type Contents = Pick<Generation, 'configFile' | 'leaves' | 'files'>

/** Whether it was the site's own by then, and not yet ours. */
export function isSitesOwn(leaf: StoredLeaf): boolean {
  return 'value' in leaf && leaf.site === true
}

/** The value of a leaf that is no secret; undefined for one that is. */
export function storedValue(leaf: StoredLeaf): Json | undefined {
  return 'value' in leaf ? leaf.value : undefined
}
