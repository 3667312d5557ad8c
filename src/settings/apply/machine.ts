import { basename } from 'node:path'
import type { PendingAction } from '../../config/services/pending-action.js'
import { planUndo } from '../../config/services/plan-undo.js'
import { asTeamchatError, reasonOf, TeamchatError } from '../../errors.js'
import type { UnitFacts } from '../../services/systemd.js'
import type { Journal } from '../../transaction/journal.js'
import type { ChangeParts } from '../../transaction/place.js'
import { readText } from '../../transaction/staging.js'
import type { SettingsState } from '../../transaction/state.js'
import { reconcileAll, removeJournal, restoreAll, withOthers } from '../../transaction/transaction.js'
import type { HostState } from '../host/host-state.js'
import type { AppliedChange } from '../parts.js'
import { refusalOf } from '../plan/refusal.js'
import { type CommitParts, performPending, recorded, withChange } from './change.js'

/** A change whose journal is on disk, and all that carries it on. */
export interface ChangeRun {
  hostState: HostState
  journal: Journal
  change: ChangeParts
  by: CommitParts
}

/**
 * Carries a change on from the phase that the state on disk names, in the process that began it or after a crash:
 *
 *     acting ── all works ──→ over, and recorded in the history
 *        └───── broken ─────→ undoing ──→ over, and the old state is in force
 *
 * The files are all in place before the first phase is on disk, see `commitChange`; a change that was ended earlier is
 * undone by `recoverFiles`. Gives a line for each thing done. Throws `change.undone`, and failures of the actions, which
 * stay pending.
 */
export async function carryOn(run: ChangeRun, state: SettingsState): Promise<string[]> {
  if (state.transaction?.phase === 'undoing') throw await undoChange(run, state)
  const acted = await act(run, state, run.journal)
  const reasons = await whatFails(run, acted.state)
  if (reasons.length === 0) return keepChange(run, acted)
  const why = acted.failure === undefined ? reasons : [...reasons, acted.failure.message]
  throw await undoChange(run, withPhase(acted.state, 'undoing', why))
}

async function keepChange(run: ChangeRun, { state, done, failure }: Acted): Promise<string[]> {
  const { hostState, journal, change, by } = run
  const notes = await record(run)
  const final = failure === undefined ? recorded(hostState, { ...state, owed: [] }, true, by.now()) : state
  change.at('state: over')
  await by.stateFile.write(withPhase(final, 'over'))
  await removeJournal(journal.entries, by.journalFile, change)
  if (failure !== undefined) throw failure
  return [...done, ...notes]
}

/**
 * Takes a change back: its files in reverse, then what brings the old state into force. Returns the error that tells all
 * of it. Where a file cannot be restored, the rest stays owed: the next run goes on.
 */
async function undoChange(run: ChangeRun, state: SettingsState): Promise<TeamchatError> {
  const { journal, change, by } = run
  const why = state.transaction?.why ?? []
  change.at('state: undoing')
  await by.stateFile.write(state)
  const { notes, errors } = await restoreAll(journal, change)
  const reason = why.join('; ')
  if (errors.length > 0) {
    const first = new TeamchatError(
      'files.write',
      `cannot keep the change: ${reason}; and it is not yet undone`,
      {
        hint: 'it is tried again; see the reasons, and teamchat status',
      },
    )
    return withOthers(first, errors)
  }
  const owed = await undoActions(run, state.owed, `undo: ${why[0] ?? 'the change failed'}`)
  const told = [`cannot keep the change: ${reason}`, 'it was undone', ...notes].join('; ')
  const back = withPhase({ ...stateBefore(journal, told, by.now()), owed }, 'over', undefined, journal.id)
  change.at('state: undone')
  await by.stateFile.write(back)
  await removeJournal(journal.entries, by.journalFile, change)
  const { failure } = await act(run, back, undefined)
  const still = await whatFails(run, state, true)
  const all = still.length > 0 ? `${told}; and still: ${still.join('; ')}` : told
  return withOthers(new TeamchatError('change.undone', all), failure === undefined ? [] : [failure])
}

/** The state as it was, but that the same change is not tried again. */
function stateBefore(journal: Journal, message: string, now: Date): SettingsState {
  const { managedSince, lastGood } = journal.next
  const before = { ...journal.before, ...(managedSince && { managedSince }), ...(lastGood && { lastGood }) }
  const error = new TeamchatError('change.undone', message)
  const refused = journal.fingerprint === undefined ? undefined : refusalOf(error, journal.fingerprint, now)
  return refused === undefined ? before : { ...before, refused }
}

