import { TeamchatError } from '../../errors.js'

/** What stands behind each command, as the help shows it, and how many operands that is. */
export const commands = new Map<string, { shown: string; least: number; most: number; pairsFrom?: number }>([
  ['keys', { shown: '', least: 0, most: 0 }],
  ['print', { shown: '[KEY]', least: 0, most: 1 }],
  ['show', { shown: '[KEY]', least: 0, most: 1 }],
  ['get', { shown: 'KEY', least: 1, most: 1 }],
  ['gettype', { shown: 'KEY', least: 1, most: 1 }],
  ['printtype', { shown: '[KEY]', least: 0, most: 1 }],
  ['getprop', { shown: 'KEY PROPERTY', least: 2, most: 2 }],
  ['printprop', { shown: 'KEY [PROPERTY]…', least: 1, most: Number.POSITIVE_INFINITY }],
  ['printjson', { shown: '[KEY]', least: 0, most: 1 }],
  ['getjson', { shown: '[KEY]', least: 0, most: 1 }],
  ['showjson', { shown: '[KEY]', least: 0, most: 1 }],
  ['set', { shown: 'KEY TYPE [PROPERTY VALUE]…', least: 2, most: Number.POSITIVE_INFINITY, pairsFrom: 2 }],
  [
    'setdefault',
    { shown: 'KEY TYPE [PROPERTY VALUE]…', least: 2, most: Number.POSITIVE_INFINITY, pairsFrom: 2 },
  ],
  ['settype', { shown: 'KEY TYPE', least: 2, most: 2 }],
  ['setprop', { shown: 'KEY PROPERTY VALUE…', least: 3, most: Number.POSITIVE_INFINITY, pairsFrom: 1 }],
  ['delprop', { shown: 'KEY PROPERTY…', least: 2, most: Number.POSITIVE_INFINITY }],
  ['delete', { shown: 'KEY', least: 1, most: 1 }],
])

/** Throws `usage` where the command is unknown or the number of its operands cannot be right. */
export function checkOperands(command: string, operands: readonly string[]): void {
  const known = commands.get(command)
  if (known === undefined) {
    const said = command === '' ? 'no command is given' : `there is no command "${command}"`
    throw new TeamchatError('usage', `cannot run teamchat config: ${said}`, {
      hint: `the commands are ${[...commands.keys()].join(', ')}; see teamchat config --help`,
    })
  }
  const { least, most, pairsFrom } = known
  const odd = pairsFrom !== undefined && (operands.length - pairsFrom) % 2 !== 0
  if (operands.length >= least && operands.length <= most && !odd) return
  const reason = operands.length < least || odd ? 'an operand is missing' : 'there are too many operands'
  throw new TeamchatError('usage', `cannot run teamchat config ${command}: ${reason}`, {
    hint: `usage: teamchat config ${command} ${known.shown}`,
  })
}
