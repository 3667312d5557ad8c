import { type ExitStatus, exitStatus } from '../errors.js'
import type { LinkedPerson, UserList } from '../stories/link-operations.js'
import { type OpenHouse, withOperations } from './connect.js'
import { type Surroundings, writeLines } from './io.js'

/** `teamchat users list`: who in the directory is who in Mattermost. */
export async function runUsersList(
  around: Surroundings,
  open: OpenHouse,
  options: { json: boolean },
): Promise<ExitStatus> {
  const list = await withOperations(around.paths, open, 'reads', operations => operations.listUsers())
  if (options.json) {
    await writeLines(around.io.stdout, [JSON.stringify(list, undefined, 2)])
    return exitStatus.done
  }
  await writeLines(around.io.stdout, listLines(list))
  const empty =
    list.people.length + list.ignored.length + list.former.length === 0 ? ['nobody is linked'] : []
  await writeLines(around.io.stderr, [...empty, ...list.notes.map(note => `note: ${note}`)])
  return exitStatus.done
}

/** Columns: login, user, state, origin, since; then who is left out, and ended links. */
function listLines({ people, ignored, former }: UserList): string[] {
  const rows = [
    ...people.map(rowOf),
    ...ignored.map(one => [
      one.login,
      '-',
      'ignored',
      '-',
      one.at,
      one.accountId === undefined ? 'by name' : '',
    ]),
    // A user that only has another id now stands above.
    ...former
      .filter(one => one.how !== 'relinked')
      .map(({ link, how, username, at }) => [link.login, username, how, link.origin, at, '']),
  ]
  const widths = [0, 1, 2, 3, 4].map(column =>
    Math.max(0, ...rows.map(row => [...(row[column] ?? '')].length)),
  )
  return rows.map(row => {
    const cells = row.map(
      (cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - [...cell].length)),
    )
    return cells.join('  ').trimEnd()
  })
}

function rowOf({ login, username, userId, state, origin, linkedAt, remarks }: LinkedPerson): string[] {
  return [login, username ?? userId, state, origin, linkedAt, remarks.join('; ')]
}
