import type { ExitStatus } from '../errors.js'
import type { CommandContext } from './context.js'

/** Words that a shell offers for a value: these, folders, or names of teamchatd's schema. */
export type Completion = readonly string[] | 'folder' | 'record' | 'property'

export interface OptionSpec {
  text: string
  /** The placeholder of its value, `DURATION`; without one the option is a switch. */
  value?: string
  complete?: Completion
}

export interface OperandSpec {
  /** As it is shown: `NAME`; `PROPERTY VALUE` for `pairs`. */
  shown: string
  /** one: exactly one (the default); optional: none or one; any: none or more; some: one or more. */
  count?: 'one' | 'optional' | 'any' | 'some'
  /** The words come in pairs: a name and its value. Only with any and some. */
  pairs?: true
  /** Messages never repeat it. */
  secret?: true
  /** A `-` stands for standard input; of pairs, for the value. */
  input?: true
  complete?: Completion
}

/** Keys are the options' names in camel case: `dryRun` is `--dry-run`. */
export type OptionTable = Readonly<Record<string, OptionSpec>>
/** In the order in which they are typed. */
export type OperandTable = Readonly<Record<string, OperandSpec>>

// The last case of each stands for a table whose entries are not known.
type OptionValue<O extends OptionSpec> = O extends { value: string }
  ? string | undefined
  : 'value' extends keyof O
    ? string | boolean | undefined
    : boolean
type OperandValue<P extends OperandSpec> = P extends { count: 'any' | 'some' }
  ? string[]
  : P extends { count: 'optional' }
    ? string | undefined
    : P extends { count: 'one' }
      ? string
      : 'count' extends keyof P
        ? string | string[] | undefined
        : string

export type OptionValues<O extends OptionTable> = { [name in keyof O]: OptionValue<O[name]> }
export type OperandValues<P extends OperandTable> = { [name in keyof P]: OperandValue<P[name]> }

/** The words that were typed, by the names in the command's tables. */
export interface Given<O extends OptionTable, P extends OperandTable> {
  options: OptionValues<O>
  operands: OperandValues<P>
}

export interface Example {
  run: string
  text: string
}

/** A command as --help, the manual pages, the completions and the reference page show it. */
export interface CommandText<O extends OptionTable = OptionTable, P extends OperandTable = OperandTable> {
  /** `users sync`, as it follows the program's name. */
  name: string
  /** Its own program where it is not a command of teamchat. */
  program?: string
  /** Lines without the program and name, where the tables alone do not say it. */
  synopsis?: readonly string[]
  summary: string
  /** Paragraphs. */
  description?: readonly string[]
  options?: O
  operands?: P
  examples: readonly Example[]
  /** Why the command has no --json. */
  noJson?: string
}

/** A command with its implementation. */
export interface Command<O extends OptionTable = OptionTable, P extends OperandTable = OperandTable>
  extends CommandText<O, P> {
  /** Lines for --help that are known only at run time. */
  moreHelp?(context: CommandContext): Promise<string[]>
  // A method, so that a command with its own options and operands is a Command too.
  run(context: CommandContext, given: Given<O, P>): Promise<ExitStatus>
}

/** Gives `run` the types of the options and operands in its own table. */
export function defineCommand<const O extends OptionTable, const P extends OperandTable>(
  command: Command<O, P>,
): Command<O, P> {
  return command
}

export const JSON_OPTION = { text: 'print one JSON value for machines' } as const

export const DRY_RUN = {
  text: 'show the changes without making them; exit status 2 where there are some',
} as const

/** The options of every command. */
export const globalOptions = {
  root: {
    value: 'DIR',
    text: 'move every absolute path below DIR (environment: TEAMCHAT_ROOT)',
    complete: 'folder',
  },
  help: { text: 'print this help' },
  version: { text: 'print the version' },
} as const satisfies OptionTable

/** `dryRun` → `--dry-run` */
export function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
}

/** `--until DATE` */
export function shownOption(name: string, { value }: OptionSpec): string {
  return value === undefined ? flagOf(name) : `${flagOf(name)} ${value}`
}

/** `NAME [USERNAME]`, `KEY [PROPERTY VALUE]...` */
export function shownOperands(operands: OperandTable = {}): string {
  return Object.values(operands).map(shownOperand).join(' ')
}

function shownOperand({ shown, count = 'one', pairs }: OperandSpec): string {
  if (count === 'optional') return `[${shown}]`
  if (count === 'any') return pairs ? `[${shown}]...` : `[${shown}...]`
  return count === 'some' ? `${shown}...` : shown
}

/** Each way to type the command: `teamchat users hold NAME [--until DATE] [--json]`. */
export function synopsesOf(command: CommandText): string[] {
  const start = [command.program ?? 'teamchat', command.name].filter(word => word !== '').join(' ')
  const options = Object.entries(command.options ?? {}).map(
    ([name, option]) => `[${shownOption(name, option)}]`,
  )
  const lines = command.synopsis ?? [[shownOperands(command.operands), ...options].join(' ')]
  return lines.map(line => `${start} ${line.trim()}`.trim())
}
