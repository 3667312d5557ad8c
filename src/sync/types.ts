/** Ties a person's directory id to a Mattermost user. Only linked users are ever changed. */
export interface Link {
  /** AccountProvider.identity.provider at the time of linking. */
  provider: string
  /** The directory's immutable id. */
  accountId: string
  /** The login when last seen. */
  login: string
  /** 26 of [a-z0-9]. */
  userId: string
  origin: 'created' | 'adopted'
  /** ISO 8601. */
  linkedAt: string
  /** Ids of teams that this person was put into once; nobody is joined twice. */
  joinedTeams: string[]
  /** Set when we deactivated the user: by which rule, and when. */
  deactivated?: { by: 'user-delete'; at: string } | undefined
}

/** What one full run, or the bulk command, came to. */
export interface SyncReport {
  startedAt: string
  finishedAt: string
  created: number
  adopted: number
  joined: number
  skipped: number
  refused: number
  failed: number
  /** Seen and left for a later version: updates, locks, people who are gone. */
  notYetDone: string[]
  /** Conflicts and failures, a line each, without secrets. */
  problems: string[]
}

/** What the bulk command tells as it happens. `password` is there only for a created user. */
export type ImportLine =
  | { kind: 'team'; name: string; displayName: string; result: 'ok' | { failed: string } }
  | { kind: 'locked'; login: string }
  | { kind: 'expired'; login: string }
  | { kind: 'existing'; login: string; conflict: string | undefined }
  | {
      kind: 'created'
      login: string
      password: string
      credentialId: string
      result: 'ok' | { failed: string }
    }
  | { kind: 'failed'; login: string; reason: string }
  /** For standard error: "locks unknown", "…; promoted to administrator". */
  | { kind: 'note'; text: string }
  | { kind: 'progress'; finished: number; total: number }

/** A new user's password, kept where only root reads it. */
export interface Credential {
  id: string
  login: string
  email: string
  password: string
  /** pending: the request may not have reached Mattermost yet. */
  state: 'pending' | 'issued'
  createdAt: string
}

/** One line of a plan of the people story. */
export interface PersonPlan {
  login: string
  kind: 'create' | 'adopt' | 'join' | 'skip' | 'refuse'
  /** In words. */
  reason: string
}
