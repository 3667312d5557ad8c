import { byOrder, type ChangeLinked, type Create, type Decision, isWork, refuse } from './decision.js'
import type { Seats, TeamRoom } from './input.js'

/**
 * Gives the free seats to those who come first by the order of the groups, then by name; deactivations come before,
 * so their seats count as free. Everybody else is told why, before anything is tried. A rename or a deactivation
 * needs no seat. Without a limit everybody fits.
 */
export function seat(decisions: Decision[], seats: Seats | undefined): Decision[] {
  if (seats?.limit === undefined) return decisions
  const { active, limit } = seats
  const leaving = decisions.filter(one => one.kind === 'deactivate').length
  const free = Math.max(0, limit - active + leaving)
  const asking = decisions.filter(needsSeat).sort(byOrder)
  if (asking.length <= free) return decisions
  const seated = new Set(asking.slice(0, free).map(one => one.accountId))
  const has = active - leaving > limit ? `${limit}, and ${active} are active` : `${limit}`
  const why = `the server's limit of active users is reached (${has})`
  return decisions.map(decision =>
    needsSeat(decision) && !seated.has(decision.accountId) ? withoutSeat(decision, why) : decision,
  )
}

/** Whoever stays deactivated can be renamed all the same. */
function withoutSeat(decision: Create | ChangeLinked, why: string): Decision {
  if (decision.kind !== 'create') {
    const kind = decision.username === undefined ? 'update' : 'rename'
    const reason = `${decision.reason}; but stays deactivated: ${why}`
    if (kind === 'rename' || Object.keys(decision.changes).length > 0)
      return { ...decision, kind, join: false, bots: [], reason }
  }
  return refuse('full', decision.account, why)
}

/** Whether it makes one more active user. */
export function needsSeat(decision: Decision): decision is Create | ChangeLinked {
  return decision.kind === 'create' || (decision.kind === 'reactivate' && decision.user.delete_at > 0)
}

/** In words, where the server has more active users than it admits, or none is left; undefined: all is well. */
export function seatTrouble({ active, limit }: Seats, version: string): string | undefined {
  if (limit === undefined || active < limit) return undefined
  const has = `Mattermost has ${active} active users, and version ${version} of its Team Edition admits ${limit}`
  const so = 'nobody can be created or reactivated; renaming and deactivating still work'
  return active > limit ? `${has}: ${so}` : `${has}: no seat is left, ${so}`
}

/**
 * How many active users a version admits; undefined: no limit known. The server does not tell it on the local
 * socket. Source: facts of the server, tried with 11.2 and 10.11.
 */
export function userLimit({
  version,
  teamEdition,
}: {
  version: string
  teamEdition: boolean
}): number | undefined {
  const [major, minor] = version.split('.').map(Number)
  if (!teamEdition || major === undefined || minor === undefined || Number.isNaN(major)) return undefined
  if (major >= 11) return 250
  return major === 10 && minor >= 6 ? 5000 : undefined
}

/**
 * The same decisions, but for whom the team has no room: nobody is created to stand in front of a full team, and
 * whoever is changed anyway is only not put into it. Those who come first in the plan get in. The next run takes the
 * others up once there is room.
 */
export function withinTeam(decisions: Decision[], room: TeamRoom): Decision[] {
  const wanted = decisions.filter(needsTeam).length
  let free = Math.max(0, room.takes - room.has)
  if (wanted <= free) return decisions
  const why = fullTeam(room, wanted)
  return decisions.map(decision => {
    if (!needsTeam(decision)) return decision
    free -= 1
    if (free >= 0) return decision
    if (decision.kind === 'create' || decision.kind === 'join')
      return refuse('impossible', decision.account, why)
    return { ...decision, join: false, reason: `${decision.reason}; but ${why}` }
  })
}

/** Whether somebody is put into the team by it. */
export function needsTeam(decision: Decision): decision is Create | ChangeLinked {
  return decision.kind === 'create' || (isWork(decision) && decision.join)
}

/** Why somebody does not fit, and what to type. */
function fullTeam({ name, takes, has }: TeamRoom, wanted: number): string {
  return (
    `the team '${name}' is full: it takes ${takes} people (MaxUsersPerTeam) and has ${has}; raise it: ` +
    `teamchat config setprop mattermost MaxUsersPerTeam ${has + wanted}, then teamchat apply`
  )
}
