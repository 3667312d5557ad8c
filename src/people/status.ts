import type { Waiting } from '../api/contract/common.js'
import type { Status } from '../api/contract/service.js'
import type { Settings } from '../configdb/settings.js'
import type { AccountProvider } from '../directory/account-provider.js'
import { asTeamchatError, reasonOf, type TeamchatError } from '../errors.js'
import { hostTroubleSoon } from './links/host.js'
import type { PeopleParts } from './parts.js'
import { troubleAt } from './read.js'
import { seatsNow, seatWords } from './seats.js'
import type { PeopleState } from './state.js'

/**
 * The part of `teamchat status` about people; `waits` is what the last run waited for. A file of ours that cannot be read,
 * or settings that cannot be used, are told as the last error: everything else must be seen all the same.
 */
export async function peopleStatus(
  parts: PeopleParts,
  waits: Waiting | undefined,
): Promise<Status['people']> {
  const troubles: TeamchatError[] = []
  const orTrouble = <T>(read: Promise<T>): Promise<T | undefined> =>
    read.catch(error => {
      troubles.push(asTeamchatError(error, 'failed', 'tell the state of people'))
      return undefined
    })
  const settings = await orTrouble(parts.settings())
  // It waits for no run, at most for one write; the number is that of the links which are kept.
  await orTrouble(parts.links.load())
  const state = (await orTrouble(parts.state.read())) ?? { version: 1 }
  const sync = settings?.mattermost.userSync ?? 'off'
  const gate = sync === 'off' ? undefined : await orTrouble(parts.gate())
  const closed = gate?.allowed === false ? { reason: gate.reason, hint: gate.hint } : undefined
  const client = settings === undefined ? undefined : parts.mattermost(settings)
  const [seats, otherHost] = await Promise.all([
    client && seatsNow(client, state.seats),
    client && orTrouble(hostTroubleSoon(parts, client)),
  ])
  const [trouble] = troubles
  return {
    sync,
    ...providerPart(parts, settings, state.confirmed),
    links: parts.links.size,
    credentials: (await orTrouble(parts.credentials.count())) ?? 0,
    lastRead: state.lastRead,
    lastImport: state.lastImport,
    waiting: closed ?? (otherHost && { ...otherHost, reason: `waits: ${otherHost.reason}` }) ?? waits,
    seats: seats && { ...seats, trouble: seatWords(seats) },
    missing: state.missing,
    stop: sync === 'off' ? undefined : state.stop,
    lastError: trouble === undefined ? state.lastError : troubleAt(parts.now(), trouble),
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
  settings: Settings | undefined,
  confirmed: PeopleState['confirmed'],
): Pick<Status['people'], 'provider' | 'confirmed' | 'following'> {
  if (settings === undefined) return { provider: 'unknown', confirmed: false, following: undefined }
  try {
    const provider = parts.provider(settings)
    const full = settings.mattermost.userSync === 'full'
    return {
      provider: provider.description,
      confirmed: isConfirmed(provider, confirmed),
      following: full ? parts.followed.status(provider.identity) : undefined,
    }
  } catch (error) {
    return { provider: reasonOf(error), confirmed: false, following: undefined }
  }
}
