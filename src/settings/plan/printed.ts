import type { LeafChange } from '../../config/merge.js'
import { unifiedDiff } from '../../config/text/diff.js'
import { ANOTHER_SECRET } from '../../config/text/mask.js'
import type { Settings } from '../../configdb/settings.js'
import { asTeamchatError, TeamchatError } from '../../errors.js'
import type { Management, PlannedAction, PlannedDiff, SettingsPlan } from '../../stories/operations.js'
import type { World } from '../host/host-state.js'
import { PASSWORD_FILE } from '../secrets.js'
import { type Draft, shownLines } from './change-plan.js'
import { shownValue } from './leaves.js'

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

/** Who asks for a rollback must not be told that it is in force where nothing is done. Throws as `refuse` does. */
export function refuseRestore(management: Management): void {
  refuse(management)
  if (management.state === 'managed') return
  throw new TeamchatError('settings.notAdopted', `cannot roll back: ${management.reason}`, {
    hint: management.hint,
  })
}

/** What a draft would do, for people; secrets masked. Without a draft nothing would be done. */
export function planOf(
  judged: { management: Management; settings: Settings; notes: string[]; seen: { world: World } | undefined },
  draft: Draft | undefined,
): SettingsPlan {
  const { management, settings, seen } = judged
  const secret = draft?.createsSecret === true
  return {
    management,
    revision: settings.revision,
    files: draft === undefined || seen === undefined ? [] : withDiffs(draft, seen.world),
    actions: [
      ...(secret ? [{ verb: 'create-secret', target: PASSWORD_FILE, causes: ['there is none yet'] }] : []),
      ...plannedActions(draft),
    ],
    notes: [
      ...judged.notes,
      ...(secret
        ? [
            `PostgreSQL must be given the password of the new secret file ${PASSWORD_FILE}: ALTER ROLE "${settings.mattermost.databaseUser}" PASSWORD '…'`,
          ]
        : []),
      ...(draft?.notes ?? []),
      ...(draft?.putBack ?? []),
      ...(draft?.drift ?? []),
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

function withDiffs(draft: Draft, world: World): PlannedDiff[] {
  const show = shownLines(world)
  return draft.files.map(file => {
    const step = draft.steps.find(one => one.path === file.path)
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
    const gone = file.path === world.apache.vhostFile ? (world.vhost?.text ?? '') : ''
    return { ...file, diff: unifiedDiff(gone, '', { labels, show }) }
  })
}

function leafLines({ wish, from }: LeafChange): string[] {
  const [before, after] = [shownValue(wish, from), shownValue(wish, wish.value)]
  const other = before === after ? ANOTHER_SECRET : ''
  return [...(from === undefined ? [] : [`-${wish.name}: ${before}`]), `+${wish.name}: ${after}${other}`]
}
