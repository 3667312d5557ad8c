import type { CommandTexts } from './all-commands.js'
import { type CommandText, globalOptions, type OptionTable, shownOption, synopsesOf } from './command.js'
import { groups } from './commands/index.js'
import { capital } from './help.js'

/** A manual page in man(7)'s language, from the same table as --help. */
export interface ManualPage {
  /** `teamchat.1` */
  file: string
  text: string
}

const EXIT_STATUS: [number, string][] = [
  [0, 'done, or nothing to do'],
  [1, 'failed'],
  [2, 'plan, rollback --dry-run: changes are pending; diff: something differs'],
  [64, 'wrong usage'],
  [69, 'a server that is needed cannot be reached'],
  [75, 'try again later'],
  [77, 'not allowed'],
  [78, 'the configuration is wrong'],
]

const FILES: [string, string][] = [
  ['/var/lib/nethserver/db/configuration', 'the configuration DB'],
  ['/var/lib/teamchatd', 'state: events, links, passwords to deliver, kept originals'],
  ['/etc/teamchatd/templates-custom', "the site's own template fragments"],
  ['/etc/teamchatd/secrets', 'secret files (on an e-smith host /var/lib/nethserver/secrets)'],
  ['/run/teamchatd/api.sock', "the daemon's API"],
]

/** All pages of the package. */
export function manualPages({ commands, verbs, programs }: CommandTexts): ManualPage[] {
  return [
    { file: 'teamchat.1', text: teamchatPage(commands) },
    { file: 'teamchat-config.1', text: configPage(verbs) },
    ...programs.map(program => {
      const section = program.program === 'teamchatd' ? 8 : 1
      return { file: `${program.program}.${section}`, text: programPage(program, section) }
    }),
  ]
}

function teamchatPage(commands: CommandText[]): string {
  return page('teamchat', 1, 'keeps Mattermost as its configuration DB and its directory say', [
    '.SH SYNOPSIS',
    '.B teamchat',
    '[\\fB\\-\\-root\\fR \\fIDIR\\fR] \\fICOMMAND\\fR [\\fIARGUMENT\\fR...]',
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    ...[...groups].flatMap(([name, summary]) => [
      `.SS teamchat ${name}`,
      ...paragraphs([`${capital(summary)}.`]),
    ]),
    '.SH OPTIONS',
    ...optionLines(globalOptions),
    ...closing(),
    '.SH SEE ALSO',
    '.BR teamchat\\-config (1),',
    '.BR teamchatd (8),',
    '.BR mattermost\\-bulk\\-user\\-create (1)',
  ])
}

function configPage(verbs: CommandText[]): string {
  return page('teamchat-config', 1, 'reads and writes the configuration DB of teamchatd', [
    '.SH SYNOPSIS',
    ...paragraphs(['teamchat config COMMAND [--escape] [--] [ARGUMENT...]']),
    ...paragraphs(['teamchat db NAME COMMAND [--escape] [--] [ARGUMENT...]']),
    '.SH DESCRIPTION',
    ...paragraphs([
      'NAME is a file in /var/lib/nethserver/db (environment: DBPATH), or an absolute path. Both have the commands and the output of the stock tools config and db. Only config describes and checks the properties that teamchatd knows.',
      'A VALUE, TYPE or JSON - is read from standard input, without its final newline: so a secret stays out of the process list. After -- every word is an operand.',
    ]),
    '.SH COMMANDS',
    ...verbs.flatMap(commandLines),
    ...closing(),
    '.SH SEE ALSO',
    '.BR teamchat (1)',
  ])
}

function programPage(program: CommandText, section: number): string {
  return page(program.program ?? '', section, `${program.summary} (teamchat)`, [
    '.SH SYNOPSIS',
    ...synopsesOf(program).map(roff),
    '.SH DESCRIPTION',
    ...paragraphs(program.description ?? []),
    '.SH OPTIONS',
    ...optionLines({ ...program.options, ...globalOptions }),
    '.SH EXAMPLES',
    ...exampleLines(program),
    ...closing(),
    '.SH SEE ALSO',
    '.BR teamchat (1)',
  ])
}

function commandLines(command: CommandText): string[] {
  const [first = '', ...more] = synopsesOf(command)
  return [
    `.SS ${roff(first)}`,
    ...more.map(line => `.B ${roff(line)}`),
    ...paragraphs([`${capital(command.summary)}.`, ...(command.description ?? [])]),
    ...optionLines(command.options ?? {}),
    '.PP',
    '.B EXAMPLES',
    ...exampleLines(command),
  ]
}

function exampleLines({ examples }: CommandText): string[] {
  return examples.flatMap(({ run, text }) => ['.TP', `.B ${roff(run)}`, roff(text)])
}

function page(name: string, section: number, summary: string, lines: string[]): string {
  const head = [`.TH ${name.toUpperCase().replaceAll('-', '\\-')} ${section} "" teamchatd`, '.SH NAME']
  return `${[...head, `${roff(name)} \\- ${roff(summary)}`, ...lines].join('\n')}\n`
}

function closing(): string[] {
  return [
    '.SH EXIT STATUS',
    ...EXIT_STATUS.flatMap(([status, meaning]) => ['.TP', `.B ${status}`, roff(meaning)]),
    '.SH FILES',
    ...FILES.flatMap(([file, meaning]) => ['.TP', `.I ${roff(file)}`, roff(meaning)]),
  ]
}

function paragraphs(texts: readonly string[]): string[] {
  return texts.flatMap(text => ['.PP', roff(text)])
}

function optionLines(options: OptionTable): string[] {
  return Object.entries(options).flatMap(([name, option]) => [
    '.TP',
    `.B ${roff(shownOption(name, option))}`,
    roff(option.text),
  ])
}

/** Text of ours in roff: hyphens that must stay hyphens, backslashes, and no control line by accident. */
function roff(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-')
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped
}
