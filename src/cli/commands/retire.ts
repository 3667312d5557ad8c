import type { RetireOutcome } from '../../api/contract/settings.js'
import { exitStatus } from '../../errors.js'
import { defineCommand, JSON_OPTION } from '../command.js'
import { operate } from '../connect.js'
import { show } from '../json-output.js'
import { actionLine } from '../output/plan-lines.js'

/** The host is unmanaged afterwards; with --give-back the originals are back. */
export const command = defineCommand({
  name: 'retire',
  summary: 'gives the host back',
  description: [
    'From then on nothing is written, started or stopped. Mattermost, its files, the virtual host and the database stay as they are and go on working; what stays is listed. Masked actions of the old module are live again. teamchat adopt takes the host over again.',
    'With --give-back config.json and the web server come back to what the last adoption found, leaf by leaf and file by file. Anything that somebody else has changed since stays and is named. Apache tests the result beforehand, and services are reloaded or restarted as for apply.',
  ],
  options: {
    giveBack: { text: 'put the originals back' },
    dryRun: { text: 'show what would be given back and what stays; nothing is written' },
    json: JSON_OPTION,
  },
  examples: [
    { run: 'teamchat retire --give-back --dry-run', text: 'Show what would be put back.' },
    { run: 'teamchat retire', text: 'Stop managing this host and leave everything as it is.' },
  ],
  async run(context, { options }) {
    const { json, ...wanted } = options
    const mode = wanted.dryRun ? 'reads' : 'writes'
    const outcome = await operate(context, mode, operations => operations.retire(wanted))
    await show(context, { json }, outcome, retireLines(outcome))
    return exitStatus.done
  },
})

function retireLines(outcome: RetireOutcome): string[] {
  const { dryRun, state, files, actions, unmasked, stays, done } = outcome
  if (state === 'nothing') return ['nothing to give back: this host is not managed']
  const planned = [
    ...files.flatMap(file => [`${file.change} ${file.path}`, ...file.changes.map(line => `    ${line}`)]),
    ...actions.map(actionLine),
    ...unmasked.map(path => `${path} would be live again`),
  ]
  return [
    dryRun
      ? 'this host would be given back (nothing was written):'
      : 'this host is given back: nothing of it is managed any more',
    ...(dryRun ? planned : done).map(line => `  ${line}`),
    'what stays:',
    ...stays.map(line => `  ${line}`),
  ]
}
