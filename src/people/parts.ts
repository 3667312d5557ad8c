import type { Waiting } from '../api/contract/common.js'
import type { Settings } from '../configdb/settings.js'
import type { AccountProvider } from '../directory/account-provider.js'
import { type ErrorCode, reasonOf, TeamchatError } from '../errors.js'
import type { Outcome } from '../events/types.js'
import type { MattermostClient } from '../mattermost/client.js'
import { MattermostRefusal } from '../mattermost/refusals.js'
import type { MattermostUser } from '../mattermost/types.js'
import type { OwedMails } from './credentials/pending-mails.js'
import type { CredentialStore } from './credentials/store.js'
import type { Followed } from './follow/followed.js'
import type { LinkReading, LinkStore } from './links/links.js'
import type { ResultStore } from './results.js'
import type { PeopleState, PeopleStateStore } from './state.js'

/** Whether automatic runs may act on this host (managed, adopted, not held). */
export type Gate = { allowed: true } | ({ allowed: false } & Waiting)

/** The part of pino that the service needs. */
export interface ServiceLog {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** All that the parts of the people service share; built once by PeopleService. */
export interface PeopleParts {
  settings: () => Promise<Settings>
  provider: (settings: Settings) => AccountProvider
  mattermost: (settings: Settings) => MattermostClient
  gate: () => Promise<Gate>
  /** A hash of this machine's id; undefined where it has none. */
  machine: () => Promise<string | undefined>
  links: LinkStore
  credentials: CredentialStore
  state: PeopleStateStore
  results: ResultStore
  mails: OwedMails
  followed: Followed
  now: () => Date
  log: ServiceLog
  /** How many password hashes the host can make at once. */
  cores: number
}

/** What a plan is made from: links and users as they are, or as they would be. */
export type PlanParts = Omit<PeopleParts, 'links'> & {
  links: LinkReading
  /** What a user of Mattermost would be; absent: as it is. */
  userAsIf?: (user: MattermostUser) => MattermostUser
}

/** One run over people, or one look at them: the settings of the moment, and a client by them. */
export interface PeopleRun<Parts = PeopleParts> {
  parts: Parts
  settings: Settings
  client: MattermostClient
}

/** Where a server without any account stands: whoever comes first becomes its administrator. */
export function noAccountYet(settings: Settings): Waiting {
  const { siteUrl } = settings.mattermost
  const site = siteUrl === '' ? 'the site' : siteUrl
  return {
    reason: 'waits: Mattermost has no account yet, and the first one becomes its administrator',
    hint:
      `open ${site} and go through its wizard (until then anybody who opens it can), or run ` +
      'mattermost-bulk-user-create, or let the first imported person be administrator: ' +
      'teamchat config setprop mattermost FirstAdmin first-imported',
  }
}

/** True where nothing may be created automatically, since it would be the administrator. */
export async function mustWaitForWizard(client: MattermostClient, settings: Settings): Promise<boolean> {
  return settings.mattermost.firstAdmin === 'wizard' && (await client.serverFacts()).noAccounts
}

type Remembered =
  | 'missing'
  | 'lastError'
  | 'lastImport'
  | 'lastRead'
  | 'lastFull'
  | 'seats'
  | 'shown'
  | 'stop'

/** Keeps something for `status`. A disk that is full now is only logged: it must not hide what really happened. */
export async function remember(
  { state, log }: Pick<PeopleParts, 'state' | 'log'>,
  change: { [Key in Remembered]?: PeopleState[Key] | undefined },
): Promise<void> {
  try {
    await state.update(change)
  } catch (error) {
    log.warn({ reason: reasonOf(error) }, 'cannot keep the last result for the status')
  }
}

/** Everything that must come first before people can be changed; the event is kept meanwhile. */
const WAITING = new Set<ErrorCode>([
  'settings.invalid',
  'mattermost.unreachable',
  'mattermost.localModeOff',
  'mattermost.untrusted',
  'mattermost.noAccount',
  'host.changed',
  'directory.unreachable',
  'directory.bind',
  'directory.empty',
  'directory.invalid',
  'db.unreadable',
  'db.lost',
  'db.value',
  'state.unreadable',
  'files.unsafe',
  'files.write',
  'locked',
])

/** An error that says something of the surroundings waits; any other one is the outcome. */
export function outcomeOf(error: unknown): Outcome {
  const message = reasonOf(error)
  const hint = error instanceof TeamchatError ? error.hint : ''
  if (!(error instanceof TeamchatError)) return { state: 'failed', message, hint: 'see the log' }
  // An answer that is none of Mattermost's says nothing of anybody either.
  const isNone = error.code === 'mattermost.refused' && !(error instanceof MattermostRefusal)
  const serverFault = isNone || (error instanceof MattermostRefusal && error.status >= 500)
  if (WAITING.has(error.code) || serverFault) return waiting({ reason: `waits: ${message}`, hint })
  return { state: 'failed', message, hint }
}

export function waiting({ reason, hint }: Waiting): Outcome {
  return { state: 'waiting', message: reason, reason, hint }
}

export function done(message: string): Outcome {
  return { state: 'done', message }
}

/** The same outcome for everybody who was named. */
export function forAll(logins: string[], outcome: Outcome): Map<string, Outcome> {
  return new Map(logins.map(login => [login, outcome]))
}
