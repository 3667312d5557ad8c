import type { ChangeMark, CounterReading } from './change-mark.js'

/** A person in the directory. Texts are UTF-8 as the directory holds them, untrimmed. */
export interface Account {
  /** The directory's immutable id in lower case: entryUUID, or objectGUID as Windows writes it. */
  id: string
  /** uid or sAMAccountName as it stands there. */
  login: string
  dn: string
  /**
   * All addresses; the first one is the person's. An attribute with several values has no order, so there it is
   * the byte order; what the directory itself marks as the main one comes first.
   */
  mails: string[]
  givenName: string
  surname: string
  displayName: string
  title: string
  /** undefined: the attribute that tells it cannot be read, so locks are unknown. */
  locked: boolean | undefined
  /** The end of the account is past (shadowExpire, accountExpires); an expired password is not that. */
  expired: boolean
  /**
   * That end in milliseconds since 1970; undefined where the account has none. A date that comes changes no entry of
   * the directory, so whoever follows one looks again at this time.
   */
  endsAt: number | undefined
  /** Only the password must be changed before the next login: never a reason to deactivate anybody. */
  passwordExpired: boolean
  /** administrator, guest, ldapservice …, and whom ExcludeUsers names: hidden from every import, and left alone. */
  system: boolean
  /** Hidden only because ExcludeUsers names it. */
  excluded: boolean
  /**
   * The place of the first of the site's groups (UserGroup) that the person is in, from 0: where seats are limited,
   * they go to the lower places first. 0 for everybody where no group is named.
   */
  groupOrder: number
}

/** One successful read. A read that failed, or broke off, throws; it never gives a part. */
export interface DirectoryRead {
  accounts: Account[]
  /** False where no entry showed the attribute that tells locks (userPassword, userAccountControl). */
  locksKnown: boolean
  /** Where the directory stood before it was read; only where that was asked for. */
  mark?: CounterReading
}

/** What `readNamed` saw. */
export interface NamedRead extends DirectoryRead {
  /** At least one account exists below the base that was not asked for: the read can be believed. */
  othersSeen: boolean
}

export interface ReadOptions {
  after: ChangeMark | undefined
}

/** Changes since a mark. */
export type ChangesRead =
  | {
      kind: 'changes'
      /** Where the directory stood before this read: the next one goes on from here. */
      mark: ChangeMark
      /** Those of the entries that have changed which count now. */
      accounts: Account[]
      locksKnown: boolean
      /** The ids of everybody who counts, where they were listed: who is missing is gone, or left the site's groups. */
      ids: ReadonlySet<string> | undefined
    }
  /** It cannot be told: everybody must be read. */
  | { kind: 'unknown'; reason: string }

/** A connection to the change counter, held open: a login every few seconds would fill the server's log. */
export interface CounterConnection {
  /** The server that answers. */
  readonly url: string
  /** False once it is lost. */
  readonly usable: boolean
  /** Asks for nothing but the counter. */
  read(): Promise<CounterReading>
  close(): Promise<void>
}

/** How a server is followed. Deletions leave no trace in what has changed: they are seen in the list of ids. */
export interface DirectoryChanges {
  /** `near`: at the server of that mark, where it can be reached. */
  openCounter(near: ChangeMark | undefined, signal?: AbortSignal): Promise<CounterConnection>
  /** What changed since `mark`; `list` adds the ids of everybody. */
  readSince(mark: ChangeMark, options: { list: boolean }, signal?: AbortSignal): Promise<ChangesRead>
  /** The remedy where there is no counter. */
  readonly remedy: string
}
