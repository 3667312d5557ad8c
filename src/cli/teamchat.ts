import { type ExitStatus, exitStatus, TeamchatError } from '../errors.js'
import { createPaths } from '../paths.js'
import type { Command } from './command.js'
import type { CommandContext, ProgramParts } from './context.js'
import { write } from './io.js'
import { parseCommand } from './parse.js'
import { rootOf, takeRoot } from './root-option.js'

/**
 * Runs `teamchat ARGUMENTS`. Main calls `config` and `db` directly where they are the first word. Throws TeamchatErrors,
 * which main prints. Only the module of the command itself is loaded.
 */
export async function runTeamchat(argv: string[], parts: ProgramParts): Promise<ExitStatus> {
  const { root, rest } = takeRoot(argv)
  const [first, ...args] = asked(rest)
  const isGroup = first === 'users' && (args[0] === undefined || isHelp(args[0]))
  if (first === undefined || isHelp(first) || isGroup) {
    const { overview } = await import('./overview.js')
    const isUsage = (isGroup ? args[0] : first) === undefined
    await write(isUsage ? parts.io.stderr : parts.io.stdout, overview(isGroup ? first : undefined))
    return isUsage ? exitStatus.usage : exitStatus.done
  }
  if (first === '--version') {
    await write(parts.io.stdout, `teamchat ${parts.version}\n`)
    return exitStatus.done
  }
  if (first === 'config' || first === 'db') {
    const { runConfig, runDb } = await import('./config/run.js')
    const io = { ...parts.io, paths: createPaths({ root: rootOf(root, parts.io.env), env: parts.io.env }) }
    return first === 'config' ? runConfig(args, io) : runDb(args, io)
  }
  const isUsers = first === 'users'
  const command = await load(isUsers ? `users ${args[0]}` : first)
  return runCommand(command, isUsers ? args.slice(1) : args, parts, root)
}

/** Runs a command or another program with its own arguments; answers --help and --version. */
export async function runCommand(
  command: Command,
  args: string[],
  parts: ProgramParts,
  rootBefore?: string,
): Promise<ExitStatus> {
  const { root = rootBefore, help, version, ...given } = parseCommand(command, args)
  const { io } = parts
  if (version) {
    await write(io.stdout, `${command.program ?? 'teamchat'} ${parts.version}\n`)
    return exitStatus.done
  }
  const paths = createPaths({ root: rootOf(root, io.env), env: io.env })
  const context: CommandContext = { ...parts, paths }
  if (!help) return command.run(context, given)
  const { helpOf } = await import('./help.js')
  await write(io.stdout, helpOf(command, await command.moreHelp?.(context)))
  return exitStatus.done
}

async function load(name: string): Promise<Command> {
  const { commands, commandNames } = await import('./commands/index.js')
  const entry = commands.get(name)
  if (entry !== undefined) return (await entry.load()).command
  const { didYouMeanCommand, hintAfter } = await import('./did-you-mean.js')
  const near = didYouMeanCommand(name, commandNames())
  throw new TeamchatError('usage', `cannot run '${name}': there is no such command`, {
    hint: hintAfter(near, 'teamchat --help lists all commands'),
  })
}

/** `help COMMAND` is `COMMAND --help`. */
function asked(words: string[]): string[] {
  const [first, ...more] = words
  return first === 'help' && more.length > 0 ? [...more, '--help'] : words
}

function isHelp(word: string | undefined): boolean {
  return word === '--help' || word === '-h' || word === 'help'
}
