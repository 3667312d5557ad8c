import type { MattermostClient } from '../mattermost/client.js'
import type { CredentialStore, StoredCredential } from './credentials.js'
import type { LinkStore } from './links.js'

/** What became of the passwords whose user was still being created when something broke. */
export interface Reconciled {
  /** Logins whose user exists with that password; linked now. */
  linked: string[]
  /** Logins whose user never came to be, or is somebody else's. */
  removed: string[]
}

/**
 * Settles pending credentials. The user counts as ours where username and e-mail fit, it is linked to nobody else,
 * and it was created not before the password was written. Both clocks are this host's.
 */
export async function reconcile(
  client: Pick<MattermostClient, 'userByUsername'>,
  links: LinkStore,
  credentials: CredentialStore,
): Promise<Reconciled> {
  await credentials.sweep()
  const result: Reconciled = { linked: [], removed: [] }
  for (const credential of (await credentials.all()).filter(one => one.state === 'pending')) {
    const userId = await ownUser(client, links, credential)
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

async function ownUser(
  client: Pick<MattermostClient, 'userByUsername'>,
  links: LinkStore,
  credential: StoredCredential,
): Promise<string | undefined> {
  const user = await client.userByUsername(credential.username)
  if (user === undefined || user.email.toLowerCase() !== credential.email) return undefined
  if (user.create_at < Date.parse(credential.createdAt)) return undefined
  const holder = links.ofUser(user.id)
  if (holder !== undefined) return holder.accountId === credential.accountId ? user.id : undefined
  return links.ofAccount(credential.accountId) === undefined ? user.id : undefined
}
