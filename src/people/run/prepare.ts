import { TeamchatError } from '../../errors.js'
import type { MattermostClient } from '../../mattermost/client.js'
import { MattermostRefusal } from '../../mattermost/refusals.js'
import type { MattermostUser } from '../../mattermost/types.js'
import type { CredentialStore, StoredCredential } from '../credentials/store.js'
import { checkHost } from '../links/host.js'
import type { LinkStore } from '../links/links.js'
import type { PeopleParts } from '../parts.js'
import type { Link } from '../types.js'

/**
 * Before anything is changed: local mode is on, the links are read, and what an earlier run left half done is settled:
 * people who only were to lose their sessions are in again, pending passwords have their user or are dropped. Throws `mattermost.*`, `state.unreadable`.
 */
export async function prepare(parts: PeopleParts, client: MattermostClient): Promise<void> {
  if (!(await client.localMode())) {
    throw new TeamchatError(
      'mattermost.localModeOff',
      "cannot change Mattermost's users: its local mode is off in the running configuration",
    )
  }
  await parts.links.load()
  await checkHost(parts, client)
  const { back, keptOut } = await finishSessions({ client, links: parts.links, now: parts.now })
  for (const { login } of back) parts.log.info({ login }, 'let a user in again whose sessions were ended')
  for (const { link, reason } of keptOut) {
    parts.log.error({ login: link.login, reason }, 'cannot let a user in again whose sessions were ended')
  }
  const { linked, removed } = await reconcile(client, parts.links, parts.credentials, parts.now())
  for (const login of linked) parts.log.info({ login }, 'finished the link of a user created before')
  for (const login of removed)
    parts.log.info({ login }, 'dropped the password of a user that was never created')
}

/** What became of the passwords whose user was still being created when something broke. */
export interface Reconciled {
  /** Logins whose user exists with that password; linked now. */
  linked: string[]
  /** Logins whose user never came to be, or is somebody else's. */
  removed: string[]
}

/**
 * A request whose answer never came (we were killed, or gave up waiting) may still be under way in the server: so long
 * nobody to be seen is no proof. Mattermost's own limit for writing an answer is 300 s.
 */
const MAY_COME_LATE_MS = 10 * 60_000

/**
 * Settles pending credentials; one that is young, and whose user is not there, stays pending. The user counts as ours where username and e-mail fit, it is linked to nobody else,
 * and it was created not before the password was written. Both clocks are this host's.
 */
export async function reconcile(
  client: Pick<MattermostClient, 'userByUsername'>,
  links: LinkStore,
  credentials: CredentialStore,
  now: Date,
): Promise<Reconciled> {
  await credentials.sweep()
  const result: Reconciled = { linked: [], removed: [] }
  for (const credential of (await credentials.all()).filter(one => one.state === 'pending')) {
    const user = await client.userByUsername(credential.username)
    if (user === undefined && mayComeLate(credential, now)) continue
    const userId = ownUser(user, links, credential)
    if (userId === undefined) {
      await credentials.forget([credential.id])
      result.removed.push(credential.login)
      continue
    }
    if (links.ofAccount(credential.accountId) === undefined) {
      await links.put({
        provider: credential.provider,
        accountId: credential.accountId,
        login: credential.login,
        userId,
        origin: 'created',
        linkedAt: credential.createdAt,
        joinedTeams: [],
      })
    }
    await credentials.issue(credential)
    result.linked.push(credential.login)
  }
  return result
}

/** The id of `user` where it is the one that was asked for with this credential. */
export function ownUser(
  user: MattermostUser | undefined,
  links: LinkStore,
  credential: StoredCredential,
): string | undefined {
  if (user === undefined || user.email.toLowerCase() !== credential.email) return undefined
  if (user.create_at < Date.parse(credential.createdAt)) return undefined
  const holder = links.ofUser(user.id)
  if (holder !== undefined) return holder.accountId === credential.accountId ? user.id : undefined
  return links.ofAccount(credential.accountId) === undefined ? user.id : undefined
}

/** A clock that was set back makes a credential look as if it came from the future: that is as good as young. */
function mayComeLate(credential: StoredCredential, now: Date): boolean {
  return now.getTime() - Date.parse(credential.createdAt) < MAY_COME_LATE_MS
}

interface SessionContext {
  client: Pick<MattermostClient, 'setActive' | 'userById'>
  links: LinkStore
  now: () => Date
}

/** Somebody whom we keep out, and why Mattermost does not let us take that back. */
export interface KeptOut {
  link: Link
  reason: string
}

/**
 * Ends all sessions of an active user. The local socket has no call for that, but a deactivation does it; that the
 * user has to come back is on the disk before, so that nobody stays locked out whatever is cut off in between. Gives
 * why the user could not come back; undefined: all is well. Throws `mattermost.*`, `files.write`.
 */
export async function endSessions(link: Link, context: SessionContext): Promise<KeptOut | undefined> {
  const { client, links, now } = context
  const marked: Link = { ...link, deactivated: { by: 'sessions', at: now().toISOString() } }
  await links.put(marked)
  try {
    await client.setActive(link.userId, false)
  } catch (error) {
    if (error instanceof MattermostRefusal && error.status < 500) await links.put(link)
    throw error
  }
  return comeBack(marked, link, context)
}

/** Lets everybody back in who was only to lose their sessions when something broke. Throws `mattermost.*`, `files.write`. */
async function finishSessions(context: SessionContext): Promise<{ back: Link[]; keptOut: KeptOut[] }> {
  const back: Link[] = []
  const keptOut: KeptOut[] = []
  for (const link of context.links.all().filter(isOwed)) {
    const user = await context.client.userById(link.userId)
    const { deactivated: _by, ...rest } = link
    if (user === undefined || user.delete_at === 0) {
      await context.links.put({ ...rest, backAt: context.now().toISOString() })
      continue
    }
    const failed = await comeBack(link, rest, context)
    if (failed === undefined) back.push(link)
    else keptOut.push(failed)
  }
  return { back, keptOut }
}

/** Whether this user is, or may be, kept out only until we let them in again. */
export function isOwed({ deactivated }: Link): boolean {
  return deactivated?.by === 'sessions'
}

async function comeBack(
  marked: Link,
  after: Link,
  { client, links, now }: SessionContext,
): Promise<KeptOut | undefined> {
  try {
    await client.setActive(marked.userId, true)
  } catch (error) {
    if (error instanceof MattermostRefusal && error.status < 500) return { link: marked, reason: error.words }
    throw error
  }
  await links.put({ ...after, backAt: now().toISOString() })
  return undefined
}
