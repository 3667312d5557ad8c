import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProgramParts } from './cli/context.js'
import { asOutputError, type ExitStatus, exitStatus, reasonOf, TeamchatError } from './errors.js'
import { createPaths, projectRoot } from './paths.js'

/** The three programs of the package. */
export type Program = 'teamchat' | 'teamchatd' | 'mattermost-bulk-user-create'

/** Runs a program with its arguments, prints what went wrong, and gives the exit status. */
export async function main(program: Program, argv: string[]): Promise<ExitStatus> {
  try {
    if (program === 'teamchat') {
      const isRooted = argv[0]?.startsWith('--root') === true
      const rooted = isRooted ? (await import('./cli/root-option.js')).takeRoot(argv) : undefined
      const [command, ...args] = rooted?.rest ?? argv
      const root = rooted?.root ?? process.env.TEAMCHAT_ROOT
      if (command === 'config' || command === 'db') return await runOnDb(command, root, args)
    }
    // A reader that has gone (teamchat … | head) ends the command by the failed write, not by an exception here.
    process.stdout.on('error', () => undefined)
    process.stderr.on('error', () => undefined)
    return await runProgram(program, argv)
  } catch (error) {
    return printError(program, error)
  }
}

/** Scripts call it in queues: it starts as fast as Node does, so nothing else is loaded or touched before it. */
async function runOnDb(
  command: 'config' | 'db',
  root: string | undefined,
  args: string[],
): Promise<ExitStatus> {
  const [{ runConfig, runDb }, { processIo }] = await Promise.all([
    import('./cli/config/run.js'),
    import('./cli/config/io.js'),
  ])
  const io = processIo(createPaths({ root }))
  return command === 'config' ? runConfig(args, io) : runDb(args, io)
}

function programParts(): ProgramParts {
  const { stdin, stdout, stderr, env } = process
  return {
    io: { stdin, stdout, stderr, env },
    get version() {
      return packageVersion()
    },
    openApp: async (paths, options) =>
      (await import('./app/process.js')).openApp(paths, options, packageVersion()),
    runDaemon: async paths => (await import('./app/process.js')).runDaemon(paths, packageVersion()),
  }
}

async function runProgram(program: Program, argv: string[]): Promise<ExitStatus> {
  const { runCommand, runTeamchat } = await import('./cli/teamchat.js')
  if (program === 'teamchat') return runTeamchat(argv, programParts())
  const { command } =
    program === 'teamchatd'
      ? await import('./cli/commands/programs/teamchatd.js')
      : await import('./cli/commands/programs/mattermost-bulk-user-create.js')
  return runCommand(command, argv, programParts())
}

function printError(program: Program, thrown: unknown): ExitStatus {
  if ((thrown as NodeJS.ErrnoException).code === 'EPIPE') return exitStatus.failed
  const error = asOutputError(thrown) ?? thrown
  if (error instanceof TeamchatError) {
    process.stderr.write(`${program}: ${error.message}\n  ${error.hint}\n`)
    return error.exitCode
  }
  // A fault in the program: its stack belongs into the report.
  process.stderr.write(`${program}: ${error instanceof Error ? error.stack : reasonOf(error)}\n`)
  return exitStatus.failed
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')) as { version: string })
    .version
}
