import type { LinkAction, LinkOutcome } from '../api/contract/links.js'
import { type ExitStatus, exitStatus, TeamchatError } from '../errors.js'
import { operate } from './connect.js'
import type { CommandContext } from './context.js'
import { show } from './json-output.js'

interface LinkChange {
  action: LinkAction
  name: string
  /** Of the Mattermost user; only for link. */
  username?: string | undefined
  /** ISO 8601; only for hold. */
  until?: string | undefined
}

/** `users link|unlink|ignore|unignore|hold|unhold|release`: 2 for a dry run that would change something. */
export async function changeLink(
  context: CommandContext,
  change: LinkChange,
  { dryRun, json }: { dryRun: boolean; json: boolean },
): Promise<ExitStatus> {
  const { action, name, username, until } = change
  if (name.trim() === '') {
    throw new TeamchatError('usage', `cannot ${action}: the name is empty`, {
      hint: `usage: teamchat users ${action} NAME`,
    })
  }
  const mode = dryRun ? 'reads' : 'writes'
  const outcome = await operate(context, mode, operations =>
    operations.changeLink({ action, name, username, until, dryRun }),
  )
  await show(context, { json }, outcome, outcomeLines(outcome, dryRun))
  return dryRun && outcome.changed ? exitStatus.changesPending : exitStatus.done
}

function outcomeLines({ changed, told, next, mails, notes }: LinkOutcome, dryRun: boolean): string[] {
  return [
    ...(dryRun && changed ? ['nothing is changed; it would be:'] : []),
    ...told,
    ...next.map(person => `next sync: ${person.kind} ${person.login}: ${person.reason}`),
    ...(mails > 0 ? [`mails that Mattermost will send: ${mails}`] : []),
    ...notes.map(note => `note: ${note}`),
  ]
}
