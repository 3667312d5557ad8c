import { type CommandHelp, commands, globalOptions } from './commands.js'

const WIDTH = 78

/** The overview that `teamchat --help` prints; of `teamchat users --help` those alone that begin so. */
export function overview(group?: string): string {
  const shown = commands.filter(({ name }) => group === undefined || name.startsWith(`${group} `))
  return [
    `usage: teamchat [--root DIR] ${group === undefined ? '' : `${group} `}COMMAND [ARGUMENT...]`,
    '',
    'Keeps a Mattermost Team Edition as its configuration DB and its directory say.',
    '',
    'commands:',
    ...entryLines(shown.map(({ name, summary }) => [name, summary])),
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
    ...wrap(`usage: ${command.synopsis}`).map((line, index) => (index === 0 ? line : `       ${line}`)),
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
  return ['options:', ...entryLines(options.map(({ flag, text }) => [flag, text]))]
}

/** Words and what they mean, in two columns. */
export function entryLines(entries: [word: string, meaning: string][]): string[] {
  const width = Math.max(...entries.map(([word]) => word.length))
  return entries.flatMap(([word, meaning]) =>
    wrap(meaning, WIDTH - width - 4).map(
      (line, index) => `  ${(index === 0 ? word : '').padEnd(width)}  ${line}`,
    ),
  )
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Breaks a paragraph at blanks. */
export function wrap(text: string, width = WIDTH): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}
