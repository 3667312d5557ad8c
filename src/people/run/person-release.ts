import type { Release } from '../plan/decision.js'
import { releasedChanges } from '../plan/release.js'
import type { PersonContext } from './person.js'

/**
 * Renames a former person's user and ends its link. The link goes last: after a crash in between the name is free
 * already, and a second release only ends the link.
 */
export async function releaseUser(
  release: Release,
  isLinked: boolean,
  { client, links, now }: Pick<PersonContext, 'client' | 'links' | 'now'>,
): Promise<void> {
  const { username, email } = release.values
  await client.updateUser(release.user.id, { username, ...(email === undefined ? {} : { email }) })
  await links.change(releasedChanges(release, isLinked, now()))
}
