import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { isMissing, removeFile } from '../system/files.js'
import { loginKey } from './names.js'
import { readStateFile, writeStateFile } from './state-file.js'
import type { Credential } from './types.js'

const storedSchema = z.strictObject({
  id: z.string(),
  login: z.string(),
  email: z.string(),
  password: z.string(),
  state: z.enum(['pending', 'issued']),
  createdAt: z.string(),
  /** What the link is made from, where only this file survived a crash. */
  accountId: z.string(),
  provider: z.string(),
  username: z.string(),
}) satisfies z.ZodType<Credential>

/** A credential with what is needed to link its user after a crash. */
export type StoredCredential = z.output<typeof storedSchema>

const FILE = /^([0-9a-z]+-[0-9a-f]{12})\.json$/
/** Left behind by a crash in the middle of a write; it may hold a password. */
const LEFTOVER = /^\..*\.teamchatd-[0-9a-f]+$/

/** Passwords of new users until somebody has read them: one file each, 0600, in a folder 0700. */
export class CredentialStore {
  readonly #folder: string
  readonly #root: string

  constructor(paths: { root: string; credentialsFolder: string }) {
    this.#folder = paths.credentialsFolder
    this.#root = paths.root
  }

  /** Puts a password on the disk, durably, before the request that creates its user is sent. */
  async add(
    person: Omit<StoredCredential, 'id' | 'state' | 'createdAt'>,
    now: Date,
  ): Promise<StoredCredential> {
    const id = `${now.getTime().toString(36).padStart(9, '0')}-${randomBytes(6).toString('hex')}`
    const credential: StoredCredential = { id, ...person, state: 'pending', createdAt: now.toISOString() }
    await this.#write(credential)
    return credential
  }

  /** The user exists and is linked. */
  async issue(credential: StoredCredential): Promise<void> {
    await this.#write({ ...credential, state: 'issued' })
  }

  /** By time of creation. Throws `state.unreadable` that names the file. */
  async all(): Promise<StoredCredential[]> {
    const names = (await this.#names()).filter(name => FILE.test(name)).sort()
    const stored = await Promise.all(names.map(name => readStateFile(join(this.#folder, name), storedSchema)))
    return stored.filter(credential => credential !== undefined)
  }

  /** Those to show: without a login all, else those of that person. */
  async list(login?: string): Promise<Credential[]> {
    const key = login === undefined ? undefined : loginKey(login)
    const stored = await this.all()
    return stored
      .filter(credential => key === undefined || loginKey(credential.login) === key)
      .map(({ accountId: _a, provider: _p, username: _u, ...credential }) => credential)
  }

  /** Removes them for good; ids that are unknown, or none at all, are no error. */
  async forget(ids: string[]): Promise<void> {
    for (const id of ids) {
      if (FILE.test(`${id}.json`)) await removeFile(join(this.#folder, `${id}.json`), this.#root)
    }
  }

  /** Removes what a crash left of half-written files. */
  async sweep(): Promise<void> {
    for (const name of await this.#names()) {
      if (LEFTOVER.test(name)) await removeFile(join(this.#folder, name), this.#root)
    }
  }

  async count(): Promise<number> {
    return (await this.#names()).filter(name => FILE.test(name)).length
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#folder)
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  }

  async #write(credential: StoredCredential): Promise<void> {
    const path = join(this.#folder, `${credential.id}.json`)
    await writeStateFile(path, this.#root, `${JSON.stringify(credential, undefined, 2)}\n`)
  }
}
