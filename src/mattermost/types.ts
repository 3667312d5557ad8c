/** A user as Mattermost's API gives it; the members that we read. Times are milliseconds, 0 for never. */
export interface MattermostUser {
  id: string
  username: string
  email: string
  first_name: string
  last_name: string
  nickname: string
  position: string
  roles: string
  create_at: number
  delete_at: number
  is_bot?: boolean
  /** Only where a list is asked for by it. */
  last_activity_at?: number | undefined
  /** The apps set `automaticTimezone` when somebody first opens them. */
  timezone?: Record<string, string> | null | undefined
}

export interface MattermostTeam {
  id: string
  name: string
  display_name: string
  delete_at: number
}

export interface PasswordPolicy {
  minimumLength: number
  lowercase: boolean
  uppercase: boolean
  number: boolean
  symbol: boolean
}

/** What to create. */
export interface NewUser {
  username: string
  email: string
  password: string
  first_name: string
  last_name: string
  position: string
}

/** What the server says of its own health. */
export interface ServerHealth {
  databaseOk: boolean
  fileStoreOk: boolean
}

/** What the server says of itself without a session. */
export interface ServerFacts {
  noAccounts: boolean
  diagnosticId: string
  version: string
}
