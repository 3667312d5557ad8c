import { type ExitStatus, exitStatus } from '../errors.js'
import type { StoredResult } from '../people/results.js'
import { type OpenHouse, withOperations } from './connect.js'
import { type Surroundings, writeLines } from './io.js'
import { reportLines } from './users.js'

/** `teamchat users report [NAME]`: what became of each person, and of the last run over everybody. */
export async function runUsersReport(
  around: Surroundings,
  open: OpenHouse,
  options: { login: string | undefined; json: boolean },
): Promise<ExitStatus> {
  const { login, json } = options
  const report = await withOperations(around.paths, open, 'reads', operations => operations.userReport(login))
  if (json) {
    await writeLines(around.io.stdout, [JSON.stringify(report, undefined, 2)])
  } else {
    const { lastRun, people } = report
    const run =
      lastRun === undefined || login !== undefined
        ? []
        : [`last run ${lastRun.startedAt} to ${lastRun.finishedAt}: ${reportLines(lastRun)[0]}`]
    await writeLines(around.io.stdout, [...run, ...people.flatMap(personLines)])
    if (people.length === 0) {
      const whose = login === undefined ? 'anybody' : `'${login}'`
      await writeLines(around.io.stderr, [`nothing is known of ${whose}`])
    }
  }
  return login !== undefined && report.people.length === 0 ? exitStatus.failed : exitStatus.done
}

function personLines({ login, state, reason, hint, at }: StoredResult): string[] {
  return [`${at}  ${state.padEnd(11)} ${login}: ${reason}`, ...(hint === '' ? [] : [`    ${hint}`])]
}
