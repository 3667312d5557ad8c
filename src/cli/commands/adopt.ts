import type { AdoptOutcome } from '../../api/contract/settings.js'
import { exitStatus } from '../../errors.js'
import { defineCommand, JSON_OPTION } from '../command.js'
import { operate } from '../connect.js'
import type { CommandContext } from '../context.js'
import { show } from '../json-output.js'
import { planLines } from '../output/plan-lines.js'

/** Takes over the site's settings, changes nothing of it, and shows what `apply` would do then. */
export const command = defineCommand({
  name: 'adopt',
  summary: 'takes over the settings of an existing Mattermost',
  description: [
    'For a Mattermost that was configured by hand or by the old module. The live values go into the DB and the secret files; the originals are kept for ever as generation 0. No file of Mattermost or the web server changes; the remaining changes are shown and held until teamchat apply: as a rule only local mode, through which teamchatd talks to Mattermost.',
    'With --vhost the next apply disables the site’s own virtual host, whose file stays, and puts ours in its place.',
    'Live actions of nethserver-mattermost are masked, so that two programs never write the same files: they are moved beside their event, and teamchat retire puts them back.',
  ],
  options: {
    vhost: { text: 'take over the virtual host too, also later: apply puts ours in its place' },
    dryRun: { text: 'show what would be taken over and what would remain; nothing is written' },
    json: JSON_OPTION,
  },
  examples: [
    { run: 'teamchat adopt --dry-run', text: 'Show what would be taken over.' },
    { run: 'teamchat adopt --vhost', text: 'Take over the settings and the virtual host.' },
  ],
  async run(context, { options }) {
    const { json, ...wanted } = options
    const mode = wanted.dryRun ? 'reads' : 'writes'
    const outcome = await operate(context, mode, operations => operations.adopt(wanted))
    await show(context, { json }, outcome, adoptLines(outcome, context))
    return exitStatus.done
  },
})

function adoptLines({ dryRun, taken, plan }: AdoptOutcome, context: CommandContext): string[] {
  if (taken.length === 0 && plan.management.state === 'managed') {
    return ['nothing to take over: this Mattermost is managed already', '', ...planLines(plan, context)]
  }
  return [
    dryRun
      ? 'would be taken over, without a change to Mattermost or the web server (nothing was written):'
      : 'taken over, without a change to Mattermost or the web server:',
    ...taken.map(line => `  ${line}`),
    '',
    ...(dryRun ? ['what would remain for teamchat apply:'] : []),
    ...planLines(plan, context),
  ]
}