interface Acted {
  state: SettingsState
  done: string[]
  failure: TeamchatError | undefined
}

/** Performs the pending actions; with `journal` those of the change itself, whose leaves must come into force. */
async function act(
  { hostState, change, by }: ChangeRun,
  before: SettingsState,
  journal: Journal | undefined,
): Promise<Acted> {
  let state = before
  const what = {
    settings: hostState.settings,
    reloaded: journal?.reloaded ?? [],
    ...(journal === undefined ? {} : { settle: () => reconcileAll(journal, change) }),
  }
  try {
    const done = await performPending(before, what, by, written => {
      state = written
    })
    return { state, done, failure: undefined }
  } catch (error) {
    return { state, done: [], failure: asTeamchatError(error, 'services.failed', 'do what the change needs') }
  }
}

async function whatFails(
  { hostState, journal, by }: ChangeRun,
  state: SettingsState,
  undone = false,
): Promise<string[]> {
  const looked = state.transaction?.looked
  if (looked === undefined || by.parts.health === undefined) return []
  // Whether the host is given back by this change stands in its state, not in the one that was read before.
  return by.parts.health.after({ ...hostState, state }, journal.actions, looked, undone)
}

async function undoActions(
  { hostState, journal, by }: ChangeRun,
  left: readonly PendingAction[],
  cause: string,
) {
  const now = new Map<string, UnitFacts>()
  for (const { unit } of journal.units) {
    const facts = await by.systemctl?.show(unit)
    if (facts !== undefined) now.set(unit, facts)
  }
  const { actions, units: before } = journal
  const { owed } = journal.before
  return planUndo({ actions, before, now, apacheUnit: hostState.apache.unit, owed, left, cause })
}

/** A generation that cannot be kept is no reason to take a good change back; it is told. */
async function record({ hostState, journal, change, by }: ChangeRun): Promise<string[]> {
  const { settings } = hostState
  if (by.parts.recordGeneration === undefined) return []
  try {
    const { id, at, revision, cause, files, actions, next } = journal
    const keep = settings.teamchatd.historyKeep
    const outputs: AppliedChange['outputs'] = []
    for (const { output, path, leaves } of journal.outputs) {
      const text = readText(change.folders.of(path), basename(path), path)
      if (text !== undefined) outputs.push({ output, path, text, leaves })
    }
    await by.parts.recordGeneration({ id, at, revision, cause, files, actions, outputs, state: next, keep })
    return []
  } catch (error) {
    return [`the change is not in the history: ${reasonOf(error)}`]
  }
}

function withPhase(
  state: SettingsState,
  phase: NonNullable<SettingsState['transaction']>['phase'],
  why?: string[],
  id = state.transaction?.id ?? '',
): SettingsState {
  const looked = state.transaction?.looked
  const kept = phase === 'over' || looked === undefined ? {} : { looked }
  return { ...state, transaction: { id, phase, ...kept, ...(why === undefined ? {} : { why }) } }
}

/**
 * Puts files right where an earlier run was ended in the middle of a change: one whose files were not all in place is
 * undone. The journal of a change that is to be carried on is returned. Throws where something cannot be restored.
 */
export async function recoverFiles(by: CommitParts): Promise<{ notes: string[]; open: Journal | undefined }> {
  await by.stateFile.sweep()
  await by.journalFile.sweep()
  const journal = await by.journalFile.read()
  if (journal === undefined) return { notes: [], open: undefined }
  const { transaction } = await by.stateFile.read()
  const isCounted = transaction?.id === journal.id
  if (isCounted && transaction.phase !== 'over') return { notes: [], open: journal }
  return withChange(by, async change => {
    if (isCounted) {
      await removeJournal(journal.entries, by.journalFile, change)
      return { notes: [], open: undefined }
    }
    const { notes, errors } = await restoreAll(journal, change)
    if (errors.length > 0) {
      const what = new TeamchatError('files.write', 'cannot undo a change that was interrupted', {
        hint: 'it is tried again',
      })
      throw withOthers(what, errors)
    }
    await removeJournal(journal.entries, by.journalFile, change)
    return { notes: [`a change of ${journal.at} was interrupted and is undone`, ...notes], open: undefined }
  })
}

/** Carries a change on whose files were all in place when an earlier process ended. See `carryOn`. */
export async function resumeChange(
  hostState: HostState,
  journal: Journal,
  by: CommitParts,
): Promise<string[]> {
  const resume = () => withChange(by, change => carryOn({ hostState, journal, change, by }, hostState.state))
  return by.parts.undisturbed?.(resume) ?? resume()
}
