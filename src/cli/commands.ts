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

const DRY_RUN = {
  flag: '--dry-run',
  text: 'shows what would be; nothing is changed; exit status 2 where something would be',
}

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
    synopsis: 'teamchat plan [--diff] [--json]',
    summary: 'what apply would change, and why',
    text: [
      'Nothing is written. Exit status: 0 nothing to do or not managed, 2 changes are pending, 78 the configuration is wrong or teamchat adopt must come first.',
    ],
    options: [
      {
        flag: '--diff',
        text: 'shows each file as a unified diff, config.json leaf by leaf; secrets are masked',
      },
      JSON_OPTION,
    ],
  },
  {
    name: 'apply',
    synopsis: 'teamchat apply [--force] [--json]',
    summary: 'does once what plan shows',
    text: [
      'It goes through the daemon, or works by itself where none runs. A Mattermost that was stopped by hand is started. What a check has refused is tried again; what had broken the site and was undone only with --force.',
    ],
    options: [
      {
        flag: '--force',
        text: 'tries again what was undone; an output may lose most of itself; it also goes through a pause',
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
    name: 'history',
    synopsis: 'teamchat history [--json]',
    summary: 'every applied set that is kept: number, time, DB revision, why, and what changed',
    text: [
      'As many are kept as teamchatd HistoryKeep says, and generation 0, the originals of the site, for ever. The newest one and the one that a rollback holds are marked.',
    ],
    options: [JSON_OPTION],
  },
  {
    name: 'diff',
    synopsis: 'teamchat diff [N] [M] [--json]',
    summary: 'how generations differ, from each other or from what is live',
    text: [
      'Without a number: the newest one against the live files, which is what somebody else has changed since. N: that one against the live files. N M: what changed from N to M. 0 is what the site had before teamchatd. config.json is told leaf by leaf, and only what is ours; secrets are masked.',
      'Exit status: 0 nothing differs, 2 something does.',
    ],
    options: [JSON_OPTION],
  },
  {
    name: 'rollback',
    synopsis: 'teamchat rollback N [--dry-run] [--json] | teamchat rollback --release',
    summary: 'puts back what generation N wrote, and keeps it until a property that concerns it changes',
    text: [
      'Leaves of config.json and files of ours take the values of generation N, by the same plan, checks and undo as every change; it is a new generation itself. What somebody has set in the System Console since stays and is told. Secrets, the data source of the database and the local-mode socket are never rolled back.',
      'It stays in force over unrelated changes of the DB and over restarts, shown by status, until a property that an output goes by changes in the DB: then the DB counts again, and that is told.',
    ],
    options: [
      { flag: '--dry-run', text: 'shows what would change; exit status 2 where something would' },
      { flag: '--release', text: 'ends a rollback: the DB counts again at once' },
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
    name: 'users test',
    synopsis: 'teamchat users test [--json]',
    summary: 'tries the account provider: connection, TLS, login, search; shows the first accounts',
    text: [
      'One line a step, as teamchat doctor has them, up to the first that fails, with what to do: server and certificate, BindDN and password (with Active Directory’s own reason), base, UserFilter and UserGroup, whether locks can be read, and how changes are noticed. Nobody is changed. It works in its own process, by what the DB says now.',
      'Exit status: 0 people can be read, 69 the server cannot be reached, 77 not root, 78 the configuration is wrong.',
    ],
    options: [JSON_OPTION],
  },
  {
    name: 'users plan',
    synopsis: 'teamchat users plan [--json]',
    summary: 'what following the whole directory would do, person by person, and why',
    text: [
      'Below the people: how many mails Mattermost will send because of it, which bots would stop with their owners, and how many users are active now and afterwards. Nobody is changed.',
      'Exit status: 0 nothing to do, 2 changes are pending.',
    ],
    options: [JSON_OPTION],
  },
  {
    name: 'users sync',
    synopsis: 'teamchat users sync [--confirm] [--json]',
    summary: 'shows what following the whole directory would do; with --confirm it is done',
    text: [
      'UserSync=full acts only after --confirm; a change of provider, base or filter asks again.',
      'What MaxDeactivate or MaxCreate holds back is let through by --confirm: exactly what the last plan of the last hour showed as held, or, where none was shown, what the command itself prints.',
    ],
    options: [
      {
        flag: '--confirm',
        text: 'records provider, base and filter, lets through what waits, and runs the sync',
      },
      JSON_OPTION,
    ],
  },
  {
    name: 'users credentials',
    synopsis: 'teamchat users credentials [NAME | --group G] [--csv | --print | --json] [--forget]',
    summary: 'passwords of created users that are still to be handed out',
    text: [
      'They are kept until their owners have logged in, at most for CredentialDays. With NewUserPassword=mail there are none: Mattermost mails a link, and whoever is still owed one is named.',
    ],
    options: [
      { flag: '--group G', text: 'only members of that group of the directory' },
      { flag: '--csv', text: 'prints username,name,email,password,site,created for mail merge' },
      { flag: '--print', text: 'prints a page to hand out for each person' },
      { flag: '--forget', text: 'removes them once they are printed' },
      JSON_OPTION,
    ],
  },
  {
    name: 'users invite',
    synopsis: 'teamchat users invite NAME [--json]',
    summary: 'has Mattermost mail that person a link to set a password',
    text: [
      'The link lives 24 hours. A mail that cannot be sent is owed, and the daemon tries it again; the exit status is 75 then.',
    ],
    options: [JSON_OPTION],
  },
  {
    name: 'users report',
    synopsis: 'teamchat users report [NAME] [--json]',
    summary: 'what was last done for each person, or why it could not be done',
    text: [],
    options: [JSON_OPTION],
  },
  {
    name: 'users list',
    synopsis: 'teamchat users list [--json]',
    summary: 'who in the directory is who in Mattermost: name, user, state, where the link comes from',
    text: [
      'State is active, deactivated, or missing where Mattermost has no such user any more. Below stand those who are left out, and ended links, whose users are given to nobody else.',
    ],
    options: [JSON_OPTION],
  },
  {
    name: 'users link',
    synopsis: 'teamchat users link NAME [USERNAME] [--dry-run] [--json]',
    summary:
      'ties somebody of the directory to an existing Mattermost user, also where nobody would be adopted',
    text: [
      'Nothing changes in Mattermost: what differs stays until the directory changes it. An administrator must be named by USERNAME. Refused are bots, and users who are, or once were, somebody else.',
      'It is told what the next sync does about the person then. Where several accounts have one NAME, its id in the directory stands for it.',
    ],
    options: [DRY_RUN, JSON_OPTION],
  },
  {
    name: 'users unlink',
    synopsis: 'teamchat users unlink NAME [--dry-run] [--json]',
    summary: 'ends a link; the user stays as it is, and is not adopted again by itself',
    text: ['teamchat users link NAME ties the same two together again.'],
    options: [DRY_RUN, JSON_OPTION],
  },
  {
    name: 'users ignore',
    synopsis: 'teamchat users ignore NAME [--dry-run] [--json]',
    summary: 'leaves somebody of the directory out: no user is created or adopted',
    text: [],
    options: [DRY_RUN, JSON_OPTION],
  },
  {
    name: 'users unignore',
    synopsis: 'teamchat users unignore NAME [--dry-run] [--json]',
    summary: 'takes somebody in again who was left out',
    text: [],
    options: [DRY_RUN, JSON_OPTION],
  },
  {
    name: 'users hold',
    synopsis: 'teamchat users hold NAME [--until DATE] [--dry-run] [--json]',
    summary: 'leaves the user of a linked person alone: nothing is changed, nor deactivated',
    text: [],
    options: [
      {
        flag: '--until DATE',
        text: 'ends by itself at the beginning of that day: 2030-09-01, or 2030-09-01T14:00',
      },
      DRY_RUN,
      JSON_OPTION,
    ],
  },
  {
    name: 'users unhold',
    synopsis: 'teamchat users unhold NAME [--dry-run] [--json]',
    summary: 'ends users hold',
    text: [],
    options: [DRY_RUN, JSON_OPTION],
  },
  {
    name: 'users release',
    synopsis: 'teamchat users release NAME [--dry-run] [--json]',
    summary: 'frees the name of a former person, so that a new one can have it',
    text: [
      'The deactivated user becomes NAME.until-YYYY-MM-DD with an e-mail address at former.invalid, and is nobody’s from then on; what it wrote stays. NAME is the username, or the login that the person had. Refused while the account is in the directory, and for users who are active, held or administrators.',
      'With ReleaseNames=yes automatic runs do it by themselves where a new person needs the name of somebody who was found gone.',
    ],
    options: [DRY_RUN, JSON_OPTION],
  },
  {
    name: 'users relink',
    synopsis: 'teamchat users relink [NAME...] [--forget-missing] [--confirm] [--json]',
    summary: 'gives people whose directory was made anew their former users, by login and e-mail address',
    text: [
      'Names are known, ids are new: then a sync changes nobody. Whoever has the same login, an e-mail address of the user’s, and an id without a link, while the former id is gone, is the same person; all others are named with the reason. It shows that, and what the next sync does then; nothing is changed without --confirm.',
      'With NAME only these, also where the e-mail address differs, which is told, or where the link was ended by users unlink.',
      'Exit status: 2 where --confirm would change something.',
    ],
    options: [
      {
        flag: '--forget-missing',
        text: 'instead: drops the links whose user is not in Mattermost any more; a sync creates these people anew',
      },
      { flag: '--confirm', text: 'does it' },
      JSON_OPTION,
    ],
  },
  {
    name: 'users accept-host',
    synopsis: 'teamchat users accept-host [--json]',
    summary: 'goes on with people on a host that was restored or cloned',
    text: [
      'Links belong to one machine and one Mattermost. Where /etc/machine-id or Mattermost’s own id is another one than before, nobody is changed, by events, syncs or the bulk command, and status and doctor say so; reading, plans and links go on. On a copy that shall change nobody, set UserSync to off instead.',
    ],
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
