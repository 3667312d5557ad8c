import type { Command, CommandText } from './command.js'
import { verbs } from './commands/config/index.js'
import { commands } from './commands/index.js'

/** Every text of the package: for the documentation and the completions. */
export interface CommandTexts {
  commands: Command[]
  verbs: CommandText[]
  /** The other two programs. */
  programs: Command[]
}

/** Loads every command. */
export async function allCommands(): Promise<CommandTexts> {
  const [loaded, loadedVerbs, ...programs] = await Promise.all([
    Promise.all([...commands.values()].map(entry => entry.load())),
    Promise.all([...verbs.values()].map(entry => entry.load())),
    import('./commands/programs/teamchatd.js'),
    import('./commands/programs/mattermost-bulk-user-create.js'),
  ])
  return {
    commands: loaded.map(({ command }) => command),
    verbs: loadedVerbs.map(({ verb }) => verb),
    programs: programs.map(({ command }) => command),
  }
}
