import type { Command } from '../command.js'
import { verbs } from './config/index.js'

interface CommandEntry {
  summary: string
  load: () => Promise<{ command: Command }>
}

/**
 * The commands of teamchat in the order of the manual, but for the verbs of `config`. Only the command that runs is loaded:
 * so the summaries stand here once more, and a test compares them with the commands' own.
 */
export const commands: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  [
    'status',
    {
      summary: 'shows what the daemon knows: managed or not and why, revisions, services, errors, what waits',
      load: () => import('./status.js'),
    },
  ],
  [
    'doctor',
    {
      summary: 'checks the whole host: what is well, what is not, and what to type',
      load: () => import('./doctor.js'),
    },
  ],
  ['plan', { summary: 'shows what apply would change, and why', load: () => import('./plan.js') }],
  ['apply', { summary: 'applies once what plan shows', load: () => import('./apply.js') }],
  [
    'adopt',
    {
      summary: 'takes over the settings of a Mattermost that was configured by hand or by the old module',
      load: () => import('./adopt.js'),
    },
  ],
  [
    'history',
    {
      summary: 'lists every generation that is kept: number, time, DB revision, cause, and what changed',
      load: () => import('./history.js'),
    },
  ],
  [
    'diff',
    {
      summary: 'shows how generations differ, from each other or from the live files',
      load: () => import('./diff.js'),
    },
  ],
  [
    'rollback',
    {
      summary: 'puts back what generation N wrote, and keeps it until a property that concerns it changes',
      load: () => import('./rollback.js'),
    },
  ],
  [
    'pause',
    {
      summary: 'pauses everything but queueing, for the day of an upgrade',
      load: () => import('./pause.js'),
    },
  ],
  [
    'resume',
    {
      summary: 'ends a pause and catches up at once with everything that has happened meanwhile',
      load: () => import('./resume.js'),
    },
  ],
  [
    'retire',
    {
      summary: 'gives the host back: from then on nothing is written, started or stopped',
      load: () => import('./retire.js'),
    },
  ],
  [
    'users test',
    {
      summary: 'tries the account provider: connection, TLS, login, search; shows the first accounts',
      load: () => import('./users/test.js'),
    },
  ],
  [
    'users plan',
    {
      summary: 'shows what following the whole directory would do, person by person, and why',
      load: () => import('./users/plan.js'),
    },
  ],
  [
    'users sync',
    {
      summary: 'shows what following the whole directory would do; with --confirm it is done',
      load: () => import('./users/sync.js'),
    },
  ],
  [
    'users credentials',
    {
      summary: 'prints passwords of created users that are still to be delivered',
      load: () => import('./users/credentials.js'),
    },
  ],
  [
    'users invite',
    {
      summary: 'has Mattermost mail that person a link to set a password',
      load: () => import('./users/invite.js'),
    },
  ],
  [
    'users report',
    {
      summary: 'shows what was last done for each person, or why it could not be done',
      load: () => import('./users/report.js'),
    },
  ],
  [
    'users list',
    {
      summary:
        'lists who in the directory is who in Mattermost: name, user, state, where the link comes from',
      load: () => import('./users/list.js'),
    },
  ],
  [
    'users link',
    {
      summary:
        'ties somebody of the directory to an existing Mattermost user, also where the sync would not adopt it',
      load: () => import('./users/link.js'),
    },
  ],
  [
    'users unlink',
    {
      summary: 'ends a link; the user stays as it is, and the sync does not adopt it again',
      load: () => import('./users/unlink.js'),
    },
  ],
  [
    'users ignore',
    {
      summary: 'leaves somebody of the directory out: a user is neither created nor adopted',
      load: () => import('./users/ignore.js'),
    },
  ],
  [
    'users unignore',
    { summary: 'takes somebody in again who was left out', load: () => import('./users/unignore.js') },
  ],
  [
    'users hold',
    {
      summary: 'leaves the user of a linked person alone: nothing is changed, nor deactivated',
      load: () => import('./users/hold.js'),
    },
  ],
  ['users unhold', { summary: 'ends users hold', load: () => import('./users/unhold.js') }],
  [
    'users release',
    {
      summary: 'frees the name of a former person, so that a new one can have it',
      load: () => import('./users/release.js'),
    },
  ],
  [
    'users relink',
    {
      summary: 'gives people whose directory was made anew their former users, by login and e-mail address',
      load: () => import('./users/relink.js'),
    },
  ],
  [
    'users accept-host',
    {
      summary: 'goes on with people on a host that was restored or cloned',
      load: () => import('./users/accept-host.js'),
    },
  ],
  [
    'signal-event',
    { summary: 'fires an event, for example user-create pluto', load: () => import('./signal-event.js') },
  ],
  [
    'completion',
    { summary: 'prints the completion script of a shell', load: () => import('./completion.js') },
  ],
])

/** Commands whose first operand is a verb, with rules of their own for arguments. */
export const groups: ReadonlyMap<string, string> = new Map([
  ['config', 'reads and writes the configuration DB; teamchat config --help lists the verbs'],
  ['db', 'reads and writes any DB of this kind: teamchat db NAME and a verb of config'],
])

/** All names that can be typed, for "did you mean". */
export function commandNames(): string[] {
  return [...commands.keys(), ...groups.keys(), ...[...verbs.keys()].map(verb => `config ${verb}`)]
}
