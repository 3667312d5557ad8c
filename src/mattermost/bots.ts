import { z } from 'zod'
import { anything, type Call } from './call.js'
import { checkedId, isId } from './ids.js'
import { MattermostRefusal } from './refusals.js'
import type { MattermostBot } from './types.js'

const botsSchema = z.array(
  z.object({
    user_id: z.string().refine(isId),
    username: z.string().default(''),
    /** A plugin's bot has the plugin's name here. */
    owner_id: z.string().default(''),
    delete_at: z.number().default(0),
  }),
) satisfies z.ZodType<MattermostBot[]>

/** The most that one page may hold. */
const PAGE = 200

export async function listBots(call: Call): Promise<MattermostBot[]> {
  const byId = new Map<string, MattermostBot>()
  for (let page = 0; ; page++) {
    const path = `/bots?page=${page}&per_page=${PAGE}&include_deleted=true`
    const some = await call({ method: 'GET', path, answer: botsSchema, doing: 'list the bots' })
    for (const bot of some) byId.set(bot.user_id, bot)
    if (some.length < PAGE) return [...byId.values()]
  }
}

/** `POST /bots/{id}/enable` is among the calls of the local socket (source: api4/bot_local.go of the server). */
export async function enableBot(call: Call, id: string): Promise<void> {
  const path = `/bots/${checkedId(id)}/enable`
  try {
    await call({ method: 'POST', path, answer: anything, doing: `enable the bot ${id}` })
  } catch (error) {
    if (error instanceof MattermostRefusal && error.status === 404) return
    throw error
  }
}
