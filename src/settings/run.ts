import { asTeamchatError } from '../errors.js'
import type { SettingsOutcome } from '../stories/operations.js'
import { withOthers } from '../transaction/transaction.js'
import { commitDraft, doOwed } from './apply/commit.js'
import { recoverFiles, resumeChange } from './apply/recover.js'
import { checkOf, type DraftRules, draftOf, judgeHost, readHost, type Seen } from './assess.js'
import { newRestore, type Restore, releasedRestore, restoredWorld, usable } from './history/restore.js'
import type { Draft } from './plan/change-plan.js'
import { planOf, refuse, refuseRestore, withNotes, withRemarks } from './plan/printed.js'
import { draftFingerprint, refusalLine, refusalOf, refusedBefore, standingRefusal } from './plan/refusal.js'
import { databasePassword, PASSWORD_FILE, writeSecret } from './secrets.js'
import { commitParts, type StoryParts } from './service-parts.js'

/**
 * Why the story runs. `start`: the daemon has just started; `retry`: something is owed; `certificate-update`: a
 * certificate may be another one; `rollback` and `release` begin and end one.
 */
export type SettingsCause =
  | 'start'
  | 'db-changed'
  | 'certificate-update'
  | 'apply'
  | 'retry'
  | 'rollback'
  | 'release'

export interface RunOptions {
  cause: SettingsCause
  force?: boolean
  /** rollback: the generation to put back. */
  to?: number
}

/** One run: what an earlier one left is finished, then read, decide, check, act, record. See `SettingsStory.run`. */
export async function runSettings(story: StoryParts, options: RunOptions): Promise<SettingsOutcome> {
  const { cause, force = false, to } = options
  const done = await finishEarlier(story, cause)
  const judged = await judgeHost(story)
  const { management, seen } = judged
  if (cause === 'rollback' || cause === 'release') refuseRestore(management)
  if (seen === undefined) return { state: 'unchanged', plan: planOf(judged, undefined), done }
  refuse(management)
  const insist = cause === 'apply'
  const asked = insist || cause === 'rollback' || cause === 'release'
  if (management.state === 'held' && !insist) {
    return { state: 'held', plan: planOf(judged, draftOf(story, seen, {})), done: [] }
  }
  const { world } = seen
  const restore = await restoreFor(story, { cause, to }, seen)
  const how: RunRules = { insist, asked, shrink: force ? 'allow' : 'refuse', restore }
  const draft = draftOf(story, seen, how)
  // For people, and worked out once nobody waits for it.
  const plan = () => planOf(judged, draft)
  const fingerprint = draftFingerprint(draft, world)
  const refusal = standingRefusal(world.state, fingerprint, { cause, force })
  if (refusal !== undefined) {
    // What an undo owes brings back into force what stays.
    done.push(...(await doOwed(world, await commitParts(story, cause))))
    if (asked) throw refusedBefore(refusal)
    return { state: 'held', plan: withNotes(plan(), [refusalLine(refusal)]), done }
  }
  let notes: string[]
  try {
    notes = await checkOf(story, restoredWorld(world, restore), draft)
    const committed = commit(story, cause, draft, how, seen)
    done.push(...(await committed.catch((error: unknown) => Promise.reject(withRemarks(error, notes)))))
  } catch (error) {
    await rememberRefusal(story, error, fingerprint)
    throw error
  }
  const state = done.length > 0 ? 'applied' : 'unchanged'
  const { renewing } = draft
  return { state, plan: withNotes(plan(), notes), done, ...(renewing.length > 0 ? { renewing } : {}) }
}

/** The rollback that shall be in force: the one that is asked for, none, or the one that is in force already. */
export async function restoreFor(
  story: StoryParts,
  { cause, to }: Pick<RunOptions, 'cause'> & { to: number | undefined },
  { world, restore }: Seen,
): Promise<Restore> {
  if (cause === 'release') return releasedRestore(world.state)
  if (cause !== 'rollback' || to === undefined) return usable(restore)
  return newRestore(to, world.settings, story.generations, story.now())
}

type RunRules = DraftRules & { restore: Restore }

/** Files, then actions, of a change in whose middle an earlier run was ended; a line for each thing done. */
export async function finishEarlier(story: StoryParts, cause: string): Promise<string[]> {
  const by = await commitParts(story, cause)
  const { notes, open } = await recoverFiles(by)
  if (open === undefined) return notes
  const world = await readHost(story)
  return [...notes, ...(await resumeChange(world, open, world.state, by))]
}

async function commit(
  story: StoryParts,
  cause: SettingsCause,
  checked: Draft,
  how: RunRules,
  seen: Seen,
): Promise<string[]> {
  const by = await commitParts(story, cause)
  if (!checked.createsSecret) return commitDraft(restoredWorld(seen.world, how.restore), checked, by)
  const { paths } = story.parts
  const password = databasePassword()
  await writeSecret(paths, PASSWORD_FILE, password)
  // What was checked is what is written: the DB is not read again.
  const world = { ...seen.world, password }
  const draft = draftOf(story, { ...seen, world }, how)
  const { certificates } = checked.remember
  if (certificates !== undefined) draft.remember.certificates = certificates
  return [
    `the database's password is in ${paths.secretFile(PASSWORD_FILE)}`,
    ...(await commitDraft(restoredWorld(world, how.restore), draft, by)),
  ]
}

/** A disk that is full now must not hide why something was refused; then it is tried once more. */
async function rememberRefusal(story: StoryParts, error: unknown, fingerprint: string): Promise<void> {
  const refused = refusalOf(error, fingerprint, story.now())
  if (refused === undefined) return
  try {
    const state = await story.stateFile.read()
    const before = state.refused
    // An undo has remembered it already, of what was tried in the end, and without the last word.
    const kept = before?.by === 'undo' && refused.by === 'undo' ? before.fingerprint : fingerprint
    if (before?.fingerprint === kept && before.message === refused.message) return
    await story.stateFile.write({ ...state, refused: { ...refused, fingerprint: kept } })
  } catch (cause) {
    throw withOthers(asTeamchatError(error, 'failed', 'apply the settings'), [
      asTeamchatError(cause, 'files.write', 'remember what was refused'),
    ])
  }
}
