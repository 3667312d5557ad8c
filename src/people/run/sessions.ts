import type { MattermostClient } from '../../mattermost/client.js'
import { MattermostRefusal } from '../../mattermost/refusals.js'
import type { LinkStore } from '../links/links.js'
import type { Link } from '../types.js'

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
export async function finishSessions(context: SessionContext): Promise<{ back: Link[]; keptOut: KeptOut[] }> {
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
