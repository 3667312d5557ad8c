import type { Command } from '../command.js'
import { verbs } from './config/index.js'

type Entry = [name: string, summary: string, load: () => Promise<{ command: Command }>]

// Only the command that runs is loaded: so the summaries stand here once more; a test compares them with the files.
const entries: Entry[] = [
  ['status', 'shows the state of the daemon, settings and users', () => import('./status.js')],
  ['doctor', 'checks the whole host and says what to type', () => import('./doctor.js')],
  ['plan', 'shows what apply would change, and why', () => import('./plan.js')],
  ['apply', 'applies the configuration DB once', () => import('./apply.js')],
  ['adopt', 'takes over the settings of an existing Mattermost', () => import('./adopt.js')],
  ['history', 'lists the generations that were applied', () => import('./history.js')],
  ['diff', 'shows how generations differ', () => import('./diff.js')],
  ['rollback', 'goes back to what a generation wrote', () => import('./rollback.js')],
  ['pause', 'pauses everything but queueing', () => import('./pause.js')],
  ['resume', 'ends a pause and catches up at once', () => import('./resume.js')],
  ['retire', 'gives the host back', () => import('./retire.js')],
  ['users test', 'tries the account provider', () => import('./users/test.js')],
  ['users plan', 'shows what a sync of everybody would do', () => import('./users/plan.js')],
  ['users sync', 'shows what a sync of everybody would do, or does it', () => import('./users/sync.js')],
  [
    'users credentials',
    'prints passwords that are still to be delivered',
    () => import('./users/credentials.js'),
  ],
  ['users invite', 'mails somebody a link to set a password', () => import('./users/invite.js')],
  ['users report', 'shows the last result for each person', () => import('./users/report.js')],
  ['users list', 'lists who in the directory is who in Mattermost', () => import('./users/list.js')],
  ['users link', 'links somebody to an existing Mattermost user', () => import('./users/link.js')],
  ['users unlink', 'ends a link and leaves the user as it is', () => import('./users/unlink.js')],
  ['users ignore', 'leaves somebody of the directory out', () => import('./users/ignore.js')],
  ['users unignore', 'takes somebody in again who was left out', () => import('./users/unignore.js')],
  ['users hold', 'leaves the user of a linked person alone', () => import('./users/hold.js')],
  ['users unhold', 'ends users hold', () => import('./users/unhold.js')],
  ['users release', 'frees the name of a former person', () => import('./users/release.js')],
  ['users relink', 'links people again whose directory was made anew', () => import('./users/relink.js')],
  [
    'users accept-host',
    'goes on with people on a restored or cloned host',
    () => import('./users/accept-host.js'),
  ],
  ['signal-event', 'fires an event, for example user-create pluto', () => import('./signal-event.js')],
  ['openapi', "prints the description of the daemon's API", () => import('./openapi.js')],
  ['completion', 'prints the completion script of a shell', () => import('./completion.js')],
]

/** The commands of teamchat in the order of the manual, but for those of `config`. */
export const commands = new Map(entries.map(([name, summary, load]) => [name, { summary, load }]))

/** Commands that read a command of their own from the next word. */
export const groups = new Map([
  ['config', 'reads and writes the configuration DB'],
  ['db', 'reads and writes any other DB of this kind'],
])

/** All names that can be typed, for "did you mean". */
export function commandNames(): string[] {
  return [...commands.keys(), ...groups.keys(), ...[...verbs.keys()].map(verb => `config ${verb}`)]
}
