import type { CommandHelp } from './commands/command-help.js'
import { db } from './commands/db.js'
import { links } from './commands/links.js'
import { people } from './commands/people.js'
import { firing, looking, pausing } from './commands/service.js'
import { retiring, settings } from './commands/settings.js'

export type { CommandHelp } from './commands/command-help.js'
export { bulkHelp, daemonHelp } from './commands/programs.js'

/** The commands of `teamchat`, in the order of the manual. */
export const commands: CommandHelp[] = [
  ...looking,
  ...settings,
  ...pausing,
  ...retiring,
  ...db,
  ...people,
  ...links,
  ...firing,
]

/** What stands below every command. */
export const globalOptions = [
  { flag: '--root DIR', text: 'moves every absolute path below DIR (environment: TEAMCHAT_ROOT)' },
  { flag: '--help', text: 'prints this help' },
  { flag: '--version', text: 'prints the version' },
]
