import type { Settings } from '../db/settings.js'
import type { AccountProvider } from '../directory/account.js'
import { reasonOf } from '../errors.js'
import type { Waiting } from '../events/types.js'
import { LinkStore } from '../sync/links.js'
import type { PeopleState } from '../sync/state.js'
import type { Status } from './operations.js'
import type { PeopleParts } from './people-parts.js'

/** What `teamchat status` says of people; `waits` is what the last run waited for. Throws `state.unreadable`. */
export async function peopleStatus(
  parts: PeopleParts,
  paths: { root: string; linksFile: string },
  waits: Waiting | undefined,
): Promise<Status['people']> {
  const settings = await parts.settings()
  // A store of its own: a run may be in the middle of the shared one.
  const links = new LinkStore(paths)
  await links.load()
  const state = await parts.state.read()
  const sync = settings.mattermost.userSync
  const gate = sync === 'off' ? undefined : await parts.gate()
  const closed = gate?.allowed === false ? { reason: gate.reason, hint: gate.hint } : undefined
  return {
    sync,
    ...providerPart(parts, settings, state.confirmed),
    links: links.all().length,
    credentials: await parts.credentials.count(),
    lastRead: state.lastRead,
    lastImport: state.lastImport,
    waiting: closed ?? waits,
    lastError: state.lastError,
  }
}

/** Whether `users sync --confirm` was given for exactly this provider, base and filter. */
export function isConfirmed(provider: AccountProvider, confirmed: PeopleState['confirmed']): boolean {
  const { identity } = provider
  return (
    confirmed !== undefined &&
    confirmed.provider === identity.provider &&
    confirmed.base === identity.base &&
    confirmed.filter === identity.filter
  )
}

function providerPart(
  parts: PeopleParts,
  settings: Settings,
  confirmed: PeopleState['confirmed'],
): { provider: string; confirmed: boolean } {
  try {
    const provider = parts.provider(settings)
    return { provider: provider.description, confirmed: isConfirmed(provider, confirmed) }
  } catch (error) {
    return { provider: reasonOf(error), confirmed: false }
  }
}
