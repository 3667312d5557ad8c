import { z } from 'zod'
import { isId } from '../mattermost/ids.js'
import { loginKey } from './names.js'
import { readStateFile, writeStateFile } from './state-file.js'
import type { FormerLink, Ignored, Link } from './types.js'

const linkSchema = z.strictObject({
  provider: z.string(),
  accountId: z.string().min(1),
  login: z.string(),
  userId: z.string().refine(isId),
  displayName: z.string().optional(),
  origin: z.enum(['created', 'adopted', 'linked']),
  written: z.record(z.string(), z.string().optional()).optional(),
  goneSince: z.string().optional(),
  goneReads: z.number().optional(),
  hold: z
    .strictObject({ since: z.string(), until: z.string().optional(), reason: z.string().optional() })
    .optional(),
  linkedAt: z.string(),
  joinedTeams: z.array(z.string().refine(isId)),
  deactivated: z
    .strictObject({
      by: z.enum(['user-delete', 'gone', 'locked', 'expired']),
      at: z.string(),
      bots: z.array(z.string()).optional(),
    })
    .optional(),
}) satisfies z.ZodType<Link>

const fileSchema = z.strictObject({
  version: z.literal(1),
  links: z
    .array(linkSchema)
    .refine(links => isUnique(links.map(link => link.accountId)) && isUnique(links.map(link => link.userId))),
})

/** Who in the directory is who in Mattermost, in one file; one account has one user, and one user one account. */
export class LinkStore {
  readonly #path: string
  readonly #root: string
  #links = new Map<string, Link>()
  #running: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  constructor(paths: { root: string; linksFile: string }) {
    this.#path = paths.linksFile
    this.#root = paths.root
  }

  /** Reads the file anew; a missing one holds no links. Throws `state.unreadable`. */
  async load(): Promise<void> {
    const file = await readStateFile(this.#path, fileSchema)
    this.#links = new Map((file?.links ?? []).map(link => [link.accountId, link]))
  }

  all(): Link[] {
    return [...this.#links.values()]
  }

  ignored(): Ignored[] {
    return []
  }

  former(): FormerLink[] {
    return []
  }

  async change(changes: { put: Link }[]): Promise<void> {
    for (const { put } of changes) await this.put(put)
  }

  ofAccount(accountId: string): Link | undefined {
    return this.#links.get(accountId)
  }

  ofUser(userId: string): Link | undefined {
    return this.all().find(link => link.userId === userId)
  }

  /** A former person and a new one may have had the same login. */
  ofLogin(login: string): Link[] {
    const key = loginKey(login)
    return this.all().filter(link => loginKey(link.login) === key)
  }

  /**
   * Adds or replaces the link of `link.accountId`; it is on the disk when this resolves. Throws `files.write`, and an
   * Error where the user is linked to another account: no caller may get there.
   */
  async put(link: Link): Promise<void> {
    const holder = this.ofUser(link.userId)
    if (holder !== undefined && holder.accountId !== link.accountId) {
      throw new Error(`the Mattermost user ${link.userId} is linked to another account already`)
    }
    this.#links.set(link.accountId, link)
    await this.#commit()
  }

  /** A write that runs does not hold this change: all that come meanwhile share the next one. */
  #commit(): Promise<void> {
    this.#next ??= this.#running.then(() => {
      this.#next = undefined
      const write = this.#write()
      this.#running = write.catch(() => undefined) // each caller of put() is told
      return write
    })
    return this.#next
  }

  async #write(): Promise<void> {
    const lines = this.all().map(link => `    ${JSON.stringify(link)}`)
    const content = `{\n  "version": 1,\n  "links": [\n${lines.join(',\n')}\n  ]\n}\n`
    await writeStateFile(this.#path, this.#root, content)
  }
}

function isUnique(values: string[]): boolean {
  return new Set(values).size === values.length
}
