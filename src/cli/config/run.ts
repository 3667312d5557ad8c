import { readFileSync } from 'node:fs'
import type { ExitStatus } from '../../errors.js'
import type { Paths } from '../../paths.js'
import { type Output, print } from './output.js'
import { type Records, readOperands, recordsOf, runRead } from './read.js'
import { configurationTarget, type DbTarget, namedTarget } from './target.js'

/** What a command talks to: the real process (`processIo` is the quick way to it), or a test. */
export interface ConfigIo {
  stdin: NodeJS.ReadableStream
  stdout: Output
  stderr: Output
  env: NodeJS.ProcessEnv
  paths: Paths
}

interface CommandLine {
  command: string
  operands: string[]
  escape: boolean
  help: boolean
}

/**
 * `teamchat config COMMAND …` on the configuration DB, with the output and exit statuses of the stock `config`.
 * Scripts call it in loops, so it starts fast: what only a writer or an error needs is loaded when it is needed.
 */
export function runConfig(argv: readonly string[], io: ConfigIo): Promise<ExitStatus> {
  return runOn(configurationTarget(io.paths), argv, io)
}

/** `teamchat db NAME COMMAND …`: the same on any DB, as the stock `db`. */
export async function runDb(argv: readonly string[], io: ConfigIo): Promise<ExitStatus> {
  const [name = '', ...rest] = argv
  if (['', '--help', '-h', 'help'].includes(name) && rest.length === 0) {
    return runOn({ path: '', program: 'teamchat db NAME', isConfiguration: false }, [name], io)
  }
  const target = namedTarget(io.paths, name)
  if (target !== undefined) return runOn(target, rest, io)
  return fail(
    io,
    'teamchat db',
    new (await import('../../errors.js')).TeamchatError(
      'usage',
      `cannot run teamchat db: ${JSON.stringify(name)} names no DB`,
      { hint: 'give a name such as accounts, or an absolute path, without ".."' },
    ),
  )
}

async function runOn(target: DbTarget, argv: readonly string[], io: ConfigIo): Promise<ExitStatus> {
  try {
    const line = parseCommandLine(argv)
    if (line.help) {
      const { helpOf } = await import('./usage.js')
      await print(io.stdout, Buffer.from(helpOf(target)))
      return 0
    }
    const wanted = readOperands(line.command)
    if (wanted === undefined) return await runOther(target, line, io)
    if (line.operands.length < wanted.least || line.operands.length > wanted.most) {
      const { checkOperands } = await import('./operands.js')
      checkOperands(target.program, line.command, line.operands)
    }
    const records = await openRecords(target, io.paths, line.operands)
    const { output, status } = runRead(line.command, line.operands, records)
    if (output.length > 0) await print(io.stdout, output)
    return status
  } catch (error) {
    return fail(io, target.program, error)
  }
}

async function runOther(target: DbTarget, line: CommandLine, io: ConfigIo): Promise<ExitStatus> {
  if (line.command === 'describe') {
    const { runDescribe } = await import('./describe.js')
    return runDescribe(target, line.operands, io)
  }
  const { runWrite } = await import('./write.js')
  return runWrite(target, line, io)
}

async function fail(io: ConfigIo, program: string, error: unknown): Promise<ExitStatus> {
  const { asOutputError, asTeamchatError } = await import('../../errors.js')
  const shown = asOutputError(error) ?? asTeamchatError(error, 'failed', `run ${program}`)
  await print(io.stderr, Buffer.from(`teamchat: ${shown.message}; ${shown.hint}\n`))
  return shown.exitCode
}

/** `--escape` and `--help` count anywhere in front of `--`; all else is an operand, so `-1` is a value. */
function parseCommandLine(argv: readonly string[]): CommandLine {
  const end = argv.indexOf('--')
  const before = end < 0 ? argv : argv.slice(0, end)
  const behind = end < 0 ? [] : argv.slice(end + 1)
  const rest = before.filter(word => word !== '--escape' && word !== '--help')
  const [command = '', ...operands] = [...rest, ...behind]
  return {
    command,
    operands,
    escape: before.includes('--escape'),
    help: before.includes('--help') || command === '-h' || command === 'help',
  }
}

async function openRecords(target: DbTarget, paths: Paths, [key]: readonly string[]): Promise<Records> {
  const bytes = await readBytes(target.path)
  // The host overrides three keys of one file; nobody else waits for that code.
  const overridable = key === undefined || ['SystemName', 'DomainName', 'TimeZone'].includes(key.trim())
  if (!overridable || paths.root !== '') return recordsOf(bytes)
  const { hostOverrides, isDefaultDb } = await import('../../configdb/overrides.js')
  return recordsOf(bytes, isDefaultDb(paths, target.path) ? hostOverrides() : undefined)
}

/** Synchronous, since that is the quickest way to one file. */
async function readBytes(path: string): Promise<Buffer> {
  try {
    return readFileSync(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return Buffer.alloc(0)
    const { readDbBytes } = await import('../../configdb/store.js')
    return await readDbBytes(path) // says the error in the catalogue's words
  }
}
