import { TeamchatError } from '../../errors.js'
import type { MattermostClient } from '../../mattermost/client.js'
import { isTeamExisting, MattermostRefusal } from '../../mattermost/refusals.js'
import type { MattermostTeam } from '../../mattermost/types.js'
import type { WantedTeam } from '../plan/team-name.js'

/** The team that new people are put into, as Mattermost has it. */
export type TeamState =
  /** `Team=none`. */
  | { state: 'none' }
  | { state: 'ready'; wanted: WantedTeam; id: string }
  | { state: 'missing'; wanted: WantedTeam }
  /** Nobody can be put into it, for this reason. */
  | { state: 'failed'; wanted: WantedTeam; reason: string }

type TeamClient = Pick<MattermostClient, 'team' | 'teamByName' | 'createTeam'>

/**
 * Looks the team up: by the id kept for this value of `Team`, so that a renamed team or a new Company changes
 * nothing; else by name. An archived team would silently take members: that is a failure, and said.
 */
export async function findTeam(
  client: TeamClient,
  wanted: WantedTeam | undefined,
  pinned: { setting: string; id: string } | undefined,
): Promise<TeamState> {
  if (wanted === undefined) return { state: 'none' }
  const known = pinned?.setting === wanted.setting ? await client.team(pinned.id) : undefined
  const team = known ?? (await client.teamByName(wanted.name))
  return team === undefined ? { state: 'missing', wanted } : asState(team, wanted)
}

/** Creates a missing team; one that somebody made meanwhile is as good. Throws only where no server answers. */
export async function createMissingTeam(client: TeamClient, wanted: WantedTeam): Promise<TeamState> {
  try {
    return asState(await client.createTeam(wanted.name, wanted.displayName), wanted)
  } catch (error) {
    if (isTeamExisting(error)) {
      const team = await client.teamByName(wanted.name)
      if (team !== undefined) return asState(team, wanted)
    }
    if (error instanceof MattermostRefusal) return { state: 'failed', wanted, reason: error.words }
    if (error instanceof TeamchatError && error.code === 'mattermost.refused') {
      return { state: 'failed', wanted, reason: error.message }
    }
    throw error
  }
}

function asState(team: MattermostTeam, wanted: WantedTeam): TeamState {
  if (team.delete_at === 0) return { state: 'ready', wanted, id: team.id }
  const reason =
    `the team '${team.name}' is archived in Mattermost: restore it (mmctl --local team restore ${team.name}), ` +
    'or name another: teamchat config setprop mattermost Team NAME'
  return { state: 'failed', wanted, reason }
}
