import { TeamchatError } from '../../errors.js'
import type { MattermostClient } from '../../mattermost/client.js'
import { checkHost } from '../links/check-host.js'
import type { PeopleParts } from '../parts.js'
import { reconcile } from './reconcile.js'
import { finishSessions } from './sessions.js'

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
