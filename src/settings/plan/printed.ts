import type { Management, PlannedAction, PlannedDiff, SettingsPlan } from '../../api/contract/settings.js'
import type { LeafChange } from '../../config/merge.js'
import { unifiedDiff } from '../../config/text/diff.js'
import { ANOTHER_SECRET } from '../../config/text/mask.js'
import type { Settings } from '../../configdb/settings.js'
import { asTeamchatError, TeamchatError } from '../../errors.js'
import type { HostState } from '../host/host-state.js'
import { PASSWORD_FILE } from '../secrets.js'
import type { ChangePlan } from './change-plan.js'
import { shownValue } from './leaves.js'
import { shownLines } from './planning.js'

/** True where a plan says what may be done, now or once the operator says so. */
export function mayPlan(management: Management): boolean {
  return management.state === 'managed' || management.state === 'held'
}

/** Throws where this Mattermost may not be touched, with why and what to type. */
export function refuse(management: Management): void {
  if (management.state === 'refused') {
    throw new TeamchatError('settings.unsupported', `cannot manage this Mattermost: ${management.reason}`, {
      hint: management.hint,
    })
  }
  if (management.state !== 'not-adopted') return
  const differences = management.differences.map(line => `\n  ${line}`).join('')
  throw new TeamchatError(
    'settings.notAdopted',
    `cannot apply the settings: ${management.reason}${differences}`,
    {
      hint: management.hint,
    },
  )
}

/** Who asks for a rollback must not be told that it is in force where nothing is done. Throws as `refuse` does. */
export function refuseRestore(management: Management): void {
  refuse(management)
  if (management.state === 'managed') return
  throw new TeamchatError('settings.notAdopted', `cannot roll back: ${management.reason}`, {
    hint: management.hint,
  })
}

/** The plan for people; secrets masked. Without a plan nothing would be done. */
export function planOf(
  assessment: {
    management: Management
    settings: Settings
    notes: string[]
    inputs: { hostState: HostState } | undefined
  },
  changePlan: ChangePlan | undefined,
): SettingsPlan {
  const { management, settings, inputs } = assessment
  const secret = changePlan?.createsSecret === true
  return {
    management,
    revision: settings.revision,
    files: changePlan === undefined || inputs === undefined ? [] : withDiffs(changePlan, inputs.hostState),
    actions: [
      ...(secret ? [{ verb: 'create-secret', target: PASSWORD_FILE, causes: ['there is none yet'] }] : []),
      ...plannedActions(changePlan),
    ],
    notes: [
      ...assessment.notes,
      ...(secret
        ? [
            `PostgreSQL must be given the password of the new secret file ${PASSWORD_FILE}: ALTER ROLE "${settings.mattermost.databaseUser}" PASSWORD '…'`,
          ]
        : []),
      ...(changePlan?.remarks.notes ?? []),
      ...(changePlan?.remarks.putBack ?? []),
      ...(changePlan?.remarks.drift ?? []),
    ],
  }
}

/** An error that tells of what the check found as well: it may be the reason (Apache was broken before us). */
export function withRemarks(error: unknown, notes: readonly string[]): TeamchatError {
  const known = asTeamchatError(error, 'failed', 'apply the settings')
  if (notes.length === 0) return known
  return new TeamchatError(known.code, [known.message, ...notes].join('; '), {
    hint: known.hint,
    cause: known,
  })
}

/** Modules that are enabled, then what happens to services. */
export function plannedActions(changePlan: ChangePlan | undefined): PlannedAction[] {
  if (changePlan === undefined) return []
  return [
    ...changePlan.apache.modules.map(({ name, cause }) => ({
      verb: 'enable-module',
      target: name,
      causes: [cause],
    })),
    ...changePlan.services.actions.map(({ verb, unit, causes }) => ({ verb, target: unit, causes })),
  ]
}

/** The plan with what the check found. */
export function withNotes(plan: SettingsPlan, notes: string[]): SettingsPlan {
  return { ...plan, notes: [...plan.notes, ...notes] }
}

function withDiffs(changePlan: ChangePlan, hostState: HostState): PlannedDiff[] {
  const show = shownLines(hostState)
  return changePlan.files.map(file => {
    const step = changePlan.steps.find(one => one.path === file.path)
    const labels = [`${file.path} (live)`, `${file.path} (planned)`] as const
    const head = [`--- ${labels[0]}`, `+++ ${labels[1]}`]
    if (step?.step === 'link') return { ...file, diff: [...head, `+→ ${step.target}`] }
    if (step?.step === 'write') {
      const diff =
        step.leaves === undefined
          ? unifiedDiff(step.from ?? '', step.text, { labels, show })
          : [...head, ...step.leaves.flatMap(leafLines)]
      return { ...file, diff }
    }
    const gone = file.path === hostState.apache.vhostFile ? (hostState.vhost?.text ?? '') : ''
    return { ...file, diff: unifiedDiff(gone, '', { labels, show }) }
  })
}

function leafLines({ setting, from }: LeafChange): string[] {
  const [before, after] = [shownValue(setting, from), shownValue(setting, setting.value)]
  const other = before === after ? ANOTHER_SECRET : ''
  return [
    ...(from === undefined ? [] : [`-${setting.name}: ${before}`]),
    `+${setting.name}: ${after}${other}`,
  ]
}
