import { teamNameProblem } from '../../configdb/schema/team-name.js'
import { TeamchatError } from '../../errors.js'
import type { MattermostClient } from '../../mattermost/client.js'
import { isTeamExisting, MattermostRefusal } from '../../mattermost/refusals.js'
import type { MattermostTeam } from '../../mattermost/types.js'
import { shortened } from '../plan/names.js'

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

/** The team that new people are put into. */
export interface WantedTeam {
  /** `Team` as set: '' for the team named after the company. The id of the team found is kept under it. */
  setting: string
  name: string
  displayName: string
}

/**
 * Which team, from `Team` and Company. undefined: `none`. Without `Team`: the lower-cased Company cut at its first
 * blank and cleaned to Mattermost's rule, `team-NAME` where that is reserved or too short; without a Company
 * `defaultteam`, shown as `DefaultTeam`. Throws `settings.invalid` for a `Team` that Mattermost would refuse.
 */
export function wantedTeam({ team, company }: { team: string; company: string }): WantedTeam | undefined {
  if (team === 'none') return undefined
  if (team === '') return { setting: '', ...companyTeam(company) }
  if (isTeamName(team)) return { setting: team, name: team, displayName: team }
  throw new TeamchatError('settings.invalid', `cannot use ${JSON.stringify(team)} as mattermost Team`, {
    hint: "2 to 64 of a-z, 0-9 and '-', and none of Mattermost's own words (api, admin, post …) at the beginning",
  })
}

/** Whether Mattermost takes it as the name of a team. */
export function isTeamName(name: string): boolean {
  return teamNameProblem(name) === undefined
}

function companyTeam(company: string): { name: string; displayName: string } {
  const displayName = shortened(company, 64)
  if (displayName === '') return { name: 'defaultteam', displayName: 'DefaultTeam' }
  const name = cleaned(company.trim().split(/\s/, 1)[0] ?? '')
  if (name === '') return { name: 'defaultteam', displayName }
  if (isTeamName(name)) return { name, displayName }
  return { name: cleaned(`team-${name}`), displayName }
}

function cleaned(word: string): string {
  return word
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '')
    .slice(0, 64)
    .replaceAll(/^-+|-+$/g, '')
}
