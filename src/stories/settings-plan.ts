import type { Settings } from '../db/settings.js'
import { TeamchatError } from '../errors.js'
import type { Management, PlannedAction, SettingsPlan } from './operations.js'
import type { Draft } from './settings-outputs.js'
import { PASSWORD_FILE } from './settings-secrets.js'

/** True where a draft says what may be done, now or once the operator says so. */
export function mayDraft(management: Management): boolean {
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

/** What a draft would do, for people; secrets masked. Without a draft nothing would be done. */
export function planOf(
  judged: { management: Management; settings: Settings; notes: string[] },
  draft: Draft | undefined,
): SettingsPlan {
  const { management, settings } = judged
  const secret = draft?.createsSecret === true
  return {
    management,
    revision: settings.revision,
    files: draft?.files ?? [],
    actions: [
      ...(secret ? [{ verb: 'create-secret', target: PASSWORD_FILE, causes: ['there is none yet'] }] : []),
      ...plannedActions(draft),
    ],
    notes: [
      ...judged.notes,
      ...(secret
        ? ["PostgreSQL's role needs the password that will be in the secret file (ALTER ROLE … PASSWORD …)"]
        : []),
      ...(draft?.notes ?? []),
      ...(draft?.drift ?? []),
    ],
  }
}

/** Modules that are enabled, then what happens to services. */
export function plannedActions(draft: Draft | undefined): PlannedAction[] {
  if (draft === undefined) return []
  return [
    ...draft.modules.map(({ name, cause }) => ({ verb: 'enable-module', target: name, causes: [cause] })),
    ...draft.services.actions.map(({ verb, unit, causes }) => ({ verb, target: unit, causes })),
  ]
}

/** The plan with what the check found. */
export function withNotes(plan: SettingsPlan, notes: string[]): SettingsPlan {
  return { ...plan, notes: [...plan.notes, ...notes] }
}
