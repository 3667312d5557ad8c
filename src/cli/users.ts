import { type ExitStatus, exitStatus } from '../errors.js'
import type { SyncReport } from '../people/types.js'
import type { ConfirmOutcome } from '../stories/operations.js'
import { type OpenHouse, withOperations } from './connect.js'
import { type Surroundings, writeLines } from './io.js'

/** `teamchat users sync [--confirm]`: the plan of a full sync; with --confirm it is recorded and run. */
export async function runUsersSync(
  around: Surroundings,
  open: OpenHouse,
  options: { confirm: boolean; json: boolean },
): Promise<ExitStatus> {
  const mode = options.confirm ? 'writes' : 'reads'
  const outcome = await withOperations(around.paths, open, mode, operations =>
    operations.syncUsers({ confirm: options.confirm }),
  )
  const lines = options.json ? [JSON.stringify(outcome, undefined, 2)] : syncLines(outcome)
  await writeLines(around.io.stdout, lines)
  return (outcome.report?.failed ?? 0) > 0 ? exitStatus.failed : exitStatus.done
}

/** `teamchat users plan`: what following the whole directory would do; 2 where something would be done. */
export async function runUsersPlan(
  around: Surroundings,
  open: OpenHouse,
  options: { json: boolean },
): Promise<ExitStatus> {
  const outcome = await withOperations(around.paths, open, 'reads', operations => operations.planUsers())
  const lines = options.json ? [JSON.stringify(outcome, undefined, 2)] : planLines(outcome)
  await writeLines(around.io.stdout, lines)
  return outcome.pending ? exitStatus.changesPending : exitStatus.done
}

/** The plan of the people story: a line for each person, then what it comes to. */
export function planLines({ provider, plan, summary, notes }: ConfirmOutcome): string[] {
  return [
    `directory: ${provider}`,
    ...plan.map(person => `${person.kind.padEnd(10)} ${person.login}: ${person.reason}`),
    ...summaryLines(summary),
    ...notes.map(note => `note: ${note}`),
  ]
}

/** What a plan comes to. */
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

function syncLines(outcome: ConfirmOutcome & { report: SyncReport | undefined }): string[] {
  const lines = planLines(outcome)
  if (outcome.report === undefined) {
    return [
      ...lines,
      'nothing was changed; to follow this directory from now on: teamchat users sync --confirm',
    ]
  }
  return [
    ...lines,
    'confirmed: this directory is followed while UserSync is full',
    ...reportLines(outcome.report),
  ]
}

const COUNTED = [
  'created',
  'adopted',
  'joined',
  'updated',
  'renamed',
  'deactivated',
  'reactivated',
  'skipped',
  'held',
  'refused',
  'failed',
] as const

/** `2 created, 0 adopted, …` */
export function countsText(report: SyncReport): string {
  return COUNTED.map(name => `${report[name]} ${name}`).join(', ')
}

/** The numbers, then the problems and who waits. */
export function reportLines(report: SyncReport): string[] {
  return [
    countsText(report),
    ...report.problems.map(problem => `  ${problem}`),
    ...report.waits.map(line => `  waits: ${line}`),
  ]
}
