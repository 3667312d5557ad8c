import type { Invitation } from '../people/credentials/delivery.js'
import type { StoredResult } from '../people/results.js'
import type { Credential, SyncReport } from '../people/types.js'

/** Whose passwords: one person's, a directory group's, or everybody's. */
export interface Whose {
  login: string | undefined
  group: string | undefined
}

/** The last run over everybody, and the last result for each person. */
export interface PeopleReport {
  lastRun: SyncReport | undefined
  people: StoredResult[]
}

/** What a command can ask for about passwords that are to be handed out, and about what became of people. */
export interface HandoutOperations {
  /** Throws `directory.*` for a group that cannot be read. */
  credentials(whose: Whose): Promise<Credential[]>
  forgetCredentials(ids: string[]): Promise<void>
  /** Mails a link to set a password; owed where that fails. */
  inviteUser(login: string): Promise<Invitation>
  /** Without a login of everybody. */
  userReport(login: string | undefined): Promise<PeopleReport>
}
