import { WriteCoalescer } from '../../system/concurrency/write-coalescer.js'
import type { Ignored, Link, LinkChange, Tombstone } from '../types.js'
import { LinkFile } from './link-file.js'
import { LinkTable } from './link-table.js'

/** What can be asked about links; `LinkStore` has them, and `preview` as they would be. */
export type LinkReading = Pick<
  LinkStore,
  'all' | 'ofAccount' | 'ofUser' | 'ofLogin' | 'ignored' | 'ignoredOf' | 'former' | 'formerOfUser'
>

/**
 * Who in the directory is who in Mattermost: one account has one user, and one user one account, for ever, unless the
 * administrator says otherwise. Everything is in memory; a change costs the same however many links there are.
 */
export class LinkStore {
  readonly #file: LinkFile
  #table = new LinkTable()
  readonly #writes = new WriteCoalescer<LinkChange[]>(changes => this.#write(changes.flat()))
  #failed: unknown

  constructor(paths: { root: string; linksFile: string; linksJournal: string }) {
    this.#file = new LinkFile(paths)
  }

  /** Reads the files where they are not as we left them; missing ones hold no links. Throws `state.unreadable`. */
  async load(): Promise<void> {
    const again = await this.#writes.inTurn(async () => {
      // Changes that are on their way come from a run, which finds out by itself that the files are others; after a
      // failure they are refused first.
      if (this.#writes.isWaiting) return this.#failed !== undefined
      const table = await this.#file.read()
      if (table !== undefined) this.#table = table
      this.#failed = undefined
      return false
    })
    if (again) await this.load()
  }

  /** False where nobody was ever linked, or where the file is lost; undefined: that is not known. */
  get isThere(): boolean | undefined {
    return this.#file.isThere
  }

  get size(): number {
    return this.#table.size
  }

  all(): Link[] {
    return this.#table.all()
  }

  ofAccount(accountId: string): Link | undefined {
    return this.#table.ofAccount(accountId)
  }

  ofUser(userId: string): Link | undefined {
    return this.#table.ofUser(userId)
  }

  /** A former person and a new one may have had the same login. */
  ofLogin(login: string): Link[] {
    return this.#table.ofLogin(login)
  }

  /** Everybody who is left out. */
  ignored(): Ignored[] {
    return this.#table.ignored()
  }

  /** Whether this account is left out, by its id or, where none was known, by its login. */
  ignoredOf(who: Pick<Ignored, 'accountId' | 'login'>): Ignored | undefined {
    return this.#table.ignoredOf(who)
  }

  /** Links that have ended. */
  former(): Tombstone[] {
    return this.#table.former()
  }

  /** The link that this user once had. */
  formerOfUser(userId: string): Tombstone | undefined {
    return this.#table.formerOfUser(userId)
  }

  /** The links as they would be after these steps; nothing is kept. Throws an Error as `change` does. */
  preview(changes: readonly LinkChange[]): LinkReading {
    return this.#table.after(changes)
  }

  /** Adds or replaces the link of `link.accountId`. As `change`. */
  put(link: Link, patient = false): Promise<void> {
    return this.change([{ put: link }], patient)
  }

  /**
   * All of these steps or none; they are on the disk when this resolves. Throws `files.write`, after which nothing is
   * taken until the next `load`, and an Error where a user is, or once was, linked to another account. `patient`: see WriteCoalescer.
   */
  async change(changes: LinkChange[], patient = false): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed
    this.#table.apply(changes)
    await this.#writes.add(changes, patient)
  }

  async #write(changes: LinkChange[]): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed
    try {
      await this.#file.write(changes, this.#table)
    } catch (error) {
      // What is in memory is ahead of the disk now.
      this.#file.forget()
      this.#failed = error
      throw error
    }
  }
}
