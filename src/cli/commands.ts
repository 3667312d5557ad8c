/** One command as `--help` and the manual page tell it; the only place where its words stand. */
export interface CommandHelp {
  /** `users sync` */
  name: string
  synopsis: string
  summary: string
  /** Paragraphs. */
  text: string[]
  options: { flag: string; text: string }[]
}

const JSON_OPTION = { flag: '--json', text: 'prints one JSON value for machines' }

/** The commands of `teamchat`, in the order of the manual. */
export const commands: CommandHelp[] = [
  {
    name: 'status',
    synopsis: 'teamchat status [--json]',
    summary:
      'what the daemon knows: managed or not and why, revisions, services, errors, what waits for what',
    text: ['It answers without the daemon as well; the exit status is 1 then.'],
    options: [JSON_OPTION],
  },
  {
    name: 'doctor',
    synopsis: 'teamchat doctor [--json]',
    summary: 'looks at the whole host: what is well, what is not, and what to type',
    text: [
      'Each line is pass, warn, fail or skip (it makes no sense here, and why), with what was looked at and the remedy: DNS and certificate of the site, ACME, Apache, SELinux, units, the local-mode socket, Mattermost and its database, whether an account exists, the account provider, state and secret files, disks, Node.',
      'Nothing is changed: a probe file below AcmeWebroot is put and taken away again. It works in its own process, also while the daemon runs, and ends within half a minute. Exit status: 0 nothing is worse than warn, 1 something fails.',
    ],
    options: [JSON_OPTION],
  },
  {
    name: 'plan',
    synopsis: 'teamchat plan [--json]',
    summary: 'what apply would change, and why',
    text: [
      'Nothing is written. Exit status: 0 nothing to do or not managed, 2 changes are pending, 78 the configuration is wrong or teamchat adopt must come first.',
    ],
    options: [JSON_OPTION],
  },
  {
    name: 'apply',
    synopsis: 'teamchat apply [--force] [--json]',
    summary: 'does once what plan shows',
    text: [
      'It goes through the daemon, or works by itself where none runs. A Mattermost that was stopped by hand is started.',
    ],
    options: [
      {
        flag: '--force',
        text: 'tries again what a check has refused; an output may lose most of itself; it also goes through a pause',
      },
      JSON_OPTION,
    ],
  },
  {
    name: 'adopt',
    synopsis: 'teamchat adopt [--vhost] [--dry-run] [--json]',
    summary: 'takes over the settings of a Mattermost that was configured by hand or by the old module',
    text: [
      'The live values go into the DB and the secret files, the originals are kept for ever as generation 0. No file of Mattermost or the web server changes; what remains is shown and held until teamchat apply: as a rule the local mode alone, through which Mattermost is asked.',
      'With --vhost the next apply disables the site’s own virtual host, whose file stays, and puts ours in its place.',
      'Live actions of nethserver-mattermost are masked, so that no two programs write: they are moved beside their event, and teamchat retire puts them back.',
    ],
    options: [
      {
        flag: '--vhost',
        text: 'takes over the virtual host too, also later: apply puts ours in its place',
      },
      { flag: '--dry-run', text: 'shows what would be taken over and what would remain; nothing is written' },
      JSON_OPTION,
    ],
  },
  {
    name: 'pause',
    synopsis: 'teamchat pause [--for DURATION] [--json] REASON...',
    summary: 'keeps everything but queueing still, on the day of an upgrade',
    text: [
      'Settings are not applied, people are not synced, hooks do not run; events are accepted and kept. It returns once nothing is under way any more, outlives a restart of the daemon, and counts for commands without a daemon too. status and plan say since when, until when and why.',
      'apply, adopt, users sync --confirm and mattermost-bulk-user-create are refused meanwhile (exit status 75); apply --force goes through. Said again, it gets the new reason and end.',
    ],
    options: [
      {
        flag: '--for DURATION',
        text: 'ends by itself: 30m, 2h, 1h30m, 1d; without it teamchat resume ends it',
      },
      JSON_OPTION,
    ],
  },
  {
    name: 'resume',
    synopsis: 'teamchat resume [--json]',
    summary: 'ends a pause and catches up at once what has happened meanwhile',
    text: [],
    options: [JSON_OPTION],
  },
  {
    name: 'retire',
    synopsis: 'teamchat retire [--give-back] [--dry-run] [--json]',
    summary: 'gives the host back: from then on nothing is written, started or stopped',
    text: [
      'Mattermost, its files, the virtual host and the database stay as they are and go on working; what stays is listed. Masked actions of the old module are live again. teamchat adopt takes the host over again.',
      'With --give-back config.json and the web server come back to what the last adoption found, leaf by leaf and file by file, as far as nobody has changed them since: what somebody has, stays and is named. Apache tests it beforehand, and services are told as for apply.',
    ],
    options: [
      { flag: '--give-back', text: 'puts the originals back' },
      { flag: '--dry-run', text: 'shows what would be given back and what stays; nothing is written' },
      JSON_OPTION,
    ],
  },
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
  {
    name: 'users sync',
    synopsis: 'teamchat users sync [--confirm] [--json]',
    summary: 'shows what following the whole directory would do',
    text: ['UserSync=full acts only after --confirm; a change of provider, base or filter asks again.'],
    options: [
      { flag: '--confirm', text: 'records provider, base and filter, and runs the sync' },
      JSON_OPTION,
    ],
  },
  {
    name: 'users credentials',
    synopsis: 'teamchat users credentials [NAME] [--json]',
    summary: 'passwords of created users that are still to be handed out',
    text: [],
    options: [JSON_OPTION],
  },
  {
    name: 'signal-event',
    synopsis: 'teamchat signal-event [--no-wait] [--json] NAME [ARGUMENT...]',
    summary: 'fires an event, for example user-create pluto',
    text: [
      'The event is on disk before the command prints its id, also while the daemon is down. Then the outcome is waited for, at most 30 s. Exit status: 0 done or queued, 1 failed, 64 no hook handles the event.',
    ],
    options: [{ flag: '--no-wait', text: 'does not wait for the outcome' }, JSON_OPTION],
  },
]

/** What stands below every command. */
export const globalOptions = [
  { flag: '--root DIR', text: 'moves every absolute path below DIR (environment: TEAMCHAT_ROOT)' },
  { flag: '--help', text: 'prints this help' },
  { flag: '--version', text: 'prints the version' },
]

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
  synopsis: 'mattermost-bulk-user-create [PASSWORD | --password-stdin]',
  summary: 'creates a Mattermost user for everybody in the account provider',
  text: [
    'It creates a default team named as the Company, skips locked and existing users, gives each new one a random password and prints it, and makes the first imported user administrator if there is none.',
    'With PASSWORD every new user gets that password. An argument can be read by other users of the machine for a moment: --password-stdin reads it from standard input.',
    'Exit status: 0 done, 1 somebody could not be created, 69 Mattermost or the directory cannot be reached, 78 the configuration is wrong.',
  ],
  options: [{ flag: '--password-stdin', text: 'reads the password from standard input' }],
}
