import { type ChangeLinked, type Create, type Decision, isWork, refuse } from './decision.js'

/** How many a team takes, and has. */
export interface TeamRoom {
  name: string
  /** TeamSettings.MaxUsersPerTeam of the running server. */
  takes: number
  /** Active members. */
  has: number
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
export function fullTeam({ name, takes, has }: TeamRoom, wanted: number): string {
  return (
    `the team '${name}' is full: it takes ${takes} people (MaxUsersPerTeam) and has ${has}; raise it: ` +
    `teamchat config setprop mattermost MaxUsersPerTeam ${has + wanted}, then teamchat apply`
  )
}
