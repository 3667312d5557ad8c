import { type CommandHelp, commands, globalOptions } from './commands.js'

const WIDTH = 78

/** The overview that `teamchat --help` prints; `group`: that of `teamchat users --help`, of such commands alone. */
export function overview(group?: string): string {
  const shown = commands.filter(({ name }) => group === undefined || name.startsWith(`${group} `))
  const width = Math.max(...shown.map(command => command.name.length))
  return [
    `usage: teamchat [--root DIR] ${group === undefined ? 'COMMAND' : `${group} COMMAND`} [ARGUMENT...]`,
    '',
    'Keeps a Mattermost Team Edition as its configuration DB and its directory say.',
    '',
    'commands:',
    ...shown.map(command => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    ...optionLines(globalOptions),
    '',
    `teamchat ${group === undefined ? '' : `${group} `}COMMAND --help tells more.`,
    '',
  ].join('\n')
}

/** What `COMMAND --help` prints; `more` are lines that are known only at run time. */
export function helpOf(command: CommandHelp, more: string[] = []): string {
  return [
    `usage: ${command.synopsis}`,
    '',
    ...wrap(`${capital(command.summary)}.`),
    ...command.text.flatMap(text => ['', ...wrap(text)]),
    '',
    ...optionLines([...command.options, ...globalOptions]),
    ...(more.length === 0 ? [] : ['', ...more]),
    '',
  ].join('\n')
}

function optionLines(options: { flag: string; text: string }[]): string[] {
  const width = Math.max(...options.map(option => option.flag.length))
  return ['options:', ...options.map(option => `  ${option.flag.padEnd(width)}  ${option.text}`)]
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Breaks a paragraph at blanks. */
export function wrap(text: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}
