import type { ConfirmOutcome } from '../../api/contract/people.js'

/** The plan for the users: a line for each person, then the totals. */
export function peoplePlanLines({ provider, plan, summary, notes }: ConfirmOutcome): string[] {
  return [
    `directory: ${provider}`,
    ...plan.map(person => `${person.kind.padEnd(10)} ${person.login}: ${person.reason}`),
    ...summaryLines(summary),
    ...notes.map(note => `note: ${note}`),
  ]
}

/** The totals of a plan. */
export function summaryLines({ counts, mails, bots, seats }: ConfirmOutcome['summary']): string[] {
  const kinds = Object.entries(counts).filter(([, number]) => number > 0)
  const lines = [
    `sum: ${kinds.length === 0 ? 'nobody' : kinds.map(([kind, number]) => `${number} ${kind}`).join(', ')}`,
  ]
  if (mails > 0) lines.push(`mails that Mattermost will send: ${mails}`)
  for (const { owner, bots: names } of bots) lines.push(`bots that stop with '${owner}': ${names.join(', ')}`)
  if (seats !== undefined) {
    const limit = seats.limit === undefined ? '' : `, of ${seats.limit} that the server admits`
    lines.push(`active users: ${seats.before} now, ${seats.after} afterwards${limit}`)
  }
  return lines
}
