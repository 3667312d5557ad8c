import type { DirectoryTest } from '../doctor/directory-test.js'
import type { ExitStatus } from '../errors.js'
import { type OpenHouse, withOwnHouse } from './connect.js'
import { doctorLines } from './doctor.js'
import { type Surroundings, writeLines } from './io.js'

/**
 * `teamchat users test [--json]`: 0 where people can be read, else the status of what failed. Always in this process, and
 * also while the daemon lives, since it is there to try settings out.
 */
export async function runUsersTest(
  around: Surroundings,
  open: OpenHouse,
  json: boolean,
): Promise<ExitStatus> {
  const { exit, ...test } = await withOwnHouse(around.paths, open, house => house.testDirectory())
  const lines = json
    ? [JSON.stringify(test, undefined, 2)]
    : [...doctorLines(test, around.io), ...peopleLines(test.people)]
  await writeLines(around.io.stdout, lines)
  return exit
}

function peopleLines(people: DirectoryTest['people']): string[] {
  if (people === undefined) return []
  const { first, accounts } = people
  const lines = first.map(({ login, name, mail, locked, ended }) => {
    const states = [...(locked ? ['locked'] : []), ...(ended ? ['ended'] : [])]
    const state = states.length === 0 ? '' : `  (${states.join(', ')})`
    return `  ${login}  ${name}${mail === '' ? '' : ` <${mail}>`}${state}`
  })
  const more = accounts - first.length
  return ['', 'the first accounts:', ...lines, ...(more > 0 ? [`  … and ${more} more`] : [])]
}
