import type { ConfirmOutcome, SyncReport } from '../../../api/contract/people.js'
import { exitStatus } from '../../../errors.js'
import { defineCommand, JSON_OPTION } from '../../command.js'
import { operate } from '../../connect.js'
import { show } from '../../json-output.js'
import { peoplePlanLines } from '../../output/people-plan-lines.js'
import { reportLines } from '../../output/report-lines.js'

/** The plan of a full sync; with --confirm it is recorded and run. */
export const command = defineCommand({
  name: 'users sync',
  summary: 'shows what a sync of everybody would do, or does it',
  description: [
    'Without --confirm the command only shows the plan.',
    'UserSync=full acts only after --confirm; after a change of provider, base or filter it has to be confirmed again.',
    '--confirm also lets through what MaxDeactivate or MaxCreate holds back: exactly the changes that the last plan of the last hour showed as held, or, where there was no such plan, those that the command itself prints.',
  ],
  options: {
    confirm: { text: 'record provider, base and filter, let through what waits, and run the sync' },
    json: JSON_OPTION,
  },
  examples: [
    { run: 'teamchat users sync', text: 'Show the plan.' },
    { run: 'teamchat users sync --confirm', text: 'Follow this directory from now on.' },
  ],
  async run(context, { options: { confirm, json } }) {
    const mode = confirm ? 'writes' : 'reads'
    const outcome = await operate(context, mode, operations => operations.syncUsers({ confirm }))
    await show(context, { json }, outcome, syncLines(outcome))
    return (outcome.report?.failed ?? 0) > 0 ? exitStatus.failed : exitStatus.done
  },
})

function syncLines(outcome: ConfirmOutcome & { report?: SyncReport | undefined }): string[] {
  const end =
    outcome.report === undefined
      ? ['nothing was changed; to follow this directory from now on: teamchat users sync --confirm']
      : ['confirmed: this directory is followed while UserSync is full', ...reportLines(outcome.report)]
  return [...peoplePlanLines(outcome), ...end]
}
