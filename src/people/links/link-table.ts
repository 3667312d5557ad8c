import { loginKey } from '../plan/names.js'
import type { Ignored, Link, LinkChange, Tombstone } from '../types.js'

/** Links, ignored people and tombstones in memory, found by all that one can ask for. Links are never mutated. */
export class LinkTable {
  readonly #links = new Map<string, Link>()
  readonly #byUser = new Map<string, string>()
  readonly #byLogin = new Map<string, string[]>()
  readonly #ignored = new Map<string, Ignored>()
  readonly #former = new Map<string, Tombstone>()

  get size(): number {
    return this.#links.size
  }

  all(): Link[] {
    return [...this.#links.values()]
  }

  ignored(): Ignored[] {
    return [...this.#ignored.values()]
  }

  former(): Tombstone[] {
    return [...this.#former.values()]
  }

  /** As it would be after these steps; this one stays as it is. Throws as `apply`. */
  after(changes: readonly LinkChange[]): LinkTable {
    const copy = new LinkTable()
    for (const link of this.#links.values()) copy.#set(link)
    for (const [key, ignored] of this.#ignored) copy.#ignored.set(key, ignored)
    for (const [userId, former] of this.#former) copy.#former.set(userId, former)
    copy.apply(changes)
    return copy
  }

  ofAccount(accountId: string): Link | undefined {
    return this.#links.get(accountId)
  }

  ofUser(userId: string): Link | undefined {
    return this.#links.get(this.#byUser.get(userId) ?? '')
  }

  /** By the login when last seen, without case. */
  ofLogin(login: string): Link[] {
    const ids = this.#byLogin.get(loginKey(login)) ?? []
    return ids.map(id => this.#links.get(id)).filter(link => link !== undefined)
  }

  ignoredOf({ accountId, login }: Pick<Ignored, 'accountId' | 'login'>): Ignored | undefined {
    const byId = accountId === undefined ? undefined : this.#ignored.get(ignoredKey({ accountId, login }))
    return byId ?? this.#ignored.get(ignoredKey({ login }))
  }

  formerOfUser(userId: string): Tombstone | undefined {
    return this.#former.get(userId)
  }

  /** All of the steps, or none: throws an Error where one account would get two users, or one user two accounts. */
  apply(changes: readonly LinkChange[]): void {
    const undo: LinkChange[] = []
    try {
      for (const change of changes) undo.unshift(...this.#apply(change))
    } catch (error) {
      // What was there comes back as it was, whatever a new step of that kind would be told.
      for (const change of undo) {
        if ('put' in change) this.#set(change.put)
        else this.#apply(change)
      }
      throw error
    }
  }

  /** What takes the step back. */
  #apply(change: LinkChange): LinkChange[] {
    if ('put' in change) return this.#put(change.put)
    if ('drop' in change) return this.#drop(change.drop)
    if ('ignore' in change) {
      const before = this.#ignored.get(ignoredKey(change.ignore))
      this.#ignored.set(ignoredKey(change.ignore), change.ignore)
      return [before === undefined ? { heed: change.ignore } : { ignore: before }]
    }
    if ('heed' in change) {
      const before = this.#ignored.get(ignoredKey(change.heed))
      this.#ignored.delete(ignoredKey(change.heed))
      return before === undefined ? [] : [{ ignore: before }]
    }
    if ('former' in change) {
      const { userId } = change.former.link
      const before = this.#former.get(userId)
      this.#former.set(userId, change.former)
      return [before === undefined ? { forget: userId } : { former: before }]
    }
    const before = this.#former.get(change.forget)
    this.#former.delete(change.forget)
    return before === undefined ? [] : [{ former: before }]
  }

  #put(link: Link): LinkChange[] {
    const { accountId, userId } = link
    const holder = this.#byUser.get(userId)
    if (holder !== undefined && holder !== accountId) {
      throw new Error(`the Mattermost user ${userId} is linked to another account already`)
    }
    const former = this.#former.get(userId)
    // Relinked: the administrator has said that both ids are one person.
    if (former !== undefined && former.how !== 'relinked' && former.link.accountId !== accountId) {
      throw new Error(`the Mattermost user ${userId} was linked to another account before`)
    }
    return this.#set(link)
  }

  #set(link: Link): LinkChange[] {
    const { accountId, userId } = link
    const before = this.#links.get(accountId)
    if (before !== undefined) this.#unindex(before)
    this.#links.set(accountId, link)
    this.#byUser.set(userId, accountId)
    const key = loginKey(link.login)
    this.#byLogin.set(key, [...(this.#byLogin.get(key) ?? []), accountId])
    return [before === undefined ? { drop: accountId } : { put: before }]
  }

  #drop(accountId: string): LinkChange[] {
    const before = this.#links.get(accountId)
    if (before === undefined) return []
    this.#links.delete(accountId)
    this.#unindex(before)
    return [{ put: before }]
  }

  #unindex({ accountId, userId, login }: Link): void {
    this.#byUser.delete(userId)
    const key = loginKey(login)
    const others = (this.#byLogin.get(key) ?? []).filter(id => id !== accountId)
    if (others.length === 0) this.#byLogin.delete(key)
    else this.#byLogin.set(key, others)
  }
}

function ignoredKey({ accountId, login }: Pick<Ignored, 'accountId' | 'login'>): string {
  return accountId === undefined ? `login ${loginKey(login)}` : `id ${accountId}`
}
