import type { ServerHealth } from '../../mattermost/types.js'
import { type Check, unanswered } from './check.js'
import { fail, pass, type Said, shellWord, skip } from './finding.js'

/** Mattermost's own word on its database and its file store. */
export const healthCheck: Check = {
  name: 'mattermost',
  look: async (view, signal) => {
    const reason = await unanswered(view)
    if (reason !== undefined) return [skip(reason)]
    const { settings } = view
    return judgeHealth(await view.client.until(signal).health(), {
      database: `${settings.mattermost.databaseHost}:${settings.mattermost.databasePort}`,
      home: settings.mattermost.home,
      unit: settings.mattermost.unit,
    })
  },
}

export function judgeHealth(
  health: ServerHealth,
  site: { database: string; home: string; unit: string },
): Said[] {
  const found: Said[] = []
  if (!health.databaseOk)
    found.push(
      fail(
        'database',
        `Mattermost does not reach its database (${site.database} in the DB’s settings)`,
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
