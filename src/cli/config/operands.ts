import { TeamchatError } from '../../errors.js'
import { readOperands } from './read.js'

interface CommandShape {
  /** The operands as the help shows them. */
  shown: string
  least: number
  most: number
  /** From this operand on they come in pairs. */
  pairsFrom?: number
}

/** Only of the configuration DB; not of the stock tool either. */
export const DESCRIBE: CommandShape = { shown: '[KEY [PROPERTY]] [--json]', least: 0, most: 2 }

const MANY = Number.POSITIVE_INFINITY

/** What stands behind each command. */
export const commands = new Map<string, CommandShape>([
  ['keys', reading('keys', '')],
  ['print', reading('print', '[KEY]')],
  ['show', reading('show', '[KEY]')],
  ['get', reading('get', 'KEY')],
  ['gettype', reading('gettype', 'KEY')],
  ['printtype', reading('printtype', '[KEY]')],
  ['getprop', reading('getprop', 'KEY PROPERTY')],
  ['printprop', reading('printprop', 'KEY [PROPERTY]…')],
  ['printjson', reading('printjson', '[KEY]')],
  ['getjson', reading('getjson', '[KEY]')],
  ['showjson', reading('showjson', '[KEY]')],
  ['set', { shown: 'KEY TYPE [PROPERTY VALUE]…', least: 2, most: MANY, pairsFrom: 2 }],
  ['setdefault', { shown: 'KEY TYPE [PROPERTY VALUE]…', least: 2, most: MANY, pairsFrom: 2 }],
  ['settype', { shown: 'KEY TYPE', least: 2, most: 2 }],
  ['setprop', { shown: 'KEY PROPERTY VALUE…', least: 3, most: MANY, pairsFrom: 1 }],
  ['delprop', { shown: 'KEY PROPERTY…', least: 2, most: MANY }],
  ['setjson', { shown: 'JSON', least: 1, most: 1 }],
  ['loaddefaults', { shown: 'FOLDER', least: 1, most: 1 }],
  ['delete', { shown: 'KEY', least: 1, most: 1 }],
])

function reading(command: string, shown: string): CommandShape {
  return { shown, ...(readOperands(command) ?? { least: 0, most: 0 }) }
}

/** Throws `usage` where the command is unknown or the number of its operands cannot be right. */
export function checkOperands(program: string, command: string, operands: readonly string[]): void {
  const known = command === 'describe' ? DESCRIBE : commands.get(command)
  if (known === undefined) {
    const said = command === '' ? 'no command is given' : `there is no command "${command}"`
    throw new TeamchatError('usage', `cannot run ${program}: ${said}`, {
      hint: `the commands are ${[...commands.keys(), 'describe'].join(', ')}; see ${program} --help`,
    })
  }
  const { least, most, pairsFrom } = known
  const odd = pairsFrom !== undefined && (operands.length - pairsFrom) % 2 !== 0
  if (operands.length >= least && operands.length <= most && !odd) return
  const reason = operands.length < least || odd ? 'an operand is missing' : 'there are too many operands'
  throw new TeamchatError('usage', `cannot run ${program} ${command}: ${reason}`, {
    hint: `usage: ${program} ${command} ${known.shown}`,
  })
}
