import { TeamchatError } from '../../errors.js'
import type { Journal } from '../../transaction/journal.js'
import type { SettingsState } from '../../transaction/state.js'
import { removeJournal, restoreAll, withOthers } from '../../transaction/transaction.js'
import type { HostState } from '../host/host-state.js'
import { type CommitParts, withChange } from './change.js'
import { finishChange, undoChange } from './finish.js'

/**
 * Puts files right where an earlier run was ended in the middle of a change: one whose files were not all in place is
 * undone. What is left to do once the world is known is returned. Throws where something cannot be restored.
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

/** Goes on with a change whose files were all in place, or with the undoing of one. See `finishChange`. */
export async function resumeChange(
  hostState: HostState,
  journal: Journal,
  state: SettingsState,
  by: CommitParts,
): Promise<string[]> {
  const resume = () =>
    withChange(by, async change => {
      if (state.transaction?.phase === 'undoing')
        throw await undoChange(hostState, journal, state, change, by)
      return finishChange(hostState, journal, state, change, by)
    })
  return by.parts.undisturbed?.(resume) ?? resume()
}
