import { type ExitStatus, exitStatus } from '../errors.js'
import type {
  AdoptOptions,
  AdoptOutcome,
  RetireOptions,
  RetireOutcome,
} from '../stories/adoption-operations.js'
import { type OpenHouse, withOperations } from './connect.js'
import type { Surroundings } from './io.js'
import { actionLine, planLines, show } from './settings.js'

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

/** `teamchat retire`: the host is unmanaged afterwards; with `giveBack` the originals are back. */
export async function runRetire(
  around: Surroundings,
  open: OpenHouse,
  options: RetireOptions & { json: boolean },
): Promise<ExitStatus> {
  const { json, ...wanted } = options
  const outcome = await withOperations(around.paths, open, wanted.dryRun ? 'reads' : 'writes', operations =>
    operations.retire(wanted),
  )
  await show(around, { json }, outcome, retireLines(outcome))
  return exitStatus.done
}

function retireLines(outcome: RetireOutcome): string[] {
  const { dryRun, state, files, actions, unmasked, stays, done } = outcome
  if (state === 'nothing') return ['nothing to give back: this host is not managed']
  const planned = [
    ...files.flatMap(file => [`${file.change} ${file.path}`, ...file.changes.map(line => `    ${line}`)]),
    ...actions.map(actionLine),
    ...unmasked.map(path => `${path} would be live again`),
  ]
  return [
    dryRun
      ? 'this host would be given back (nothing was written):'
      : 'this host is given back: nothing of it is managed any more',
    ...(dryRun ? planned : done).map(line => `  ${line}`),
    'what stays:',
    ...stays.map(line => `  ${line}`),
  ]
}
