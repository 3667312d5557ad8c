import type { MattermostClient } from '../../mattermost/client.js'
import type { MattermostUser } from '../../mattermost/types.js'
import type { CredentialStore, StoredCredential } from '../credentials/store.js'
import type { LinkStore } from '../links/links.js'

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
