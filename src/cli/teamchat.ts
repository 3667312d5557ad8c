import { type ParseArgsConfig, parseArgs } from 'node:util'
import { type ExitStatus, exitStatus, reasonOf, TeamchatError } from '../errors.js'
import { createPaths } from '../paths.js'
import type { LinkAction } from '../stories/link-operations.js'
import type { CommandHelp } from './commands.js'
import type { OpenHouse } from './connect.js'
import { type Io, type Surroundings, write } from './io.js'
import { rootOf, takeRoot } from './root-option.js'

/** What main gives to a program: its streams, the version, and how the house is built in this process. */
export interface ProgramParts {
  io: Io
  version: string
  openHouse: OpenHouse
}

/**
 * Runs `teamchat ARGUMENTS`, but for `config` and `db`, which main calls itself. Errors are thrown as TeamchatErrors; main
 * prints them. Modules are loaded by need.
 */
export async function runTeamchat(argv: string[], parts: ProgramParts): Promise<ExitStatus> {
  const { root, rest } = takeRoot(argv)
  const [command, ...args] = asked(rest)
  const around = (more = root): Surroundings => ({
    io: parts.io,
    version: parts.version,
    paths: createPaths({ root: rootOf(more, parts.io.env), env: parts.io.env }),
  })
  const isGroup = command === 'users' && (args.length === 0 || isHelp(args[0]))
  if (command === undefined || isHelp(command) || isGroup) {
    const { overview } = await import('./help.js')
    const isUsage = command === undefined || (isGroup && args.length === 0)
    await write(isUsage ? parts.io.stderr : parts.io.stdout, overview(isGroup ? command : undefined))
    return isUsage ? exitStatus.usage : exitStatus.done
  }
  if (command === '--version') {
    await write(parts.io.stdout, `teamchat ${parts.version}\n`)
    return exitStatus.done
  }
  return runCommand(command, args, around, parts.openHouse)
}

/** `help COMMAND` is `COMMAND --help`. */
function asked(words: string[]): string[] {
  const [first, ...more] = words
  return first === 'help' && more.length > 0 ? [...more, '--help'] : words
}

function isHelp(word: string | undefined): boolean {
  return word === '--help' || word === '-h' || word === 'help'
}

