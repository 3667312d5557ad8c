import { commands, DESCRIBE } from './operands.js'
import type { DbTarget } from './target.js'

/** What stands before the meanings; all of it fits a terminal. */
const WORDS = 39

const meaning: Record<string, string> = {
  keys: 'the keys',
  print: 'KEY=VALUE, the value as it is stored',
  show: 'type and properties, one a line',
  get: 'the value as it is stored',
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
  setjson: 'replace or create one record or several',
  loaddefaults: 'defaults and forced values of FOLDER',
  delete: 'remove the record',
}

const list = [...commands].map(([name, { shown }]) => line(name, shown, meaning[name] ?? ''))

function line(name: string, shown: string, text: string): string {
  return `  ${`${name} ${shown}`.padEnd(WORDS)}${text}`.trimEnd()
}

/** What `--help` prints. */
export function helpOf(target: DbTarget): string {
  const { program, isConfiguration } = target
  const what = isConfiguration
    ? 'Reads and writes the configuration DB; a change takes effect by itself while\nteamchatd runs.'
    : 'Reads and writes a DB; NAME is below /var/lib/nethserver/db (environment\nDBPATH), or an absolute path.'
  const describe = line('describe', DESCRIBE.shown, 'what teamchatd knows of its properties')
  return `Usage: ${program} COMMAND [--escape] [--] …

${what}

${[...list, ...(isConfiguration ? [describe] : [])].join('\n')}

A VALUE, TYPE or JSON "-" is read from standard input, without its final
newline: so a password is in no process list.
--escape   store each "|" of a value as "\\|"; without it such a value is refused
--         all that follows is an operand, whatever it looks like

Exit status: 0 done; 1 missing, or refused because the file cannot hold it;
64 usage; 75 somebody else holds the lock; 77 not allowed; 78 a property that
teamchatd knows has a wrong value, the DB is untouched.
`
}
