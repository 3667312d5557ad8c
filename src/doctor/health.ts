import { urlOf } from '../config/addresses.js'
import type { ServerHealth } from '../mattermost/types.js'
import { unreachable } from '../services/site-request.js'
import { DATA_SOURCE_FILE, readSecret } from '../settings/secrets.js'
import { belowRoot, type Check, notWanted, unanswered } from './check.js'
import { fail, pass, type Said, shellWord, skip } from './finding.js'
import type { View } from './view.js'

const CONNECT_MS = 3_000

/**
 * Mattermost's own word on its database and its file store. Where it gives none: whether somebody listens at the
 * database's address, since Mattermost waits for it without a word before it opens its socket.
 */
export const healthCheck: Check = {
  name: 'mattermost',
  look: async (view, signal) => {
    const { home, unit } = view.settings.mattermost
    const reason = await unanswered(view)
    if (reason === undefined) return judgeHealth(await view.client.until(signal).health(), { home, unit })
    const database = await databaseAddress(view)
    if (database === undefined || (notWanted(view) ?? belowRoot(view)) !== undefined) return [skip(reason)]
    return judgeDatabase(await unreachable(database.host, database.port, CONNECT_MS), {
      address: `${database.host}:${database.port}`,
      reason,
    })
  },
}

export function judgeHealth(health: ServerHealth, site: { home: string; unit: string }): Said[] {
  const found: Said[] = []
  if (!health.databaseOk)
    found.push(
      fail(
        'database',
        'Mattermost does not reach its database',
        `systemctl status postgresql; journalctl -u ${site.unit} -n 50`,
      ),
    )
  if (!health.fileStoreOk)
    found.push(
      fail(
        'file store',
        'Mattermost cannot write where it keeps uploaded files',
        `namei -l ${shellWord(`${site.home}/data`)}; df -h`,
      ),
    )
  return found.length > 0 ? found : [pass('', 'it reaches its database and its file store')]
}

/** `silence`: why nothing answers at the database's address; undefined where somebody does. */
export function judgeDatabase(
  silence: string | undefined,
  site: { address: string; reason: string },
): Said[] {
  if (silence === undefined) return [skip(site.reason)]
  return [
    fail(
      'database',
      `nothing answers at ${site.address} (${silence}), and without it Mattermost waits for ever`,
      'systemctl start postgresql',
    ),
  ]
}

/** undefined where it is no TCP address that we understand. No word of the rest of the DataSource is kept. */
async function databaseAddress(view: View): Promise<{ host: string; port: number } | undefined> {
  const { databaseHost, databasePort } = view.settings.mattermost
  const source = await readSecret(view.paths, DATA_SOURCE_FILE).catch(() => undefined) // the plan says what is wrong with it
  if (source === undefined) return { host: databaseHost, port: databasePort }
  const url = urlOf(source)
  if (url === undefined || url.hostname === '' || url.searchParams.has('host')) return undefined
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? 5432 : Number(url.port) }
}
