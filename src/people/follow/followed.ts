import { createHash } from 'node:crypto'
import type { Following } from '../../api/contract/service.js'
import type { Account, ChangesRead, DirectoryRead } from '../../directory/account.js'
import type { AccountProvider } from '../../directory/account-provider.js'
import { type ChangeMark, type CounterReading, compareMarks } from '../../directory/change-mark.js'
import type { CounterSaid, FollowView } from './step.js'

type Identity = AccountProvider['identity']

/** How a list of everybody and of what has changed differs from what was seen before. */
export interface Differences {
  /** Accounts that differ from when they were last seen, or are new. */
  changed: Account[]
  /** Ids that were not there before and are not among `changed`. */
  appeared: string[]
  /** Ids that are no longer there. */
  gone: string[]
}

const NOTHING: FollowView = {
  readAt: undefined,
  listedAt: undefined,
  listOwed: false,
  nextDue: undefined,
  unsettled: false,
  failures: 0,
  triedAt: 0,
}

/**
 * What this process has seen of the directory. Nothing of it is on disk: a start reads everybody anyhow, since nobody
 * knows what Mattermost has been told meanwhile.
 */
export class Followed {
  #whose = ''
  /** undefined: everybody was not read yet. */
  #mark: CounterReading | undefined
  /** A hash of each account by its id: whoever looks the same as before is not looked at again. */
  #seen = new Map<string, string>()
  #view = NOTHING
  #running = false
  #movedAt: number | undefined
  #trouble: Following['trouble']

  /** A run is under way: whatever is found meanwhile, it may see as well. */
  get running(): boolean {
    return this.#running
  }

  /** Known facts about this directory. */
  viewOf(identity: Identity): FollowView {
    const { failures, triedAt } = this.#view
    return this.#isOf(identity) ? this.#view : { ...NOTHING, failures, triedAt }
  }

  /** From where changes count; undefined: everybody must be read. */
  markOf(identity: Identity): ChangeMark | undefined {
    const mark = this.#isOf(identity) ? this.#mark : undefined
    return mark?.kind === 'none' ? undefined : mark
  }

  /** What a look at the counter means. */
  said(identity: Identity, reading: CounterReading | undefined): CounterSaid {
    if (!this.#isOf(identity)) return undefined
    if (this.#mark === undefined || this.#mark.kind === 'none' || reading?.kind === 'none') return 'none'
    return reading === undefined ? undefined : compareMarks(this.#mark, reading)
  }

  /** Who is linked has changed: whoever looks the same in the directory must be looked at again all the same. */
  readAnew(): void {
    this.#whose = ''
  }

  /** Runs `work` as a try; a failed one comes later the next time. */
  async trying<T>(now: () => number, work: () => Promise<T>): Promise<T> {
    this.#running = true
    const triedAt = now()
    try {
      const result = await work()
      this.#view = { ...this.#view, failures: 0, triedAt }
      return result
    } catch (error) {
      this.#view = { ...this.#view, failures: this.#view.failures + 1, triedAt }
      throw error
    } finally {
      this.#running = false
    }
  }

  /** A run over everybody is done. `now` is from before the read, `due` when something comes by the clock alone. */
  readEverybody(
    identity: Identity,
    read: DirectoryRead,
    { now, unsettled, due }: { now: number; unsettled: boolean; due: number | undefined },
  ): void {
    const { accounts, mark } = read
    const before = this.#isOf(identity) ? this.#mark : undefined
    if (hasMoved(before, mark)) this.#movedAt = now
    this.#whose = keyOf(identity)
    this.#mark = mark ?? { kind: 'none', reason: 'this provider has none' }
    this.#seen = new Map(accounts.map(account => [account.id, digest(account)]))
    const { listedAt, failures, triedAt } = this.#view
    const nextDue = earliest(due, earliestEnd(accounts, now))
    this.#view = { readAt: now, listedAt, listOwed: false, nextDue, unsettled, failures, triedAt }
  }

  /** News of a read of changes. */
  compare({ accounts, ids }: Extract<ChangesRead, { kind: 'changes' }>): Differences {
    const changed = accounts.filter(account => this.#seen.get(account.id) !== digest(account))
    const those = new Set(changed.map(account => account.id))
    return {
      changed,
      appeared: ids === undefined ? [] : [...ids].filter(id => !this.#seen.has(id) && !those.has(id)),
      gone: ids === undefined ? [] : [...this.#seen.keys()].filter(id => !ids.has(id)),
    }
  }

  /** A run over `accounts` is done: the directory is known up to `mark`. */
  readChanges(
    mark: ChangeMark,
    accounts: Account[],
    { now, listed, unsettled }: { now: number; listed: boolean; unsettled: boolean },
  ): void {
    if (hasMoved(this.#mark, mark)) this.#movedAt = now
    this.#mark = mark
    for (const account of accounts) this.#seen.set(account.id, digest(account))
    this.#view = {
      ...this.#view,
      listedAt: listed ? now : this.#view.listedAt,
      listOwed: !listed,
      nextDue: earliest(this.#view.nextDue, earliestEnd(accounts, now)),
      unsettled: this.#view.unsettled || unsettled,
    }
  }

  /** Everybody was listed, whatever came of it: the next list waits. */
  listed(now: number): void {
    this.#view = { ...this.#view, listedAt: now }
  }

  /** The counter could not be asked; undefined: it could. */
  asked(trouble: Following['trouble']): void {
    this.#trouble = trouble
  }

  /** undefined before everybody was read once. */
  status(identity: Identity): Following | undefined {
    const { readAt } = this.#view
    if (!this.#isOf(identity) || readAt === undefined) return undefined
    const mark = this.#mark
    return {
      by: mark === undefined || mark.kind === 'none' ? 'reading' : 'counter',
      reason: mark?.kind === 'none' ? mark.reason : undefined,
      readAt: new Date(readAt).toISOString(),
      movedAt: this.#movedAt === undefined ? undefined : new Date(this.#movedAt).toISOString(),
      trouble: this.#trouble,
    }
  }

  #isOf(identity: Identity): boolean {
    return this.#whose === keyOf(identity)
  }
}

function hasMoved(before: CounterReading | undefined, now: CounterReading | undefined): boolean {
  if (before === undefined || before.kind === 'none' || now === undefined || now.kind === 'none') return false
  return compareMarks(before, now) !== 'same'
}

function keyOf({ provider, base, filter }: Identity): string {
  return JSON.stringify([provider, base, filter])
}

function digest(account: Account): string {
  return createHash('sha256').update(JSON.stringify(account)).digest('base64').slice(0, 16)
}

/** When the first of these accounts ends that has not ended yet. */
function earliestEnd(accounts: Account[], now: number): number | undefined {
  let end: number | undefined
  for (const { endsAt } of accounts) if (endsAt !== undefined && endsAt > now) end = earliest(end, endsAt)
  return end
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
}
