import { reasonOf, TeamchatError } from '../../errors.js'
import type { MattermostClient } from '../../mattermost/client.js'
import { isUserLimit, isUserTaken, MattermostRefusal } from '../../mattermost/refusals.js'
import type { PasswordPolicy } from '../../mattermost/types.js'
import { personPassword } from '../credentials/password.js'
import type { CredentialStore, StoredCredential } from '../credentials/store.js'
import type { LinkStore } from '../links/links.js'
import type { Adopt, Create } from '../plan/decision.js'
import { personNames, shortened } from '../plan/names.js'
import { directoryValues, type ValueRules } from '../plan/values.js'
import type { Link } from '../types.js'
import { ownUser } from './prepare.js'

/** What acting on one person needs. */
export interface PersonContext {
  client: MattermostClient
  links: LinkStore
  credentials: CredentialStore
  /** AccountProvider.identity.provider, for new links. */
  provider: string
  policy: PasswordPolicy
  /** Given to everybody instead of random ones; checked by the caller. */
  password: string | undefined
  /** mail: a random password that is never written down; the user gets a link to set one. */
  delivery: StoredCredential['delivery']
  /** How the directory's values are read, for what counts as written. */
  rules: ValueRules
  /** Passwords of requests whose answer never came, by account: the user may still come to be with that one. */
  pending: ReadonlyMap<string, StoredCredential>
  now: () => Date
  /** Whether the server has enough to do for now, so that writes of several people may share the disk. */
  patient: () => boolean
}

/** Nobody has to type it. */
const UNSEEN_LENGTH = 40

/** Runs the one request that costs a password hash when its turn comes; undefined where the run is over before. */
export type Turn = <T>(ask: () => Promise<T>) => Promise<T | undefined>

/**
 * Creates a user. The password is on the disk before the request leaves, the link before the password counts as
 * issued: whatever is cut off in between, `reconcile` finds it. A definite refusal takes the pending password away;
 * after a server's own error or a cut answer it stays, since the user may exist. The next try then asks with the same
 * password, so that it is the right one whichever of the two requests made the user.
 * undefined where nothing was asked, since the run was over before its turn came.
 */
export async function createPerson(
  decision: Create,
  context: PersonContext,
  turn: Turn,
): Promise<{ link: Link; credential: StoredCredential } | undefined> {
  const { account, username, email } = decision
  const { client, links, credentials, provider } = context
  const earlier = context.pending.get(account.id)
  const again = earlier !== undefined && isFor(earlier, decision, context) ? earlier : undefined
  const isMailed = context.delivery === 'mail'
  const password = isMailed
    ? personPassword({ ...context.policy, minimumLength: UNSEEN_LENGTH })
    : (again?.password ?? context.password ?? personPassword(context.policy))
  const pending = {
    ...{ login: account.login, username, name: account.displayName, email },
    ...{ password: isMailed ? '' : password, delivery: context.delivery },
    ...{ accountId: account.id, provider },
  }
  const credential = again ?? (await credentials.add(pending, context.now(), context.patient()))
  const user = { username, email, password, ...personNames(account), position: shortened(account.title, 128) }
  const userId = await turn(() => client.createUser(user)).then(
    created => created?.id,
    async error => {
      if (!(error instanceof MattermostRefusal) || error.status >= 500) throw error
      const own = again && ownUser(await client.userByUsername(username), links, again)
      if (own !== undefined) return own
      if (again === undefined) await credentials.forget([credential.id])
      throw error
    },
  )
  if (userId === undefined) {
    if (again === undefined) await credentials.forget([credential.id])
    return undefined
  }
  if (earlier !== undefined && again === undefined) await credentials.forget([earlier.id])
  const link = newLink(decision, userId, 'created', context)
  await links.put(link, context.patient())
  await credentials.issue(credential, true)
  return { link, credential }
}

function isFor(
  earlier: StoredCredential,
  { username, email }: Create,
  { password, delivery }: PersonContext,
): boolean {
  return (
    earlier.delivery === delivery &&
    earlier.username === username &&
    earlier.email === email &&
    (password === undefined || password === earlier.password)
  )
}

/** Links an existing user; nothing changes in Mattermost. */
export async function adoptPerson(decision: Adopt, context: PersonContext): Promise<void> {
  await context.links.put(newLink(decision, decision.user.id, 'adopted', context))
}

/** Puts a linked user into the team, once for ever. */
export async function joinPerson(link: Link, teamId: string, context: PersonContext): Promise<void> {
  await context.client.addMember(teamId, link.userId)
  await context.links.put({ ...link, joinedTeams: [...link.joinedTeams, teamId] }, context.patient())
}

/**
 * Makes a new user administrator if nobody else is; bots do not count. True where this user is administrator now
 * (Mattermost itself makes the very first account one).
 */
export async function promoteIfNobody(userId: string, client: MattermostClient): Promise<boolean> {
  const administrators = await client.activeAdministrators()
  if (administrators.length > 0) return administrators.some(user => user.id === userId)
  await client.setRoles(userId, 'system_user system_admin')
  return true
}

/** Why one person failed, and whether that ends the run: a server that is gone or a full disk is not about them. */
export function personFailure(error: unknown): {
  reason: string
  hint: string
  limit: boolean
  /** Somebody has come in between: the next look finds that user, and links or names it. */
  taken: boolean
  serverFault: boolean
  ends: boolean
  error: unknown
} {
  const hint = error instanceof TeamchatError ? error.hint : ''
  if (error instanceof MattermostRefusal) {
    const serverFault = error.status >= 500
    const [limit, taken] = [isUserLimit(error), isUserTaken(error)]
    return { reason: error.words, hint, limit, taken, serverFault, ends: false, error }
  }
  const ends = !(error instanceof TeamchatError && error.code === 'mattermost.refused')
  return { reason: reasonOf(error), hint, limit: false, taken: false, serverFault: true, ends, error }
}

function newLink(
  decision: Create | Adopt,
  userId: string,
  origin: Link['origin'],
  { provider, rules, now }: PersonContext,
): Link {
  const { account } = decision
  const given = decision.kind === 'create' ? { username: decision.username, email: decision.email } : {}
  return {
    provider,
    accountId: account.id,
    login: account.login,
    displayName: account.displayName,
    userId,
    origin,
    linkedAt: now().toISOString(),
    joinedTeams: [],
    // An adopted user keeps what it has until the directory changes it.
    written: { ...directoryValues(account, rules), ...given },
  }
}
