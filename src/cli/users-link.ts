import { type ExitStatus, exitStatus, TeamchatError } from '../errors.js'
import type { LinkAction, LinkOutcome } from '../stories/link-operations.js'
import { type OpenHouse, withOperations } from './connect.js'
import { type Surroundings, writeLines } from './io.js'

export interface LinkOptions {
  action: LinkAction
  /** NAME, and for link the username. */
  names: string[]
  until: string | undefined
  dryRun: boolean
  json: boolean
}

/** `teamchat users link|unlink|ignore|unignore|hold|unhold NAME`; with --dry-run 2 where something would change. */
export async function runUsersLink(
  around: Surroundings,
  open: OpenHouse,
  { action, names, until, dryRun, json }: LinkOptions,
): Promise<ExitStatus> {
  const [name, username] = names
  if (name === undefined || name.trim() === '') {
    throw new TeamchatError('usage', `cannot ${action}: no name is given`, {
      hint: `usage: teamchat users ${action} NAME`,
    })
  }
  const request = { action, name, username, until: until === undefined ? undefined : momentOf(until), dryRun }
  const outcome = await withOperations(around.paths, open, dryRun ? 'reads' : 'writes', operations =>
    operations.changeLink(request),
  )
  const lines = json ? [JSON.stringify(outcome, undefined, 2)] : outcomeLines(outcome, dryRun)
  await writeLines(around.io.stdout, lines)
  return dryRun && outcome.changed ? exitStatus.changesPending : exitStatus.done
}

function outcomeLines({ changed, told, next, mails, notes }: LinkOutcome, dryRun: boolean): string[] {
  const head = dryRun && changed ? ['nothing is changed; it would be:'] : []
  return [
    ...head,
    ...told,
    ...next.map(person => `next sync: ${person.kind} ${person.login}: ${person.reason}`),
    ...(mails > 0 ? [`mails that Mattermost will send: ${mails}`] : []),
    ...notes.map(note => `note: ${note}`),
  ]
}

/** `2026-09-01`: the beginning of that day here; `2026-09-01T14:00`: that minute. As ISO 8601. Throws `usage`. */
export function momentOf(text: string, now: Date = new Date()): string {
  const [, day, time = '00:00'] = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d))?$/.exec(text.trim()) ?? []
  const date = new Date(`${day}T${time}`)
  // A day that no month has is taken for one of the next month.
  const isDay = Number(day?.slice(8)) === date.getDate()
  const why = day === undefined || !isDay ? 'it is no date' : date <= now ? 'it is past' : undefined
  if (why === undefined) return date.toISOString()
  throw new TeamchatError('usage', `cannot hold until ${JSON.stringify(text)}: ${why}`, {
    hint: 'for example 2030-09-01 or 2030-09-01T14:00, by the clock of this host',
  })
}
