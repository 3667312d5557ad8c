import { bulkHelp, type CommandHelp, commands, daemonHelp, globalOptions } from './commands.js'

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
  ['/var/lib/teamchatd', 'state: events, links, passwords to hand out, kept originals'],
  ['/etc/teamchatd/templates-custom', "the site's own template fragments"],
  ['/etc/teamchatd/secrets', 'secret files (on an e-smith host /var/lib/nethserver/secrets)'],
  ['/run/teamchatd/api.sock', "the daemon's API"],
]

/** All pages of the package. */
export function manualPages(): ManualPage[] {
  return [
    { file: 'teamchat.1', text: teamchatPage() },
    { file: 'teamchatd.8', text: programPage(daemonHelp, 8) },
    { file: 'mattermost-bulk-user-create.1', text: programPage(bulkHelp, 1) },
  ]
}

function teamchatPage(): string {
  const sections = commands.flatMap(command => [
    `.SS ${roff(command.synopsis)}`,
    ...paragraphs([`${capital(command.summary)}.`, ...command.text]),
    ...command.options.flatMap(optionLines),
  ])
  return page('teamchat', 1, 'keeps Mattermost as its configuration DB and its directory say', [
    '.SH SYNOPSIS',
    '.B teamchat',
    '[\\fB\\-\\-root\\fR \\fIDIR\\fR] \\fICOMMAND\\fR [\\fIARGUMENT\\fR...]',
    '.SH COMMANDS',
    ...sections,
    '.SH OPTIONS',
    ...globalOptions.flatMap(optionLines),
    ...closing(),
    '.SH SEE ALSO',
    '.BR teamchatd (8),',
    '.BR mattermost-bulk-user-create (1)',
  ])
}

function programPage(help: CommandHelp, section: number): string {
  return page(help.name, section, help.summary, [
    '.SH SYNOPSIS',
    roff(help.synopsis),
    '.SH DESCRIPTION',
    ...paragraphs(help.text),
    '.SH OPTIONS',
    ...[...help.options, ...globalOptions].flatMap(optionLines),
    ...closing(),
    '.SH SEE ALSO',
    '.BR teamchat (1)',
  ])
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

function paragraphs(texts: string[]): string[] {
  return texts.flatMap(text => ['.PP', roff(text)])
}

function optionLines(option: { flag: string; text: string }): string[] {
  return ['.TP', `.B ${roff(option.flag)}`, roff(option.text)]
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Text of ours in roff: hyphens that must stay hyphens, backslashes, and no control line by accident. */
function roff(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-')
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped
}
