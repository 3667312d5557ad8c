import type { Management, PlannedAction, SettingsOutcome, SettingsPlan } from '../../api/contract/settings.js'
import { causesText } from '../../config/services/pending-action.js'
import type { CommandContext } from '../context.js'
import { painter } from '../io.js'
import { diffLines } from './diff-lines.js'

/** Whether a plan has nothing to do. */
export function isEmpty(plan: SettingsPlan): boolean {
  return plan.files.length === 0 && plan.actions.length === 0
}

/** The result of apply or rollback, for people. */
export function outcomeLines(outcome: SettingsOutcome, context: CommandContext): string[] {
  if (outcome.plan.management.state === 'unmanaged') return managementLines(outcome.plan.management)
  const lines = outcome.state === 'unchanged' ? ['nothing to do: everything is in place'] : outcome.done
  return [...lines, ...noteLines(outcome.plan, context)]
}

/** A plan for people; `diff`: with the whole difference of each file in place of its short form. */
export function planLines(
  plan: SettingsPlan,
  context: CommandContext,
  options: { diff: boolean } = { diff: false },
): string[] {
  const paint = painter(context.io.stdout, context.io.env)
  const lines = managementLines(plan.management)
  for (const file of plan.files) {
    const changes = options.diff ? diffLines(file.diff, context) : file.changes.map(change => `    ${change}`)
    lines.push(`${paint('bold', file.change)} ${file.path}`, ...changes)
  }
  lines.push(...plan.actions.map(actionLine), ...noteLines(plan, context))
  if (isEmpty(plan) && (plan.management.state === 'managed' || plan.management.state === 'held')) {
    lines.push('nothing to do: everything is in place')
  }
  return lines
}

/** Why a host is not simply managed, what differs, and what to do. */
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

function noteLines(plan: SettingsPlan, context: CommandContext): string[] {
  const paint = painter(context.io.stdout, context.io.env)
  return plan.notes.map(note => `${paint('yellow', 'note')}: ${note}`)
}
