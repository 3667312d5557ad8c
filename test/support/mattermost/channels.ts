import { type App, byName } from './app.js'
import { Body } from './body.js'
import { ensureSystemBot } from './bots.js'
import { ApiError, invalidBody } from './errors.js'
import { isId, newId } from './ids.js'
import { runes } from './user-rules.js'
import { userOf } from './users.js'

/** A row of the channels table. `type` is `O` for public, `P` for private. */
export interface Channel {
  id: string
  create_at: number
  update_at: number
  delete_at: number
  team_id: string
  type: string
  display_name: string
  name: string
  header: string
  purpose: string
}

/** Somebody's place in a channel. */
export interface ChannelMember {
  channel_id: string
  user_id: string
  last_update_at: number
}

const DEFAULTS = [
  ['town-square', 'Town Square'],
  ['off-topic', 'Off-Topic'],
] as const

/** The two channels that every team has. */
export function createDefaultChannels(app: App, teamId: string): void {
  for (const [name, display_name] of DEFAULTS) save(app, { team_id: teamId, name, display_name, type: 'O' })
}

/** Whoever joins a team is in its two channels. */
export function joinDefaultChannels(app: App, teamId: string, userId: string): void {
  for (const [name] of DEFAULTS) {
    const channel = findChannel(app, teamId, name)
    if (channel) join(app, channel.id, userId)
  }
}

/** Whoever leaves a team leaves its channels. */
export function leaveChannelsOf(app: App, teamId: string, userId: string): void {
  for (const channel of app.state.all('channels')) {
    if (channel.team_id === teamId) app.state.remove('channelMembers', `${channel.id} ${userId}`)
  }
}

/** Channels of a team by display name. */
export function listChannels(app: App, teamId: string, type: 'O' | 'P'): Channel[] {
  return app.state
    .all('channels')
    .filter(channel => channel.team_id === teamId && channel.type === type && channel.delete_at === 0)
    .sort((a, b) => byName(a.display_name, b.display_name))
}

/** The channel with this id. Throws ApiError 404. */
export function channelOf(app: App, id: string): Channel {
  const channel = app.state.get('channels', id)
  if (!channel) throw new ApiError(404, 'app.channel.get.existing.app_error')
  return channel
}

/** The channel of a team with this name. Throws ApiError 404. */
export function channelNamed(app: App, teamId: string, name: string): Channel {
  const channel = findChannel(app, teamId, name)
  if (!channel) throw new ApiError(404, 'app.channel.get_by_name.missing.app_error')
  return channel
}

/** Creates a channel without members. */
export function createChannel(app: App, value: unknown): Channel {
  const body = Body.of(value, 'channel')
  const team_id = body.text('team_id') ?? ''
  const name = body.text('name') ?? ''
  const display_name = body.text('display_name') ?? ''
  const type = body.text('type') ?? ''
  if (!isId(team_id)) throw invalidBody('team_id')
  if (runes(display_name) > 64) throw new ApiError(400, 'model.channel.is_valid.display_name.app_error')
  if (!/^[a-z0-9]+([a-z\-_0-9]+|(__)?)[a-z0-9]*$/.test(name) || name.length > 64) {
    throw new ApiError(400, 'model.channel.is_valid.1_or_more.app_error')
  }
  if (type !== 'O' && type !== 'P') throw new ApiError(400, 'model.channel.is_valid.type.app_error')
  if (findChannel(app, team_id, name))
    throw new ApiError(400, 'store.sql_channel.save_channel.exists.app_error')
  return save(app, {
    team_id,
    name,
    display_name,
    type,
    header: body.text('header') ?? '',
    purpose: body.text('purpose') ?? '',
  })
}

/** Puts a member of the team into the channel; who is in already stays so. */
export function addChannelMember(app: App, channelId: string, value: unknown): ChannelMember {
  const userId = Body.of(value, 'channel_member').text('user_id')
  if (!isId(userId)) throw invalidBody('user_id')
  const channel = channelOf(app, channelId)
  userOf(app, userId)
  if (app.state.get('teamMembers', `${channel.team_id} ${userId}`)?.delete_at !== 0) {
    throw new ApiError(404, 'app.team.get_member.missing.app_error')
  }
  return join(app, channelId, userId)
}

/** Takes somebody out of a channel; the server says so in its bot's name. */
export function removeChannelMember(app: App, channelId: string, userId: string): void {
  channelOf(app, channelId)
  userOf(app, userId)
  if (!app.state.get('channelMembers', `${channelId} ${userId}`)) {
    throw new ApiError(404, 'app.channel.get_member.missing.app_error')
  }
  app.state.remove('channelMembers', `${channelId} ${userId}`)
  ensureSystemBot(app)
}

/** Members of a channel. */
export function listChannelMembers(app: App, channelId: string): ChannelMember[] {
  return app.state.all('channelMembers').filter(member => member.channel_id === channelOf(app, channelId).id)
}

function findChannel(app: App, teamId: string, name: string): Channel | undefined {
  return app.state.all('channels').find(channel => channel.team_id === teamId && channel.name === name)
}

function save(
  app: App,
  given: Partial<Channel> & Pick<Channel, 'team_id' | 'name' | 'display_name' | 'type'>,
): Channel {
  const now = Date.now()
  const channel = {
    id: newId(),
    create_at: now,
    update_at: now,
    delete_at: 0,
    header: '',
    purpose: '',
    ...given,
  }
  app.state.put('channels', channel.id, channel)
  return channel
}

function join(app: App, channelId: string, userId: string): ChannelMember {
  const key = `${channelId} ${userId}`
  const member = app.state.get('channelMembers', key) ?? {
    channel_id: channelId,
    user_id: userId,
    last_update_at: Date.now(),
  }
  app.state.put('channelMembers', key, member)
  return member
}

/** A channel as answers show it. */
export function viewChannel(app: App, channel: Channel): Record<string, unknown> {
  return {
    ...channel,
    last_post_at: 0,
    total_msg_count: 0,
    extra_update_at: 0,
    creator_id: '',
    scheme_id: null,
    props: null,
    group_constrained: null,
    shared: null,
    total_msg_count_root: 0,
    policy_id: null,
    last_root_post_at: 0,
    banner_info: null,
    policy_enforced: false,
    default_category_name: '',
    ...app.version.channelExtras,
  }
}

/** A membership as answers show it; a list hides times in 11.2. */
export function viewChannelMember(app: App, member: ChannelMember, listed: boolean): Record<string, unknown> {
  const hidden = listed && app.version.hidesChannelTimes
  return {
    channel_id: member.channel_id,
    user_id: member.user_id,
    roles: 'channel_user',
    last_viewed_at: hidden ? -1 : 0,
    msg_count: 0,
    mention_count: 0,
    mention_count_root: 0,
    urgent_mention_count: 0,
    msg_count_root: 0,
    notify_props: {
      channel_auto_follow_threads: 'off',
      desktop: 'default',
      email: 'default',
      ignore_channel_mentions: 'default',
      mark_unread: 'all',
      push: 'default',
    },
    last_update_at: hidden ? -1 : member.last_update_at,
    scheme_guest: false,
    scheme_user: true,
    scheme_admin: false,
    explicit_roles: '',
  }
}
