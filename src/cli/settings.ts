import { causesText } from '../config/services/pending-action.js'

import { type ExitStatus, exitStatus } from '../errors.js'
import type { Management, PlannedAction, SettingsOutcome, SettingsPlan } from '../stories/operations.js'
import { type OpenHouse, withOperations } from './connect.js'
import { diffLines } from './diff-lines.js'
import { painter, type Surroundings, writeLines } from './io.js'

export interface SettingsOptions {
  json: boolean
  force: boolean
}

/** `teamchat plan`: 0 nothing to do, 2 changes are pending, 78 where this host may not be managed (yet). */
export async function runPlan(
  around: Surroundings,
  open: OpenHouse,
  options: SettingsOptions & { diff: boolean },
): Promise<ExitStatus> {
  const plan = await withOperations(around.paths, open, 'reads', operations => operations.plan())
  await show(around, options, plan, planLines(plan, around, options))
  if (plan.management.state === 'not-adopted' || plan.management.state === 'refused')
    return exitStatus.configuration
  return isEmpty(plan) ? exitStatus.done : exitStatus.changesPending
}

/** `teamchat apply`: does once what the plan shows. */
export async function runApply(
  around: Surroundings,
  open: OpenHouse,
  options: SettingsOptions,
): Promise<ExitStatus> {
  const outcome = await withOperations(around.paths, open, 'writes', operations =>
    operations.apply({ force: options.force }),
  )
  await show(around, options, outcome, outcomeLines(outcome, around))
  return exitStatus.done
}

/** A value for machines, or its lines for people. */
export async function show(
  around: Surroundings,
  options: { json: boolean },
  value: object,
  lines: string[],
): Promise<void> {
  await writeLines(around.io.stdout, options.json ? [JSON.stringify(value, undefined, 2)] : lines)
}

function isEmpty(plan: SettingsPlan): boolean {
  return plan.files.length === 0 && plan.actions.length === 0
}

export function outcomeLines(outcome: SettingsOutcome, around: Surroundings): string[] {
  if (outcome.plan.management.state === 'unmanaged') return managementLines(outcome.plan.management)
  const lines = outcome.state === 'unchanged' ? ['nothing to do: everything is in place'] : outcome.done
  return [...lines, ...noteLines(outcome.plan, around)]
}

/** A plan for people; `diff`: with the whole difference of each file in place of its short form. */
export function planLines(
  plan: SettingsPlan,
  around: Surroundings,
  options: { diff: boolean } = { diff: false },
): string[] {
  const paint = painter(around.io.stdout, around.io.env)
  const lines = managementLines(plan.management)
  for (const file of plan.files) {
    const changes = options.diff ? diffLines(file.diff, around) : file.changes.map(change => `    ${change}`)
    lines.push(`${paint('bold', file.change)} ${file.path}`, ...changes)
  }
  lines.push(...plan.actions.map(actionLine), ...noteLines(plan, around))
  if (isEmpty(plan) && (plan.management.state === 'managed' || plan.management.state === 'held')) {
    lines.push('nothing to do: everything is in place')
  }
  return lines
}

/** How a host that is not simply managed is told: why, what differs, what to do. */
export function managementLines(management: Management): string[] {
  if (management.state === 'managed') return []
  const differences =
    management.state === 'not-adopted' ? management.differences.map(line => `    ${line}`) : []
  return [
    `${management.state.replace('-', ' ')}: ${management.reason}`,
    ...differences,
    `  ${management.hint}`,
  ]
}

const VERBS: Record<string, string> = {
  'enable-module': 'enable Apache module',
  'create-secret': 'create secret file',
}

/** `restart mattermost.service: mattermost.ListenPort 8065 → 8066` */
export function actionLine(action: PlannedAction): string {
  const verb = VERBS[action.verb] ?? action.verb
  const what = action.target === '' ? verb : `${verb} ${action.target}`
  return `${what}${causesText(action.causes)}`
}

function noteLines(plan: SettingsPlan, around: Surroundings): string[] {
  const paint = painter(around.io.stdout, around.io.env)
  return plan.notes.map(note => `${paint('yellow', 'note')}: ${note}`)
}
