import { globalOptions } from './command.js'
import { commands, groups } from './commands/index.js'
import { entryLines, optionLines } from './help.js'

/** The overview that `teamchat --help` prints; `teamchat users --help` lists only the commands of that group. */
export function overview(group?: string): string {
  const all = [...[...commands].map(([name, { summary }]): [string, string] => [name, summary]), ...groups]
  const shown = all.filter(([name]) => group === undefined || name.startsWith(`${group} `))
  const words = `${group === undefined ? '' : `${group} `}COMMAND`
  return [
    `usage: teamchat [--root DIR] ${words} [ARGUMENT...]`,
    '',
    'Keeps a Mattermost Team Edition as its configuration DB and its directory say.',
    '',
    'commands:',
    ...entryLines(shown),
    '',
    ...optionLines(globalOptions),
    '',
    `teamchat ${words} --help tells more.`,
    '',
  ].join('\n')
}