async function runCommand(
  command: string,
  args: string[],
  around: (root?: string) => Surroundings,
  open: OpenHouse,
): Promise<ExitStatus> {
  const { commands } = await import('./commands.js')
  const name = command === 'users' ? `users ${args[0] ?? ''}` : command
  const help = commands.find(known => known.name === name)
  if (help === undefined) {
    const known = commands.map(each => each.name).join(', ')
    throw new TeamchatError('usage', `cannot run '${name.trim()}': there is no such command`, {
      hint: `commands: ${known}; teamchat --help`,
    })
  }
  const { values, positionals } = parse(help, command === 'users' ? args.slice(1) : args)
  const here = around(text(values.root))
  if (values.help === true) return printHelp(help, here)
  const json = values.json === true
  const force = values.force === true
  switch (name) {
    case 'status':
      expectNone(help, positionals)
      return (await import('./status.js')).runStatus(here, open, json)
    case 'doctor':
      expectNone(help, positionals)
      return (await import('./doctor.js')).runDoctor(here, open, json)
    case 'plan':
      expectNone(help, positionals)
      return (await import('./settings.js')).runPlan(here, open, { json, force, diff: values.diff === true })
    case 'apply':
      expectNone(help, positionals)
      return (await import('./settings.js')).runApply(here, open, { json, force })
    case 'adopt':
      expectNone(help, positionals)
      return (await import('./adoption.js')).runAdopt(here, open, {
        json,
        dryRun: values['dry-run'] === true,
        vhost: values.vhost === true,
      })
    case 'retire':
      expectNone(help, positionals)
      return (await import('./adoption.js')).runRetire(here, open, {
        json,
        dryRun: values['dry-run'] === true,
        giveBack: values['give-back'] === true,
      })
    case 'history':
      expectNone(help, positionals)
      return (await import('./history.js')).runHistory(here, open, json)
    case 'diff':
      expectNone(help, positionals.slice(2))
      return (await import('./history.js')).runDiff(here, open, { numbers: positionals, json })
    case 'rollback': {
      const [dryRun, release] = [values['dry-run'] === true, values.release === true]
      return (await import('./history.js')).runRollback(here, open, {
        numbers: positionals,
        dryRun,
        release,
        json,
      })
    }
    case 'pause': {
      const duration = text(values.for)
      return (await import('./pause.js')).runPause(here, open, { words: positionals, duration, json })
    }
    case 'resume':
      expectNone(help, positionals)
      return (await import('./pause.js')).runResume(here, open, json)
    case 'users sync':
      expectNone(help, positionals)
      return (await import('./users.js')).runUsersSync(here, open, { json, confirm: values.confirm === true })
    case 'users test':
      expectNone(help, positionals)
      return (await import('./users-test.js')).runUsersTest(here, open, json)
    case 'users plan':
      expectNone(help, positionals)
      return (await import('./users.js')).runUsersPlan(here, open, { json })
    case 'users credentials':
      expectNone(help, positionals.slice(1))
      return (await import('./credentials.js')).runUsersCredentials(here, open, {
        login: positionals[0],
        group: text(values.group),
        csv: values.csv === true,
        print: values.print === true,
        forget: values.forget === true,
        json,
      })
    case 'users invite':
      expectNone(help, positionals.slice(1))
      return (await import('./invite.js')).runUsersInvite(here, open, { login: positionals[0], json })
    case 'users report':
      expectNone(help, positionals.slice(1))
      return (await import('./users-report.js')).runUsersReport(here, open, { login: positionals[0], json })
    case 'users accept-host':
      expectNone(help, positionals)
      return (await import('./users-host.js')).runAcceptHost(here, open, { json })
    case 'users relink':
      return (await import('./users-relink.js')).runUsersRelink(here, open, {
        names: positionals,
        forgetMissing: values['forget-missing'] === true,
        confirm: values.confirm === true,
        json,
      })
    case 'users list':
      expectNone(help, positionals)
      return (await import('./users-list.js')).runUsersList(here, open, { json })
    case 'users link':
    case 'users unlink':
    case 'users ignore':
    case 'users unignore':
    case 'users hold':
    case 'users unhold':
    case 'users release': {
      const action = name.slice('users '.length) as LinkAction
      expectNone(help, positionals.slice(action === 'link' ? 2 : 1))
      const [until, dryRun] = [text(values.until), values['dry-run'] === true]
      const options = { action, names: positionals, until, dryRun, json }
      return (await import('./users-link.js')).runUsersLink(here, open, options)
    }
    default:
      return (await import('./signal-event.js')).runSignalEvent(here, {
        args: positionals,
        wait: values['no-wait'] !== true,
        json,
      })
  }
}

type Values = Record<string, string | boolean | (string | boolean)[] | undefined>

/** Parses what the command's table allows; anything else is `usage` with the command's synopsis. */
export function parse(help: CommandHelp, args: string[]): { values: Values; positionals: string[] } {
  const options: NonNullable<ParseArgsConfig['options']> = {
    root: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  }
  for (const { flag } of help.options) {
    const [option = '', value] = flag.slice(2).split(' ')
    options[option] = { type: value === undefined ? 'boolean' : 'string' }
  }
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true }) as {
      values: Values
      positionals: string[]
    }
  } catch (error) {
    // Node goes on about arguments that begin with a dash.
    const reason = /^Unknown option '[^']*'/.exec(reasonOf(error))?.[0] ?? reasonOf(error)
    throw new TeamchatError('usage', `cannot run ${help.name}: ${reason.replace('Unknown', 'unknown')}`, {
      hint: `usage: ${help.synopsis}`,
      cause: error,
    })
  }
}

function expectNone(help: CommandHelp, positionals: string[]): void {
  if (positionals.length === 0) return
  throw new TeamchatError('usage', `cannot run ${help.name}: '${positionals.join(' ')}' is too much`, {
    hint: `usage: ${help.synopsis}`,
  })
}

async function printHelp(help: CommandHelp, around: Surroundings): Promise<ExitStatus> {
  const { helpOf } = await import('./help.js')
  const more = help.name === 'signal-event' ? ['events:', ...(await eventLines(around))] : []
  await write(around.io.stdout, helpOf(help, more))
  return exitStatus.done
}

async function eventLines(around: Surroundings): Promise<string[]> {
  return (await import('./signal-event.js')).knownEvents(around)
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
