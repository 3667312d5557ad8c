import { commands } from './operands.js'

const meaning: Record<string, string> = {
  keys: 'the keys',
  print: 'KEY=VALUE, the whole value as it is stored',
  show: 'type and properties, one a line',
  get: 'the whole value as it is stored',
  gettype: 'the type',
  printtype: 'KEY=TYPE',
  getprop: 'the value of a property',
  printprop: 'PROPERTY=VALUE, all or those named',
  printjson: 'JSON on one line',
  getjson: 'the same',
  showjson: 'JSON for people',
  set: 'replace or create the record',
  setdefault: 'create the record unless it exists',
  settype: 'change the type, keep the properties',
  setprop: 'set properties of an existing record',
  delprop: 'remove properties',
  delete: 'remove the record',
}

const list = [...commands].map(([name, { shown }]) =>
  `  ${`${name} ${shown}`.padEnd(42)}${meaning[name] ?? ''}`.trimEnd(),
)

/** What `teamchat config --help` prints. */
export const configHelp = `Usage: teamchat config COMMAND [--escape] [--] …

Reads and writes the configuration DB; a change takes effect by itself while teamchatd runs.

${list.join('\n')}

A VALUE or TYPE "-" is read from standard input, without its final newline: so a password is in no process list.
--escape   store each "|" of a value as "\\|"; without it such a value is refused
--         all that follows is an operand, whatever it looks like

Exit status: 0 done; 1 missing, or refused because the file cannot hold it; 64 usage; 75 somebody else holds the
lock; 77 not allowed; 78 a property that teamchatd knows has a wrong value, the DB is untouched.
`
