import { type CommandHelp, JSON_OPTION } from './command-help.js'

/** What is, without a change. */
export const looking: CommandHelp[] = [
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
]

/** Keeping still for a while. */
export const pausing: CommandHelp[] = [
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
]

/** What happened elsewhere. */
export const firing: CommandHelp[] = [
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
