import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandHelp } from './cli/commands.js'
import { rootOf, takeRoot } from './cli/root-option.js'
import type { ProgramParts } from './cli/teamchat.js'
import { asOutputError, type ExitStatus, exitStatus, reasonOf, TeamchatError } from './errors.js'
import { createPaths, projectRoot } from './paths.js'

/** The three programs of the package. */
export type Program = 'teamchat' | 'teamchatd' | 'mattermost-bulk-user-create'

/** Runs a program with its arguments, prints what went wrong, and gives the exit status. */
export async function main(program: Program, argv: string[]): Promise<ExitStatus> {
  try {
    if (program === 'teamchat') {
      const { root, rest } = takeRoot(argv)
      if (rest[0] === 'config' || rest[0] === 'db') return await runOnDb(rest[0], root, rest.slice(1))
    }
    // A reader that has gone (teamchat … | head) ends the command by the failed write, not by an exception here.
    process.stdout.on('error', () => undefined)
    process.stderr.on('error', () => undefined)
    if (program === 'teamchat')
      return await (await import('./cli/teamchat.js')).runTeamchat(argv, programParts())
    if (program === 'teamchatd') return await runDaemon(argv)
    return await runBulk(argv)
  } catch (error) {
    return printError(program, error)
  }
}

/** Scripts call it in loops: it starts as fast as Node does, so nothing else is loaded or touched before it. */
async function runOnDb(
  command: 'config' | 'db',
  root: string | undefined,
  args: string[],
): Promise<ExitStatus> {
  const [{ runConfig, runDb }, { processIo }] = await Promise.all([
    import('./cli/config/run.js'),
    import('./cli/config/output.js'),
  ])
  const io = processIo(createPaths({ root: rootOf(root, process.env) }))
  return command === 'config' ? runConfig(args, io) : runDb(args, io)
}

function programParts(): ProgramParts {
  const { stdin, stdout, stderr, env } = process
  return {
    io: { stdin, stdout, stderr, env },
    get version() {
      return packageVersion()
    },
    openHouse: async (paths, options) =>
      (await import('./app/process.js')).openHouse(paths, options, packageVersion()),
  }
}

async function runDaemon(argv: string[]): Promise<ExitStatus> {
  const { daemonHelp } = await import('./cli/commands.js')
  const { parse } = await import('./cli/teamchat.js')
  const { values, positionals } = parse({ ...daemonHelp, options: [{ flag: '--version', text: '' }] }, argv)
  if (await answered('teamchatd', daemonHelp, values)) return exitStatus.done
  if (positionals.length > 0)
    throw new TeamchatError('usage', `cannot start: '${positionals.join(' ')}' is too much`)
  const { runDaemon: run } = await import('./app/process.js')
  return run(createPaths({ root: rootOf(values.root, process.env) }), packageVersion())
}

async function runBulk(argv: string[]): Promise<ExitStatus> {
  const { bulkHelp } = await import('./cli/commands.js')
  const { parse } = await import('./cli/teamchat.js')
  const { values, positionals } = parseBulk(parse, bulkHelp, argv)
  if (await answered('mattermost-bulk-user-create', bulkHelp, values)) return exitStatus.done
  const { runBulkUserCreate } = await import('./cli/bulk-user-create.js')
  const { readInput } = await import('./cli/io.js')
  const { io, version, openHouse } = programParts()
  const fromInput = values['password-stdin'] === true
  if (positionals.length > (fromInput ? 0 : 1)) {
    throw new TeamchatError('usage', 'cannot import users: more than one password is given', {
      hint: `usage: ${bulkHelp.synopsis}`,
    })
  }
  const password = fromInput ? await readInput(io.stdin) : positionals[0]
  if (password === '') {
    throw new TeamchatError('usage', 'cannot import users: the given password is empty', {
      hint: 'leave it away to give everybody a random one',
    })
  }
  const paths = createPaths({ root: rootOf(values.root, process.env) })
  return runBulkUserCreate({ io, version, paths }, openHouse, { password, json: values.json === true })
}

/** What was given may be a password that begins with a dash: it is not repeated. */
function parseBulk(
  parse: typeof import('./cli/teamchat.js')['parse'],
  help: CommandHelp,
  argv: string[],
): ReturnType<typeof parse> {
  try {
    return parse({ ...help, options: [...help.options, { flag: '--version', text: '' }] }, argv)
  } catch {
    throw new TeamchatError('usage', 'cannot import users: an option is not known', {
      hint: `usage: ${help.synopsis}; a password that begins with - goes through --password-stdin`,
    })
  }
}

async function answered(
  program: Program,
  help: Parameters<typeof import('./cli/help.js')['helpOf']>[0],
  values: Record<string, unknown>,
): Promise<boolean> {
  if (values.version === true) process.stdout.write(`${program} ${packageVersion()}\n`)
  else if (values.help === true) process.stdout.write((await import('./cli/help.js')).helpOf(help))
  else return false
  return true
}

function printError(program: Program, thrown: unknown): ExitStatus {
  if ((thrown as NodeJS.ErrnoException).code === 'EPIPE') return exitStatus.failed
  const error = asOutputError(thrown) ?? thrown
  if (error instanceof TeamchatError) {
    process.stderr.write(`${program}: ${error.message}\n  ${error.hint}\n`)
    return error.exitCode
  }
  // Nothing of ours: a fault in the program, so the stack helps whoever reports it.
  process.stderr.write(`${program}: ${error instanceof Error ? error.stack : reasonOf(error)}\n`)
  return exitStatus.failed
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')) as { version: string })
    .version
}
