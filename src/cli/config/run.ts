import { readFileSync } from 'node:fs'
import { normalize } from 'node:path'
import type { ExitStatus } from '../../errors.js'
import type { Paths } from '../../paths.js'
import { verbs } from '../commands/config/index.js'
import { readOperands } from '../operands.js'
import { type ConfigIo, type DbTarget, print } from './io.js'
import { type ReadVerb, type Records, recordsOf } from './read.js'
import type { Verb } from './verb.js'

interface VerbLine {
  verb: string
  words: string[]
  escape: boolean
  help: boolean
}

/**
 * `teamchat config VERB …` on the configuration DB, with the output and exit statuses of the stock `config`.
 * Scripts call it in queues, so it starts fast: writers and errors load their modules when they need them.
 */
export function runConfig(argv: readonly string[], io: ConfigIo): Promise<ExitStatus> {
  return runOn(configurationTarget(io.paths), argv, io)
}

/** `teamchat db NAME VERB …`: the same on any DB, as the stock `db`. */
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
      `cannot run teamchat db: ${JSON.stringify(name)} cannot be the name of a DB`,
      { hint: 'give a name such as accounts, or an absolute path, without ".."' },
    ),
  )
}

/** `teamchat config` */
function configurationTarget(paths: Paths): DbTarget {
  return { path: paths.configurationDb, program: 'teamchat config', isConfiguration: true }
}

/**
 * `teamchat db NAME`: an absolute path (below --root), or a name in the folder of the DBs (DBPATH).
 * undefined for a name that could lead out of there.
 */
function namedTarget(paths: Paths, name: string): DbTarget | undefined {
  if (name === '' || name.includes('\0') || name.endsWith('/') || name.split('/').includes('..'))
    return undefined
  const path = normalize(paths.database(name))
  return { path, program: `teamchat db ${name}`, isConfiguration: path === paths.configurationDb }
}

async function runOn(target: DbTarget, argv: readonly string[], io: ConfigIo): Promise<ExitStatus> {
  try {
    const line = parseLine(argv)
    const entry = verbs.get(line.verb)
    if (entry === undefined || line.help) return await explain(target, line, io)
    const { verb } = await entry.load()
    if (!('read' in verb)) return await runOther(target, verb, line, io)
    const { operands, problem } = readOperands(verb.operands, line.words.map(stored))
    if (problem !== undefined) (await import('./check-words.js')).checkWords(target, verb, line.words)
    const records = await openRecords(target, io.paths, line.words)
    const { output, status } = verb.read(operands, records)
    if (output.length > 0) await print(io.stdout, output)
    return status
  } catch (error) {
    return fail(io, target.program, error)
  }
}

async function runOther(
  target: DbTarget,
  verb: Exclude<Verb, ReadVerb>,
  line: VerbLine,
  io: ConfigIo,
): Promise<ExitStatus> {
  if ('run' in verb) {
    const { runTool } = await import('./verb-tool.js')
    return runTool(target, verb, line.words, io)
  }
  const { runWrite } = await import('./write.js')
  return runWrite(target, verb, line, io)
}

async function explain(target: DbTarget, line: VerbLine, io: ConfigIo): Promise<ExitStatus> {
  const { unknownVerb, verbHelp } = await import('./verb-help.js')
  if (!line.help) throw unknownVerb(target, line.verb)
  await print(io.stdout, Buffer.from(await verbHelp(target, line.verb)))
  return 0
}

async function fail(io: ConfigIo, program: string, error: unknown): Promise<ExitStatus> {
  const { asOutputError, asTeamchatError } = await import('../../errors.js')
  const shown = asOutputError(error) ?? asTeamchatError(error, 'failed', `run ${program}`)
  await print(io.stderr, Buffer.from(`teamchat: ${shown.message}; ${shown.hint}\n`))
  return shown.exitCode
}

/** `--escape` and `--help` count anywhere in front of `--`; all else is an operand, so `-1` is a value. */
function parseLine(argv: readonly string[]): VerbLine {
  const end = argv.indexOf('--')
  const before = end < 0 ? argv : argv.slice(0, end)
  const behind = end < 0 ? [] : argv.slice(end + 1)
  const rest = before.filter(word => word !== '--escape' && word !== '--help')
  const [verb = '', ...words] = [...rest, ...behind]
  const isHelp = verb === '-h' || verb === 'help'
  return {
    verb: isHelp ? (words[0] ?? '') : verb,
    words,
    escape: before.includes('--escape'),
    help: before.includes('--help') || isHelp,
  }
}

function stored(word: string): string {
  return Buffer.from(word, 'utf8').toString('latin1')
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
