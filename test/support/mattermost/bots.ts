import type { App } from './app.js'
import { Body } from './body.js'
import { ApiError } from './errors.js'
import { newId } from './ids.js'
import type { Tables } from './state.js'
import { change, people, type User } from './users.js'

/**
 * Makes the bot in whose name the server speaks, as the real one does when it first has to (here: the first
 * removal from a channel over the socket). Its owner is the first administrator.
 */
export function ensureSystemBot(app: App): void {
  if (app.state.all('users').some(user => user.username === 'system-bot')) return
  const owner = people(app)
    .filter(user => user.roles.split(' ').includes('system_admin'))
    .sort((a, b) => a.create_at - b.create_at)[0]
  if (!owner) return
  const now = Date.now()
  const bot: User = {
    ...owner,
    id: newId(),
    create_at: now,
    update_at: now,
    delete_at: 0,
    username: 'system-bot',
    password: '',
    email: 'system-bot@localhost',
    email_verified: false,
    nickname: '',
    first_name: app.version.systemBotName,
    last_name: '',
    position: '',
    roles: 'system_user',
    failed_attempts: 0,
    is_bot: true,
  }
  app.state.put('users', bot.id, bot)
  app.state.put('bots', bot.id, {
    user_id: bot.id,
    owner_id: owner.id,
    display_name: app.version.systemBotName,
    create_at: now,
    update_at: now,
    delete_at: 0,
  })
}

/** Bots as `GET /bots` shows them; the stopped ones only on demand. */
export function listBots(app: App, withStopped: boolean): Record<string, unknown>[] {
  return app.state
    .all('bots')
    .filter(bot => withStopped || bot.delete_at === 0)
    .map(({ user_id, ...bot }) => ({
      user_id,
      username: app.state.get('users', user_id)?.username ?? '',
      ...bot,
    }))
}

/** Stops the bots of an owner who was switched off, unless the settings say otherwise. They do not come back with the owner. */
export function disableBotsOf(app: App, ownerId: string): void {
  if (!app.config.running.ServiceSettings.DisableBotsWhenOwnerIsDeactivated) return
  for (const bot of app.state.all('bots')) if (bot.owner_id === ownerId && bot.delete_at === 0) stop(app, bot)
}

/** Makes a bot that belongs to somebody, as a system administrator may over TCP. Throws ApiError 403 where the settings forbid it. */
export function createBot(app: App, owner: User, value: unknown): Record<string, unknown> {
  if (!app.config.running.ServiceSettings.EnableBotAccountCreation)
    throw new ApiError(403, 'api.bot.create_disabled')
  const body = Body.of(value, 'bot')
  const username = body.text('username') ?? ''
  const now = Date.now()
  const user: User = {
    ...owner,
    id: newId(),
    create_at: now,
    update_at: now,
    delete_at: 0,
    username,
    password: '',
    email: `${username}@localhost`,
    email_verified: false,
    nickname: '',
    first_name: body.text('display_name') ?? '',
    last_name: '',
    position: '',
    roles: 'system_user',
    failed_attempts: 0,
    is_bot: true,
  }
  const bot = {
    user_id: user.id,
    owner_id: owner.id,
    display_name: user.first_name,
    create_at: now,
    update_at: now,
    delete_at: 0,
  }
  app.state.put('users', user.id, user)
  app.state.put('bots', bot.user_id, bot)
  return { ...bot, username }
}

/** Lets a stopped bot work again, or stops one (source of both calls: api4/bot_local.go of the server). Throws ApiError 404. */
export function setBotActive(app: App, id: string, active: boolean): Record<string, unknown> {
  const bot = app.state.get('bots', id)
  const user = app.state.get('users', id)
  if (!bot || !user) throw new ApiError(404, 'store.sql_bot.get.missing.app_error')
  const at = active ? 0 : Date.now()
  const changed = { ...bot, update_at: Date.now(), delete_at: at }
  app.state.put('bots', id, changed)
  change(app, user, { delete_at: at })
  return { ...changed, username: user.username }
}

function stop(app: App, bot: Tables['bots']): void {
  const now = Date.now()
  app.state.put('bots', bot.user_id, { ...bot, update_at: now, delete_at: now })
  const user = app.state.get('users', bot.user_id)
  if (user) change(app, user, { delete_at: now })
}
