import { type ExitStatus, exitStatus } from '../errors.js'
import type { AdoptOptions, AdoptOutcome } from '../stories/adoption-operations.js'
import { type OpenHouse, withOperations } from './connect.js'
import type { Surroundings } from './io.js'
import { planLines, show } from './settings.js'

/** `teamchat adopt`: takes over what the site has, changes nothing of it, shows what `apply` would do then. */
export async function runAdopt(
  around: Surroundings,
  open: OpenHouse,
  options: AdoptOptions & { json: boolean },
): Promise<ExitStatus> {
  const { json, ...wanted } = options
  const outcome = await withOperations(around.paths, open, wanted.dryRun ? 'reads' : 'writes', operations =>
    operations.adopt(wanted),
  )
  await show(around, { json }, outcome, adoptLines(outcome, around))
  return exitStatus.done
}

function adoptLines(outcome: AdoptOutcome, around: Surroundings): string[] {
  const { dryRun, taken, plan } = outcome
  if (taken.length === 0 && plan.management.state === 'managed') {
    return ['nothing to take over: this Mattermost is managed already', '', ...planLines(plan, around)]
  }
  return [
    dryRun
      ? 'would be taken over, without a change to Mattermost or the web server (nothing was written):'
      : 'taken over, without a change to Mattermost or the web server:',
    ...taken.map(line => `  ${line}`),
    '',
    ...(dryRun ? ['what would remain for teamchat apply:'] : []),
    ...planLines(plan, around),
  ]
}
