import { knownProperties } from '../../configdb/schema/schema.js'
import type { CommandTexts } from '../all-commands.js'
import { type CommandText, type Completion, flagOf, globalOptions, type OptionTable } from '../command.js'
import { groups } from '../commands/index.js'

export interface CompletedOption {
  flag: string
  /** Takes a value. */
  takesValue: boolean
  complete: Completion | undefined
  text: string
}

/** One command line that can be completed. */
export interface CompletedCommand {
  /** `users sync`; '' for a program of its own. */
  name: string
  summary: string
  options: CompletedOption[]
  operands: CompletedOperand[]
}

export interface CompletedOperand {
  complete: Completion | undefined
  /** Takes all words that follow. */
  repeats: boolean
  /** Only each second one of them is a name. */
  pairs: boolean
}

/** Everything that the scripts of all shells say. */
export interface CompletionModel {
  /** Of teamchat: also the groups `config` and `db`, whose operands are verbs. */
  commands: CompletedCommand[]
  programs: Map<string, CompletedCommand>
  /** Words that can follow each first word that is not a command by itself: `users` → sync, … */
  groups: Map<string, { word: string; summary: string }[]>
  /** The properties of each record that teamchatd knows. */
  records: Map<string, string[]>
}

/** Everything to complete, from the commands' tables and the schema. */
export function completionModel({ commands, verbs, programs }: CommandTexts): CompletionModel {
  const records = new Map<string, string[]>()
  for (const { record, property } of knownProperties) {
    records.set(record, [...(records.get(record) ?? []), ...(property === '' ? [] : [property])])
  }
  const ofGroups = new Map<string, { word: string; summary: string }[]>()
  for (const { name, summary } of [...commands, ...verbs]) {
    const [group = '', word] = name.split(' ')
    if (word !== undefined) ofGroups.set(group, [...(ofGroups.get(group) ?? []), { word, summary }])
  }
  return {
    commands: [
      ...commands.map(command => completed(command, globalOptions)),
      ...verbs.map(verb => completed(verb, { help: globalOptions.help })),
    ],
    programs: new Map(programs.map(program => [program.program ?? '', completed(program, globalOptions)])),
    groups: ofGroups,
    records,
  }
}

function completed(command: CommandText, globals: OptionTable): CompletedCommand {
  return {
    name: command.name,
    summary: command.summary,
    options: Object.entries({ ...command.options, ...globals }).map(([name, option]) => ({
      flag: flagOf(name),
      takesValue: option.value !== undefined,
      complete: option.complete,
      text: option.text,
    })),
    operands: Object.values(command.operands ?? {}).map(({ complete, count, pairs }) => ({
      complete,
      repeats: count === 'any' || count === 'some',
      pairs: pairs === true,
    })),
  }
}

/** Every option of any program that takes a value. */
export function flagsWithValue({ commands, programs }: CompletionModel): string[] {
  const options = [...commands, ...programs.values()].flatMap(command => command.options)
  return [...new Set(options.filter(option => option.takesValue).map(option => option.flag))]
}

/**
 * The branches of `case $command:$number` in bash and zsh for the operands of a command; `offer` gives the shell's words
 * for an operand. A number matches `0`, `*[13579]` (each second place from an odd one) or `*`.
 */
export function operandCases(
  { name, operands }: CompletedCommand,
  offer: (complete: Completion) => string,
): string[] {
  return operands.flatMap(({ complete, repeats, pairs }, index) => {
    if (complete === undefined) return []
    const each = pairs ? (index % 2 === 0 ? '*[02468]' : '*[13579]') : '*'
    return [`    '${name}':${repeats ? each : index}) ${offer(complete)} ;;`]
  })
}

/** The first words of teamchat, each once, with their summaries. */
export function firstWords({ commands }: CompletionModel): { word: string; summary: string }[] {
  const words = new Map<string, string>([['users', 'follows the directory']])
  for (const { name, summary } of commands) if (!name.includes(' ')) words.set(name, summary)
  for (const [word, summary] of groups) words.set(word, summary)
  return [...words].map(([word, summary]) => ({ word, summary }))
}
