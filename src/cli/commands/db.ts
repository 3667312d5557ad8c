import type { CommandHelp } from './command-help.js'

/** The configuration DB, and any other. */
export const db: CommandHelp[] = [
  {
    name: 'config',
    synopsis: 'teamchat config COMMAND [ARGUMENT...]',
    summary: 'reads and writes the configuration DB',
    text: [
      'The commands are those of the stock tool: get, set, setprop, getprop, delprop, delete, show, print, keys, printjson, setjson and more: teamchat config --help. A value - is read from standard input, so that a secret stays out of the process list.',
      'describe [KEY [PROPERTY]] [--json] tells what teamchatd knows of its properties: type, default and why, what is allowed, what goes by it.',
      'loaddefaults FOLDER sets what FOLDER/defaults/KEY/PROPERTY holds where the property is not defined, and FOLDER/force/KEY/PROPERTY always.',
    ],
    options: [
      { flag: '--escape', text: 'stores each "|" of a value as "\\|"; without it such a value is refused' },
    ],
  },
  {
    name: 'db',
    synopsis: 'teamchat db NAME COMMAND [ARGUMENT...]',
    summary: 'reads and writes any DB of this kind',
    text: [
      'NAME is a file in /var/lib/nethserver/db (environment: DBPATH), or an absolute path. The commands are those of teamchat config, which is short for teamchat db configuration; what teamchatd knows of properties is checked there only.',
    ],
    options: [
      { flag: '--escape', text: 'stores each "|" of a value as "\\|"; without it such a value is refused' },
    ],
  },
]
