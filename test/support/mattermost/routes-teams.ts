import {
  addChannelMember,
  channelNamed,
  channelOf,
  createChannel,
  listChannelMembers,
  listChannels,
  removeChannelMember,
  viewChannel,
  viewChannelMember,
} from './channels.js'
import { ApiError, invalidUrl } from './errors.js'
import { isId } from './ids.js'
import { spendRounds } from './password-rule.js'
import { type Call, type Reply, type Route, route } from './router.js'
import { page, userId } from './routes-users.js'
import {
  addTeamMember,
  createTeam,
  isTeamName,
  listTeams,
  patchTeam,
  removeTeamMember,
  setTeamArchived,
  teamNamed,
  teamOf,
  viewTeam,
  viewTeamMember,
} from './teams.js'

const OK: Reply = { status: 200, body: { status: 'OK' } }

/** Everything below `/teams` and `/channels`. */
export const teamRoutes: readonly Route[] = [
  route('GET', '/teams', 'free', 'session', call =>
    found(page(listTeams(call.app), call.query).map(viewTeam)),
  ),
  route('POST', '/teams', 'free', 'admin', call => made(viewTeam(createTeam(call.app, call.body)))),
  route('GET', '/teams/name/{name}', 'free', 'session', byName),
  route('GET', '/teams/{id}', 'free', 'session', call => found(viewTeam(teamOf(call.app, id(call))))),
  route('DELETE', '/teams/{id}', 'free', 'admin', call => {
    setTeamArchived(call.app, id(call), true)
    return OK
  }),
  route('PUT', '/teams/{id}/patch', 'checked', 'admin', call =>
    found(viewTeam(patchTeam(call.app, id(call), call.body))),
  ),
  route('POST', '/teams/{id}/restore', 'checked', 'admin', call =>
    found(viewTeam(setTeamArchived(call.app, id(call), false))),
  ),
  route('POST', '/teams/{id}/members', 'checked', 'admin', async call => {
    if (call.app.faults.now().realCost) await spendRounds(call.app.version.cost.join)
    return made(viewTeamMember(addTeamMember(call.app, id(call), call.body)))
  }),
  route('DELETE', '/teams/{id}/members/{user}', 'checked', 'admin', call => {
    removeTeamMember(call.app, id(call), userId(call, 'user'))
    return OK
  }),
  route('GET', '/teams/{id}/channels', 'free', 'session', call => channels(call, 'O')),
  route('GET', '/teams/{id}/channels/private', 'free', 'admin', call => channels(call, 'P')),
  route('GET', '/teams/{id}/channels/name/{name}', 'free', 'session', call =>
    found(viewChannel(call.app, channelNamed(call.app, id(call), call.params.name ?? ''))),
  ),
  route('GET', '/teams/{id}/groups', 'free', 'session', () => {
    throw new ApiError(403, 'api.ldap_groups.license_error')
  }),
  route('POST', '/channels', 'free', 'admin', call =>
    made(viewChannel(call.app, createChannel(call.app, call.body))),
  ),
  route('GET', '/channels/{id}', 'free', 'session', call =>
    found(viewChannel(call.app, channelOf(call.app, id(call, 'channel_id')))),
  ),
  route('GET', '/channels/{id}/members', 'free', 'session', call => {
    const members = listChannelMembers(call.app, id(call, 'channel_id'))
    return found(page(members, call.query).map(member => viewChannelMember(call.app, member, true)))
  }),
  route('POST', '/channels/{id}/members', 'free', 'admin', call =>
    made(viewChannelMember(call.app, addChannelMember(call.app, id(call, 'channel_id'), call.body), false)),
  ),
  route('DELETE', '/channels/{id}/members/{user}', 'free', 'admin', call => {
    removeChannelMember(call.app, id(call, 'channel_id'), userId(call, 'user'))
    return OK
  }),
]

function found(body: unknown): Reply {
  return { status: 200, body }
}

function made(body: unknown): Reply {
  return { status: 201, body }
}

function id(call: Call, name = 'team_id'): string {
  const value = call.params.id
  if (!isId(value)) throw invalidUrl(name)
  return value
}

function byName(call: Call): Reply {
  const name = call.params.name ?? ''
  if (!isTeamName(name)) throw invalidUrl('team_name')
  return found(viewTeam(teamNamed(call.app, name)))
}

function channels(call: Call, type: 'O' | 'P'): Reply {
  const listed = page(listChannels(call.app, id(call), type), call.query)
  return found(listed.map(channel => viewChannel(call.app, channel)))
}
