import { exitStatus, TeamchatError } from '../../errors.js'
import { DRY_RUN, defineCommand, JSON_OPTION } from '../command.js'
import { operate } from '../connect.js'
import { generationNumber } from '../generation-number.js'
import { show } from '../json-output.js'
import { isEmpty, outcomeLines, planLines } from '../output/plan-lines.js'

export const command = defineCommand({
  name: 'rollback',
  synopsis: ['N [--dry-run] [--json]', '--release [--json]'],
  summary: 'goes back to what a generation wrote',
  description: [
    'It stays in force until a property that concerns it changes. Leaves of config.json and files that teamchatd writes take the values of generation N, by the same plan, checks and undo as every change; the result is a new generation. Values that somebody has set in the System Console since stay and are named. Secrets, the data source of the database and the local-mode socket are never rolled back.',
    'Unrelated changes of the DB and restarts do not end it, and status shows it. As soon as a property that concerns an output changes in the DB, the DB counts again, and status says so.',
  ],
  options: {
    dryRun: DRY_RUN,
    release: { text: 'end a rollback: the DB counts again at once' },
    json: JSON_OPTION,
  },
  operands: { number: { shown: 'N', count: 'optional' } },
  examples: [
    { run: 'teamchat rollback 4 --dry-run', text: 'Show what going back to generation 4 would change.' },
    { run: 'teamchat rollback --release', text: 'Let the DB count again.' },
  ],
  async run(context, { options, operands }) {
    const { dryRun, release } = options
    if ((operands.number === undefined) !== release || (release && dryRun)) {
      throw new TeamchatError('usage', 'cannot roll back: give either a generation or --release', {
        hint: 'usage: teamchat rollback N [--dry-run] [--json] | teamchat rollback --release; teamchat history lists the generations',
      })
    }
    const to = generationNumber(operands.number ?? '0')
    if (dryRun) {
      const plan = await operate(context, 'reads', operations => operations.planRollback({ to }))
      await show(context, options, plan, planLines(plan, context, { diff: true }))
      return isEmpty(plan) ? exitStatus.done : exitStatus.changesPending
    }
    const outcome = await operate(context, 'writes', operations =>
      release ? operations.releaseRollback() : operations.rollback({ to }),
    )
    const inForce = [
      `generation ${to} is in force again, until a property that concerns it changes`,
      '  teamchat rollback --release lets the DB count again at once',
    ]
    const lines = [...outcomeLines(outcome, context), ...(release ? [] : inForce)]
    await show(context, options, outcome, lines)
    return exitStatus.done
  },
})
