import type { MattermostClient } from '../mattermost/client.js'
import type { MattermostUser } from '../mattermost/types.js'
import { type PeopleParts, remember } from './parts.js'
import type { Seats } from './plan/input.js'
import { seatTrouble, userLimit } from './plan/seats.js'
import type { PeopleState } from './state.js'

/** Seats with the version that has so many. */
export interface SeatsSeen extends Seats {
  version: string
}

/** Counts the active ones of all `users`, and keeps it for `status`. */
export async function lookAtSeats(
  parts: Pick<PeopleParts, 'now' | 'state' | 'log'>,
  client: MattermostClient,
  users: MattermostUser[],
): Promise<SeatsSeen> {
  const seats = await countSeats(client, users)
  await remember(parts, { seats: { at: parts.now().toISOString(), ...seats } })
  return seats
}

/** As Mattermost counts: active users without bots. */
export async function countSeats(client: MattermostClient, users: MattermostUser[]): Promise<SeatsSeen> {
  const { version, teamEdition } = await client.serverFacts()
  const active = users.filter(user => user.delete_at === 0 && user.is_bot !== true).length
  return { version, active, limit: userLimit({ version, teamEdition }) }
}

/** In words where no seat is left, or more are taken than the server admits. */
export function seatWords(seats: SeatsSeen): string | undefined {
  return seatTrouble(seats, seats.version)
}

/** Beyond this `status` shows what was last known. */
const LOOK_MS = 2_000

/** What `ask` finds out, or undefined where Mattermost does not say it soon enough, or at all. For `status`. */
export async function soon<T>(
  client: MattermostClient,
  ask: (client: MattermostClient) => Promise<T>,
): Promise<T | undefined> {
  const signal = AbortSignal.timeout(LOOK_MS)
  const look = ask(client.until(signal)).catch(() => undefined)
  // The client may wait for its turn, while Mattermost is restarted.
  const late = new Promise<undefined>(resolve => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  return Promise.race([look, late])
}

/**
 * The seats as last seen, which costs one request. Where that was another version (an upgrade may have changed the
 * limit since any run), or there was trouble, or nothing was seen yet, they are counted anew, if Mattermost says it
 * soon enough. undefined: not known. Never throws.
 */
export async function seatsNow(
  client: MattermostClient,
  known: PeopleState['seats'],
): Promise<SeatsSeen | undefined> {
  const seen = await soon(client, async asked => {
    const { version } = await asked.serverFacts()
    const same = known !== undefined && known.version === version && seatWords(seenOf(known)) === undefined
    return same ? seenOf(known) : countSeats(asked, await asked.users())
  })
  return seen ?? (known && seenOf(known))
}

function seenOf({ version, active, limit }: NonNullable<PeopleState['seats']>): SeatsSeen {
  return { version, active, limit }
}
