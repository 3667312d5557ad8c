import type { App } from './app.js'
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

function stop(app: App, bot: Tables['bots']): void {
  const now = Date.now()
  app.state.put('bots', bot.user_id, { ...bot, update_at: now, delete_at: now })
  const user = app.state.get('users', bot.user_id)
  if (user) change(app, user, { delete_at: now })
}
