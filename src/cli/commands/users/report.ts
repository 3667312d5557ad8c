import { exitStatus } from '../../../errors.js'
import type { StoredResult } from '../../../people/results.js'
import { defineCommand, JSON_OPTION } from '../../command.js'
import { operate } from '../../connect.js'
import { writeLines } from '../../io.js'
import { show } from '../../json-output.js'
import { reportLines } from '../../output/report-lines.js'

/** The result for each person, and of the last run over everybody. */
export const command = defineCommand({
  name: 'users report',
  summary: 'shows the last result for each person',
  description: ['The result says what was done, or why it could not be done.'],
  options: { json: JSON_OPTION },
  operands: { login: { shown: 'NAME', count: 'optional' } },
  examples: [
    { run: 'teamchat users report', text: 'Show everybody.' },
    { run: 'teamchat users report pluto', text: 'Show why pluto has no user.' },
  ],
  async run(context, { options, operands: { login } }) {
    const report = await operate(context, 'reads', operations => operations.userReport({ login }))
    const { lastRun, people } = report
    const run =
      lastRun === undefined || login !== undefined
        ? []
        : [`last run ${lastRun.startedAt} to ${lastRun.finishedAt}: ${reportLines(lastRun)[0]}`]
    await show(context, options, report, [...run, ...people.flatMap(personLines)])
    if (people.length === 0 && !options.json) {
      const whose = login === undefined ? 'anybody' : `'${login}'`
      await writeLines(context.io.stderr, [`nothing is known of ${whose}`])
    }
    return login !== undefined && people.length === 0 ? exitStatus.failed : exitStatus.done
  },
})

function personLines({ login, state, reason, hint, at }: StoredResult): string[] {
  return [`${at}  ${state.padEnd(11)} ${login}: ${reason}`, ...(hint === '' ? [] : [`    ${hint}`])]
}
