import { type ExitStatus, exitStatus } from '../errors.js'
import type { RelinkOutcome, RelinkRequest } from '../stories/link-operations.js'
import { type OpenHouse, withOperations } from './connect.js'
import { type Surroundings, writeLines } from './io.js'
import { summaryLines } from './users.js'

/**
 * `teamchat users relink [NAME...]`: the plan, and 2 where there is something to do; with --confirm it is done. 1 where
 * somebody who was named cannot be relinked.
 */
export async function runUsersRelink(
  around: Surroundings,
  open: OpenHouse,
  { json, ...request }: RelinkRequest & { json: boolean },
): Promise<ExitStatus> {
  const outcome = await withOperations(around.paths, open, request.confirm ? 'writes' : 'reads', operations =>
    operations.relinkUsers(request),
  )
  const lines = json ? [JSON.stringify(outcome, undefined, 2)] : relinkLines(outcome, request.confirm)
  await writeLines(around.io.stdout, lines)
  const isPending = !request.confirm && outcome.people.length + outcome.forgotten.length > 0
  if (isPending) return exitStatus.changesPending
  return request.names.length > 0 && outcome.left.length > 0 ? exitStatus.failed : exitStatus.done
}

function relinkLines(outcome: RelinkOutcome, confirmed: boolean): string[] {
  const { people, forgotten, left, summary, notes } = outcome
  const isSomething = people.length + forgotten.length > 0
  const head = !isSomething
    ? 'nothing to do'
    : confirmed
      ? 'the links were changed:'
      : 'nothing was changed; with --confirm it would be:'
  return [
    head,
    ...people.map(
      ({ login, username, from, to, remark }) =>
        `relink ${login}: the Mattermost user '${username}', ${from} becomes ${to}${remark === '' ? '' : `; ${remark}`}`,
    ),
    ...forgotten.map(login => `forget ${login}: its user is not in Mattermost any more`),
    ...left.map(({ login, reason }) => `left   ${login}: ${reason}`),
    ...(summary === undefined || !isSomething
      ? []
      : ['the next sync of everybody then:', ...summaryLines(summary).map(line => `  ${line}`)]),
    ...notes.map(note => `note: ${note}`),
  ]
}
