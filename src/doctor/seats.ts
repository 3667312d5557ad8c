import { countSeats, type SeatsSeen, seatWords } from '../people/seats.js'
import { type Check, unanswered } from './check.js'
import { fail, pass, type Said, skip, warn } from './finding.js'

/** How many active users there are, and how many this Mattermost admits. */
export const seatsCheck: Check = {
  name: 'seats',
  look: async (view, signal) => {
    const reason = await unanswered(view)
    if (reason !== undefined) return [skip(reason)]
    const client = view.client.until(signal)
    return judgeSeats(await countSeats(client, await client.users()))
  },
}

export function judgeSeats(seats: SeatsSeen): Said[] {
  const { active, limit, version } = seats
  const trouble = seatWords(seats)
  if (limit === undefined)
    return [pass('', `${active} active users; Mattermost ${version} has no limit that is known`)]
  const remedy =
    'deactivate users who left, in the System Console or in the directory; then teamchat users plan'
  if (trouble !== undefined) return [active > limit ? fail('', trouble, remedy) : warn('', trouble, remedy)]
  return [pass('', `${active} of the ${limit} active users that Mattermost ${version} (Team Edition) admits`)]
}
