import { type ParseArgsConfig, parseArgs } from 'node:util'
import { reasonOf, TeamchatError } from '../errors.js'
import {
  type CommandText,
  flagOf,
  type Given,
  globalOptions,
  type OperandTable,
  type OptionTable,
  synopsesOf,
} from './command.js'
import { didYouMean, hintAfter } from './did-you-mean.js'
import { readOperands } from './operands.js'

/** The options of every command, and those of the command's own tables. */
export interface ParsedLine extends Given<OptionTable, OperandTable> {
  root: string | undefined
  help: boolean
  version: boolean
}

/**
 * Reads the arguments as the command's tables say. With --help or --version the operands are not checked. Throws `usage`
 * with the command's synopsis; where an operand is secret, the message repeats nothing of what was typed.
 */
export function parseCommand(command: CommandText, args: string[]): ParsedLine {
  const table: OptionTable = { ...command.options, ...globalOptions }
  const { values, positionals } = parseWords(command, table, args)
  const given = (options: OptionTable) =>
    Object.fromEntries(
      Object.entries(options).map(([name, { value }]) => {
        const one = values[flagOf(name).slice(2)]
        return [name, value === undefined ? one === true : typeof one === 'string' ? one : undefined]
      }),
    )
  const { root, help, version } = given(globalOptions)
  const isAnswered = help === true || version === true
  return {
    root: typeof root === 'string' ? root : undefined,
    help: help === true,
    version: version === true,
    options: given(command.options ?? {}),
    operands: isAnswered ? {} : operandsOf(command, positionals),
  }
}

function parseWords(command: CommandText, table: OptionTable, args: string[]) {
  const options: NonNullable<ParseArgsConfig['options']> = {}
  for (const [name, { value }] of Object.entries(table)) {
    options[flagOf(name).slice(2)] = { type: value === undefined ? 'boolean' : 'string' }
  }
  options.help = { type: 'boolean', short: 'h' }
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true })
  } catch (error) {
    if (hasSecret(command)) throw usageError(command, 'unknown option')
    // Node goes on about arguments that begin with a dash.
    const [shown, option] = /^Unknown option '([^']*)'/.exec(reasonOf(error)) ?? []
    const reason = shown === undefined ? reasonOf(error) : shown.replace('Unknown', 'unknown')
    const near = option === undefined ? '' : didYouMean(option, Object.keys(table).map(flagOf))
    throw usageError(command, reason, near)
  }
}

function operandsOf(command: CommandText, words: string[]): ParsedLine['operands'] {
  const { operands, problem } = readOperands(command.operands, words)
  if (problem === undefined) return operands
  throw usageError(command, hasSecret(command) ? 'unexpected argument' : problem)
}

function hasSecret(command: CommandText): boolean {
  return Object.values(command.operands ?? {}).some(operand => operand.secret === true)
}

function usageError(command: CommandText, reason: string, near = ''): TeamchatError {
  const name = command.name === '' ? command.program : command.name
  const usage = `usage: ${synopsesOf(command).join(' | ')}`
  const secret = hasSecret(command) ? '; an argument that begins with - goes through --password-stdin' : ''
  const hint = hintAfter(near, `${usage}${secret}`)
  return new TeamchatError('usage', `cannot run ${name}: ${reason}`, { hint })
}
