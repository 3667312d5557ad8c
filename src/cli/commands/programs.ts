import type { CommandHelp } from './command-help.js'

/** The other two programs. */
export const daemonHelp: CommandHelp = {
  name: 'teamchatd',
  synopsis: 'teamchatd [--root DIR]',
  summary: 'keeps Mattermost as the configuration DB and the directory say',
  text: [
    'It runs in the foreground, applies what has changed since it last ran, then watches the DB, the spool of events and, with UserSync=full, the directory. SIGTERM ends it. systemd starts it by teamchatd.service.',
  ],
  options: [],
}

export const bulkHelp: CommandHelp = {
  name: 'mattermost-bulk-user-create',
  synopsis: 'mattermost-bulk-user-create [PASSWORD | --password-stdin] [--json]',
  summary: 'creates a Mattermost user for everybody in the account provider',
  text: [
    'It creates a default team named as the Company, skips locked and existing users, gives each new one a random password and prints it, and makes the first imported user administrator if there is none.',
    'With PASSWORD every new user gets that password. An argument can be read by other users of the machine for a moment: --password-stdin reads it from standard input.',
    'Exit status: 0 done, 1 somebody could not be created, 69 Mattermost or the directory cannot be reached, 78 the configuration is wrong.',
  ],
  options: [
    { flag: '--password-stdin', text: 'reads the password from standard input' },
    {
      flag: '--json',
      text: 'prints one JSON value at the end: every line with its password, and the report',
    },
  ],
}
