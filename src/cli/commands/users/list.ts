import type { LinkedPerson, UserList } from '../../../api/contract/links.js'
import { exitStatus } from '../../../errors.js'
import { defineCommand, JSON_OPTION } from '../../command.js'
import { operate } from '../../connect.js'
import { writeLines } from '../../io.js'
import { show } from '../../json-output.js'

export const command = defineCommand({
  name: 'users list',
  summary: 'lists who in the directory is who in Mattermost',
  description: [
    'Columns: name, user, state, where the link comes from, since when. State is active, deactivated, or missing where Mattermost does not have the user any more. Below stand the people who are left out, and ended links, whose users are never given to somebody else.',
  ],
  options: { json: JSON_OPTION },
  examples: [{ run: 'teamchat users list | grep missing', text: 'Find links whose user is gone.' }],
  async run(context, { options }) {
    const list = await operate(context, 'reads', operations => operations.listUsers())
    await show(context, options, list, listLines(list))
    if (options.json) return exitStatus.done
    const isEmpty = list.people.length + list.ignored.length + list.former.length === 0
    const notes = list.notes.map(note => `note: ${note}`)
    await writeLines(context.io.stderr, [...(isEmpty ? ['nobody is linked'] : []), ...notes])
    return exitStatus.done
  },
})

/** Columns: login, user, state, origin, since; then the people who are left out, and ended links. */
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
