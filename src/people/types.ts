/** A person's attributes as the directory gives them, by Mattermost's rules; what is undefined was never written. */
export interface DirectoryValues {
  username?: string | undefined
  email?: string | undefined
  firstName?: string | undefined
  lastName?: string | undefined
  nickname?: string | undefined
  position?: string | undefined
}

/** The rule by which we deactivated somebody. */
export type DeactivationRule = 'user-delete' | 'gone' | 'locked' | 'expired'

/** Ties a person's directory id to a Mattermost user. Only linked users are ever changed. Times are ISO 8601. */
export interface Link {
  /** AccountProvider.identity.provider at the time of linking. */
  provider: string
  /** The directory's immutable id. */
  accountId: string
  /** The login when last seen. */
  login: string
  /** The directory's displayed name when last seen. */
  displayName?: string | undefined
  /** 26 of [a-z0-9]. */
  userId: string
  /** linked: by the administrator's `users link` or `users relink`. */
  origin: 'created' | 'adopted' | 'linked'
  linkedAt: string
  /** Ids of teams that this person was put into once; nobody is joined twice. */
  joinedTeams: string[]
  /**
   * What the directory's values were when we last wrote them, or at the linking: only a value that has changed since
   * is written. Absent in links of older versions: the first read after fills it without a write to Mattermost.
   */
  written?: DirectoryValues | undefined
  /** The first full read that did not show the account. */
  goneSince?: string | undefined
  /** Full reads in a row that did not show it. */
  goneReads?: number | undefined
  /**
   * Set when we deactivated the user: by which rule, when, and the ids of its bots that stopped with it. sessions: for
   * a moment, to end the sessions (sessions.ts); whoever finds it lets the user in again.
   */
  deactivated?: { by: DeactivationRule | 'sessions'; at: string; bots?: string[] | undefined } | undefined
  /** When somebody whom we had kept out was let in again: what the server saw of them before was us, and no login. */
  backAt?: string | undefined
  /** Left alone until then; without `until` until somebody ends it. */
  hold?: { since: string; until?: string | undefined; reason?: string | undefined } | undefined
}

/** Somebody in the directory who is left out until `users unignore`. By id; by login where nobody of it was there. */
export interface Ignored {
  accountId?: string | undefined
  login: string
  at: string
}

/**
 * A link that has ended. It stays as a tombstone: its user is never given to another account without being asked.
 * `username`: the user's when it ended; `released` freed it for somebody else.
 */
export interface Tombstone {
  link: Link
  how: 'unlinked' | 'released' | 'relinked'
  username: string
  at: string
}

/** One step of a change of the links. A set of steps is kept as a whole or not at all. */
export type LinkChange =
  | { put: Link }
  /** By accountId. */
  | { drop: string }
  | { ignore: Ignored }
  | { heed: Pick<Ignored, 'accountId' | 'login'> }
  | { former: Tombstone }
  /** By userId: the tombstone goes. */
  | { forget: string }
