import { type CommandHelp, JSON_OPTION } from './command-help.js'

/** From the DB to Mattermost and the web server. */
export const settings: CommandHelp[] = [
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
      'Exit status: 0 done, nothing to do or not managed, 1 something failed or was undone, 75 it is paused or somebody else is at work, 78 the configuration is wrong or teamchat adopt must come first.',
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
]

/** The end of it. */
export const retiring: CommandHelp[] = [
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
]
