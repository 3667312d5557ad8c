import type { CommandTexts } from './all-commands.js'
import { type CommandText, globalOptions, type OptionTable, shownOption, synopsesOf } from './command.js'
import { capital } from './help.js'

const HEAD = `# Commands

Every command with its options and examples, from the tables that \`--help\`, the manual pages and the completions of bash,
zsh and fish come from (\`npm run docs\`). [exit-status.md](exit-status.md) lists the exit statuses.

A command with \`--json\` prints one JSON value; its member \`schemaVersion\` is raised when another member is renamed,
removed or changes its meaning. Completion: \`source <(teamchat completion bash)\`, or the scripts in docs/completion.
`

/** docs/reference/commands.md */
export function commandsReference({ commands, verbs, programs }: CommandTexts): string {
  const sections = [
    HEAD,
    '## teamchat\n',
    'These options stand behind every command, `--root` also in front of it.\n',
    optionTable(globalOptions),
    ...commands.map(section),
    '## teamchat config, teamchat db\n',
    '`teamchat config` works on the configuration DB, `teamchat db NAME` takes the same commands, but for describe, on any DB;\n[db.md](db.md) shows where they differ from the stock tools. `--escape` and `--help` count anywhere in front of `--`.\n',
    ...verbs.map(section),
    '## The other programs\n',
    ...programs.map(section),
  ]
  return sections.join('\n')
}

function section(command: CommandText): string {
  const { name, program, summary, description = [], options = {}, examples, noJson } = command
  const parts = [
    `### ${program ?? name}`,
    code(synopsesOf(command)),
    `${capital(summary)}.`,
    ...description,
    ...(Object.keys(options).length === 0 ? [] : [optionTable(options).trimEnd()]),
    code(examples.flatMap(({ run, text }) => [`# ${text}`, run])),
    ...(noJson === undefined ? [] : [`No \`--json\`: ${noJson}.`]),
  ]
  return `${parts.join('\n\n')}\n`
}

function code(lines: string[]): string {
  return ['```sh', ...lines, '```'].join('\n')
}

function optionTable(options: OptionTable): string {
  const rows = Object.entries(options).map(
    ([name, option]) => `| \`${shownOption(name, option)}\` | ${option.text.replaceAll('|', '\\|')} |`,
  )
  return `| option | meaning |\n|---|---|\n${rows.join('\n')}\n`
}
