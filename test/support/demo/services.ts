import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Paths } from '../../../src/paths.js'
import { homeFolder } from './site.js'
import { installSystemctl } from './supervisor/install.js'
import { parseRequest } from './supervisor/request.js'
import { UnitFolder } from './supervisor/unit.js'
import { answer } from './supervisor/verbs.js'

/** The service manager of the demonstration. */
export interface Services {
  folder: UnitFolder
  /** For TEAMCHAT_SYSTEMCTL. */
  program: string
}

/** Sets up the supervisor below root with the two services that teamchatd knows; an earlier one keeps its states. */
export async function setUpServices(paths: Paths): Promise<Services> {
  const folder = new UnitFolder(supervisorFolder(paths))
  await folder.create()
  const server = fileURLToPath(new URL('../mattermost/server.js', import.meta.url))
  await folder.define('mattermost.service', {
    description: 'stand-in for Mattermost',
    exec: [process.execPath, server, '--home', homeFolder(paths)],
    workingDirectory: homeFolder(paths),
    readyWords: 'listening on',
    canReload: false,
  })
  for (const name of ['apache2.service', 'httpd.service']) {
    const pretended = { description: 'there is no Apache in this trial', canReload: true }
    await folder.define(name, pretended, { enabled: true, started: true })
  }
  return { folder, program: await installSystemctl(folder) }
}

/** What a boot does: services that are enabled run again. One that was stopped by hand would stay down. */
export async function bootServices({ folder }: Services): Promise<void> {
  const { enabled } = await folder.state('mattermost.service')
  if (enabled) await run(folder, ['start', 'mattermost.service'])
}

/** Ends what runs below `paths`, if a supervisor was ever set up there. */
export async function endServices(paths: Paths): Promise<void> {
  const folder = new UnitFolder(supervisorFolder(paths))
  if ((await folder.definition('mattermost.service')) === undefined) return
  await run(folder, ['stop', 'mattermost.service'])
}

async function run(folder: UnitFolder, args: string[]): Promise<void> {
  await answer(folder, parseRequest(args))
}

export function supervisorFolder(paths: Paths): string {
  return join(paths.root, 'run/supervisor')
}
