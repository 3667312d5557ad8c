import { type ExitStatus, exitStatus } from '../errors.js'
import type { ConfirmOutcome } from '../stories/operations.js'
import type { SyncReport } from '../sync/types.js'
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

function syncLines(outcome: ConfirmOutcome & { report: SyncReport | undefined }): string[] {
  const lines = [
    `directory: ${outcome.provider}`,
    ...outcome.plan.map(person => `${person.kind.padEnd(7)} ${person.login}: ${person.reason}`),
    ...outcome.notes.map(note => `note: ${note}`),
  ]
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

/** `2 created, 0 adopted, …`, then the problems. */
export function reportLines(report: SyncReport): string[] {
  const counts = (['created', 'adopted', 'joined', 'skipped', 'refused', 'failed'] as const).map(
    name => `${report[name]} ${name}`,
  )
  return [
    counts.join(', '),
    ...report.problems.map(problem => `  ${problem}`),
    ...report.notYetDone.map(line => `  not yet done: ${line}`),
  ]
}
