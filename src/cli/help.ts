import { type CommandText, globalOptions, type OptionTable, shownOption, synopsesOf } from './command.js'

const WIDTH = 78

/** The text of `COMMAND --help`; `more` are lines that are known only at run time. */
export function helpOf(
  command: CommandText,
  more: string[] = [],
  globals: OptionTable = globalOptions,
): string {
  const synopses = synopsesOf(command).flatMap((line, index) =>
    wrap(line, WIDTH - 7).map((part, at) => `${index + at === 0 ? 'usage: ' : '       '}${part}`),
  )
  return [
    ...synopses,
    '',
    ...wrap(`${capital(command.summary)}.`),
    ...(command.description ?? []).flatMap(text => ['', ...wrap(text)]),
    '',
    ...optionLines({ ...command.options, ...globals }),
    '',
    'examples:',
    ...exampleLines(command),
    ...(more.length === 0 ? [] : ['', ...more]),
    '',
  ].join('\n')
}

export function optionLines(options: OptionTable): string[] {
  const entries = Object.entries(options).map(([name, option]) => [shownOption(name, option), option.text])
  return ['options:', ...entryLines(entries as [string, string][])]
}

function exampleLines({ examples }: CommandText): string[] {
  return examples.flatMap(({ run, text }) => [
    `  ${run}`,
    ...wrap(text, WIDTH - 6).map(line => `      ${line}`),
  ])
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

/** With a capital letter, as a sentence begins. */
export function capital(text: string): string {
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
