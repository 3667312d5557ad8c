import type { RelinkOutcome, RelinkRequest } from '../../api/contract/links.js'
import { TeamchatError } from '../../errors.js'
import { type PeopleParts, remember } from '../parts.js'
import { dropMissing, planRelink } from '../plan/relink.js'
import { missingWords } from '../plan/summary.js'
import { planEverybody } from '../read.js'
import { rulesOf } from '../run/act.js'
import { isConfirmed } from '../status.js'
import { checkLinks } from './host.js'

/**
 * Ties people under new ids to their former users, or drops links without a user; and tells what the next sync of
 * everybody does then. Both sides are read as a whole, since a part would be no proof that an id is gone. Throws
 * `directory.*`, `mattermost.*`.
 */
export async function relink(
  parts: PeopleParts,
  { names, forgetMissing: forget, confirm }: RelinkRequest,
  signal: AbortSignal | undefined,
): Promise<RelinkOutcome> {
  if (forget && names.length > 0) {
    throw new TeamchatError('usage', 'cannot relink: --forget-missing takes no names', {
      hint: 'one link is ended by teamchat users unlink NAME',
    })
  }
  await parts.links.load()
  const settings = await parts.settings()
  const client = parts.mattermost(settings)
  const provider = parts.provider(settings)
  // A look may go on beside a run, whose new links would be taken for links to users that are missing.
  const before = parts.links.preview([])
  const users = new Map((await client.users()).map(user => [user.id, user]))
  const { logins, changes: drops } = forget ? dropMissing(before, users) : NOTHING
  const { accounts } = forget ? { accounts: [] } : await provider.readAll(signal)
  const {
    people,
    left,
    changes: moves,
  } = planRelink({
    ...{ accounts, users, links: before, names, now: parts.now() },
    ...{ provider: provider.identity.provider, rules: rulesOf(settings) },
  })
  const changes = [...drops, ...moves]
  if (confirm && changes.length > 0) {
    await checkLinks(parts)
    await parts.links.change(changes)
    parts.followed.readAnew()
    parts.log.info(
      { relinked: people.length, forgotten: logins.length },
      'changed the links of people by command',
    )
  }
  const planned = { ...parts, links: confirm ? parts.links : parts.links.preview(changes) }
  const { plan } = await planEverybody({ parts: planned, settings, client }, { rateLimited: true }, signal)
  const notes: string[] = []
  const missing = missingWords(plan.summary.missing)
  if (missing !== undefined) notes.push(missing)
  if (confirm) await remember(parts, { missing })
  if (plan.stop !== undefined) notes.push(plan.stop.reason, plan.stop.hint)
  const { confirmed } = await parts.state.read()
  if (settings.mattermost.userSync === 'full' && !isConfirmed(provider, confirmed))
    notes.push('this directory is followed only after teamchat users sync --confirm')
  return { people, forgotten: logins, left, summary: plan.summary, notes }
}

const NOTHING = { logins: [], changes: [] }
