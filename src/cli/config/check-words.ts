import { TeamchatError } from '../../errors.js'
import { type CommandText, synopsesOf } from '../command.js'
import { readOperands } from '../operands.js'
import type { DbTarget } from './io.js'
import type { Verb } from './verb.js'

/** Throws `usage` where the number of words cannot be right. */
export function checkWords(target: DbTarget, verb: Verb, words: readonly string[]): void {
  const { problem } = readOperands(verb.operands, words)
  if (problem === undefined) return
  const text = named(target, verb)
  throw new TeamchatError('usage', `cannot run ${text.program} ${text.name}: ${problem}`, {
    hint: `usage: ${synopsesOf(text).join(' | ')}`,
  })
}

/** The verb as it was called: `teamchat config get`, `teamchat db NAME get`. */
export function named({ program }: DbTarget, verb: Verb): CommandText {
  return { ...verb, program, name: verb.name.slice('config '.length) }
}
