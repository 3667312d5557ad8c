import type { ConfirmOutcome } from './operations.js'

/** What can be asked about the plan of the people service. */
export interface PeoplePlanOperations {
  /** What following the whole directory would do now. Nobody is changed. */
  planUsers(): Promise<ConfirmOutcome>
}
