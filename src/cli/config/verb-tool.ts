import { type ExitStatus, TeamchatError } from '../../errors.js'
import { readOperands } from '../operands.js'
import { checkWords } from './check-words.js'
import type { ConfigIo, DbTarget } from './io.js'
import type { ToolVerb } from './verb.js'

/** Runs a verb that opens no DB. Throws `usage`, also for another DB than the configuration. */
export async function runTool(
  target: DbTarget,
  verb: ToolVerb,
  words: readonly string[],
  io: ConfigIo,
): Promise<ExitStatus> {
  if (!target.isConfiguration) {
    throw new TeamchatError('usage', 'cannot describe: teamchatd knows the properties of one DB only', {
      hint: 'type: teamchat config describe',
    })
  }
  const rest = words.filter(word => word !== '--json')
  checkWords(target, verb, rest)
  const options = { json: rest.length < words.length }
  return verb.run({ options, operands: readOperands(verb.operands, rest).operands }, io)
}
