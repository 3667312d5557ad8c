import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Credential } from '../../api/contract/people.js'
import { WriteCoalescer } from '../../system/concurrency/write-coalescer.js'
import { removeFiles } from '../../system/files/entries.js'
import { isMissing } from '../../system/files/errors.js'
import { isTruncated, readFileIfPresent } from '../../system/files/files.js'
import { changeFolder } from '../../system/files/folder-changes.js'
import { loginKey } from '../plan/names.js'
import { makeStateFolder, readStateFile } from '../state.js'

const fileSchema = z.strictObject({
  id: z.string(),
  login: z.string(),
  email: z.string(),
  password: z.string(),
  createdAt: z.string(),
  /** What the link is made from, where only this file survived a crash. */
  accountId: z.string(),
  provider: z.string(),
  username: z.string(),
  name: z.string().default(''),
  delivery: z.enum(['password', 'mail']).default('password'),
})

/** A credential with what is needed to link its user after a crash. */
export type StoredCredential = z.output<typeof fileSchema> & Pick<Credential, 'state'>

/** `ID.pending.json` until the user is linked, then `ID.json`. */
const FILE = /^([0-9a-z]+-[0-9a-f]{12})(\.pending)?\.json$/
/** Left behind by a crash in the middle of a write; it may hold a password. */
const LEFTOVER = /^\..*\.teamchatd-[0-9a-f]+$/

/** The purpose of a visit to the folder. */
type Visit = { write: { name: string; content: string } } | { forget: string[] } | 'issue'

/** So many wait for the next visit at most, which else is that of the next password. */
const ISSUES_AT_ONCE = 16

/**
 * Passwords of new users until their owners have used them, and links to set one until they are mailed: one file each,
 * 0600, in a folder 0700.
 */
export class CredentialStore {
  readonly #folder: string
  readonly #root: string
  readonly #visits = new WriteCoalescer<Visit>(visits => this.#visit(visits))
  /** Issued, but for the file's name. */
  readonly #issued = new Set<string>()

  constructor(paths: { root: string; credentialsFolder: string }) {
    this.#folder = paths.credentialsFolder
    this.#root = paths.root
  }

  /** Puts a password on the disk, durably, before the request that creates its user is sent. `patient`: see WriteCoalescer. */
  async add(
    person: Omit<StoredCredential, 'id' | 'state' | 'createdAt'>,
    now: Date,
    patient = false,
  ): Promise<StoredCredential> {
    const id = `${now.getTime().toString(36).padStart(9, '0')}-${randomBytes(6).toString('hex')}`
    const content = { id, ...person, createdAt: now.toISOString() }
    const file = { name: pendingName(id), content: `${JSON.stringify(content)}\n` }
    await this.#visits.add({ write: file }, patient)
    return { ...content, state: 'pending' }
  }

  /**
   * The user exists and is linked. Not waited for on the disk: after a power cut it may be pending again, and
   * `reconcile` then finds the link, which is durable. `patient`: the file gets its name by the next visit, or by
   * `settle`, which whoever is patient calls at the end.
   */
  async issue({ id }: Pick<StoredCredential, 'id'>, patient = false): Promise<void> {
    this.#issued.add(id)
    if (!patient || this.#issued.size >= ISSUES_AT_ONCE) await this.#visits.add('issue', false)
  }

  /** Nothing is left to do for those who were patient. */
  async settle(): Promise<void> {
    if (this.#issued.size > 0) await this.#visits.add('issue', false)
  }

  /** By time of creation. Throws `state.unreadable` that names the file. */
  async all(): Promise<StoredCredential[]> {
    const ids = (await this.#names()).map(name => FILE.exec(name)?.[1]).filter(id => id !== undefined)
    const stored = await Promise.all([...new Set(ids)].sort().map(id => this.#read(id)))
    return stored.filter(credential => credential !== undefined)
  }

  /** Those to show: without a login all, else those of that person. */
  async list(login: string | undefined, site: string): Promise<Credential[]> {
    const key = login === undefined ? undefined : loginKey(login)
    const stored = await this.all()
    return stored
      .filter(credential => key === undefined || loginKey(credential.login) === key)
      .map(({ accountId: _a, provider: _p, ...credential }) => ({ ...credential, site }))
  }

  /** Removes them for good; ids that are unknown, or none at all, are no error. */
  async forget(ids: string[]): Promise<void> {
    const known = ids.filter(id => FILE.test(issuedName(id)))
    if (known.length > 0) await this.#visits.add({ forget: known }, false)
  }

  /** Removes what a crash left of half-written files. Nobody else may write one meanwhile. */
  async sweep(): Promise<void> {
    const names: string[] = []
    for (const name of await this.#names())
      if (LEFTOVER.test(name) || (await this.#isTorn(name))) names.push(name)
    if (names.length > 0) await removeFiles(this.#folder, names, this.#root)
  }

  async count(): Promise<number> {
    let count = 0
    for (const name of await this.#names()) if (FILE.test(name) && !(await this.#isTorn(name))) count += 1
    return count
  }

  async #visit(visits: Visit[]): Promise<void> {
    const write: { name: string; content: string }[] = []
    const remove: string[] = []
    for (const visit of visits) {
      if (visit === 'issue') continue
      if ('write' in visit) write.push(visit.write)
      // Whoever is forgotten needs no other name first.
      else for (const id of visit.forget) remove.push(...this.#takeNames(id))
    }
    const issued = [...this.#issued]
    const rename = issued.map(id => ({ from: pendingName(id), to: issuedName(id) }))
    if (write.length + rename.length + remove.length === 0) return
    const change = () => changeFolder(this.#folder, { write, rename, remove }, this.#root)
    try {
      await change()
    } catch (error) {
      if (!isMissing(error)) throw error
      if (write.length > 0) {
        await makeStateFolder(this.#folder, this.#root)
        await change()
      }
    }
    for (const id of issued) this.#issued.delete(id)
  }

  #takeNames(id: string): string[] {
    return this.#issued.delete(id) ? [pendingName(id)] : [pendingName(id), issuedName(id)]
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#folder)
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  }

  /** Only a new one can be. */
  async #isTorn(name: string): Promise<boolean> {
    if (FILE.exec(name)?.[2] === undefined) return false
    const bytes = await readFileIfPresent(join(this.#folder, name))
    return bytes !== undefined && isTruncated(bytes)
  }

  /** It may be issued between the look at the folder and this one. */
  async #read(id: string): Promise<StoredCredential | undefined> {
    // Of a torn one the request that would create its user was not sent.
    const pending = await readStateFile(
      join(this.#folder, pendingName(id)),
      fileSchema,
      undefined,
      isTruncated,
    )
    if (pending !== undefined) return { ...pending, state: this.#issued.has(id) ? 'issued' : 'pending' }
    const issued = await readStateFile(join(this.#folder, issuedName(id)), fileSchema)
    return issued && { ...issued, state: 'issued' }
  }
}

function pendingName(id: string): string {
  return `${id}.pending.json`
}

function issuedName(id: string): string {
  return `${id}.json`
}
