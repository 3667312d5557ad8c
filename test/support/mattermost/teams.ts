import { type App, byName } from './app.js'
import { Body } from './body.js'
import { createDefaultChannels, joinDefaultChannels, leaveChannelsOf } from './channels.js'
import { ApiError, invalidBody } from './errors.js'
import { isId, newId } from './ids.js'
import { isEmail, runes } from './user-rules.js'
import { userOf } from './users.js'

/** A row of the teams table, as answers show it but for `policy_id` and the like. */
export interface Team {
  id: string
  create_at: number
  update_at: number
  delete_at: number
  display_name: string
  name: string
  description: string
  email: string
  type: string
  company_name: string
  allowed_domains: string
  invite_id: string
  allow_open_invite: boolean
}

/** Somebody's place in a team; `delete_at` above zero once they left. */
export interface TeamMember {
  team_id: string
  user_id: string
  delete_at: number
}

const RESERVED = [
  'admin',
  'api',
  'boards',
  'channel',
  'claim',
  'error',
  'files',
  'help',
  'landing',
  'login',
  'mfa',
  'oauth',
  'playbooks',
  'plug',
  'plugins',
  'post',
  'signup',
]

/** Whether a name may be a team's. Source of the pattern: the server's own. */
export function isTeamName(name: string): boolean {
  return name.length >= 2 && /^[a-z0-9]+([a-z\-0-9]+|(__)?)[a-z0-9]+$/.test(name)
}

/** The team with this id, archived or not. Throws ApiError 404. */
export function teamOf(app: App, id: string): Team {
  const team = app.state.get('teams', id)
  if (!team) throw new ApiError(404, 'app.team.get.find.app_error')
  return team
}

/** The team with this name, archived or not. Throws ApiError 404. */
export function teamNamed(app: App, name: string): Team {
  const team = app.state.all('teams').find(candidate => candidate.name === name)
  if (!team) throw new ApiError(404, 'app.team.get_by_name.missing.app_error')
  return team
}

/** Every team, by display name. */
export function listTeams(app: App): Team[] {
  return app.state.all('teams').sort((a, b) => byName(a.display_name, b.display_name))
}

/** Creates a team with its two channels. An archived team keeps its name taken. */
export function createTeam(app: App, value: unknown): Team {
  const body = Body.of(value, 'team')
  const now = Date.now()
  const team: Team = {
    id: newId(),
    create_at: now,
    update_at: now,
    delete_at: 0,
    display_name: body.text('display_name') ?? '',
    name: body.text('name') ?? '',
    description: body.text('description') ?? '',
    email: (body.text('email') ?? '').toLowerCase(),
    type: body.text('type') ?? '',
    company_name: body.text('company_name') ?? '',
    allowed_domains: body.text('allowed_domains') ?? '',
    invite_id: newId(),
    allow_open_invite: body.flag('allow_open_invite') ?? false,
  }
  checkTeam(team)
  if ((body.text('id') ?? '') !== '' || app.state.all('teams').some(other => other.name === team.name)) {
    throw new ApiError(400, 'store.sql_team.save_team.existing.app_error')
  }
  app.state.put('teams', team.id, team)
  createDefaultChannels(app, team.id)
  return team
}

function checkTeam(team: Team): void {
  const checks: [string, boolean][] = [
    ['email', Buffer.byteLength(team.email) <= 128 && (team.email === '' || isEmail(team.email))],
    ['name', runes(team.display_name) >= 1 && runes(team.display_name) <= 64],
    ['url', Buffer.byteLength(team.name) <= 64],
    ['description', Buffer.byteLength(team.description) <= 255],
    ['reserved', !RESERVED.some(prefix => team.name.toLowerCase().startsWith(prefix))],
    ['characters', isTeamName(team.name)],
    ['type', team.type === 'O' || team.type === 'I'],
    ['company', Buffer.byteLength(team.company_name) <= 64],
    ['domains', Buffer.byteLength(team.allowed_domains) <= 500],
  ]
  for (const [name, holds] of checks) {
    if (!holds) throw new ApiError(400, `model.team.is_valid.${name}.app_error`)
  }
}

/** Changes the members that the caller says. */
export function patchTeam(app: App, id: string, value: unknown): Team {
  const body = Body.of(value, 'team')
  const old = teamOf(app, id)
  const team: Team = {
    ...old,
    display_name: body.text('display_name') ?? old.display_name,
    description: body.text('description') ?? old.description,
    company_name: body.text('company_name') ?? old.company_name,
    allowed_domains: body.text('allowed_domains') ?? old.allowed_domains,
    allow_open_invite: body.flag('allow_open_invite') ?? old.allow_open_invite,
    update_at: Date.now(),
  }
  checkTeam(team)
  app.state.put('teams', id, team)
  return team
}

/** Archives a team or brings it back. */
export function setTeamArchived(app: App, id: string, archived: boolean): Team {
  const now = Date.now()
  const team = { ...teamOf(app, id), update_at: now, delete_at: archived ? now : 0 }
  app.state.put('teams', id, team)
  return team
}

/** Puts somebody into a team; who is in already stays so. Full: ApiError 400, counted by active members. */
export function addTeamMember(app: App, teamId: string, value: unknown): TeamMember {
  const body = Body.of(value, 'team_member')
  const userId = body.text('user_id')
  if (body.text('team_id') !== teamId) throw invalidBody('team_id')
  if (!isId(userId)) throw invalidBody('user_id')
  teamOf(app, teamId)
  userOf(app, userId)
  const known = app.state.get('teamMembers', `${teamId} ${userId}`)
  if (known?.delete_at === 0) return known
  if (activeMembers(app, teamId) >= app.config.running.TeamSettings.MaxUsersPerTeam) {
    throw new ApiError(400, 'app.team.join_user_to_team.save_member.max_accounts.app_error')
  }
  const member = { team_id: teamId, user_id: userId, delete_at: 0 }
  app.state.put('teamMembers', `${teamId} ${userId}`, member)
  joinDefaultChannels(app, teamId, userId)
  return member
}

function activeMembers(app: App, teamId: string): number {
  const isActive = (id: string) => app.state.get('users', id)?.delete_at === 0
  const members = app.state
    .all('teamMembers')
    .filter(member => member.team_id === teamId && member.delete_at === 0)
  return members.filter(member => isActive(member.user_id)).length
}

/** Takes somebody out of a team and its channels; twice is well, never having been in is not. */
export function removeTeamMember(app: App, teamId: string, userId: string): void {
  teamOf(app, teamId)
  userOf(app, userId)
  const member = app.state.get('teamMembers', `${teamId} ${userId}`)
  if (!member) throw new ApiError(400, 'api.team.remove_user_from_team.missing.app_error')
  app.state.put('teamMembers', `${teamId} ${userId}`, {
    ...member,
    delete_at: member.delete_at || Date.now(),
  })
  leaveChannelsOf(app, teamId, userId)
}

/** A team as answers show it. */
export function viewTeam(team: Team): Record<string, unknown> {
  return { ...team, scheme_id: null, group_constrained: null, policy_id: null, cloud_limits_archived: false }
}

/** A membership as answers show it. */
export function viewTeamMember(member: TeamMember): Record<string, unknown> {
  const { team_id, user_id, delete_at } = member
  const scheme = { scheme_guest: false, scheme_user: true, scheme_admin: false, explicit_roles: '' }
  return { team_id, user_id, roles: 'team_user', delete_at, ...scheme }
}
