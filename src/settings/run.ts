import type { SettingsOutcome } from '../api/contract/settings.js'
import { asTeamchatError } from '../errors.js'
import { withOthers } from '../transaction/transaction.js'
import { commitChange, runPendingActions } from './apply/commit.js'
import { recoverFiles, resumeChange } from './apply/machine.js'
import { assessHost, checkBeforeWriting, type Inputs, type PlanRules, planFor, readHost } from './assess.js'
import { newRestore, type Restore, releasedRestore, restoredHostState, usable } from './history/restore.js'
import { type ChangePlan, remembering } from './plan/change-plan.js'
import { planOf, refuse, refuseRestore, withNotes, withRemarks } from './plan/printed.js'
import { planFingerprint, refusalLine, refusalOf, refusedBefore, standingRefusal } from './plan/refusal.js'
import { databasePassword, PASSWORD_FILE, writeSecret } from './secrets.js'
import { commitParts, type ServiceParts } from './service-parts.js'

/**
 * Why the service runs. `start`: the daemon has just started; `retry`: something is owed; `certificate-update`: a
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

/** One run: what an earlier one left is finished, then read, decide, check, act, record. See `SettingsService.run`. */
export async function runSettings(service: ServiceParts, options: RunOptions): Promise<SettingsOutcome> {
  const { cause, force = false, to } = options
  const done = await finishEarlier(service, cause)
  const assessment = await assessHost(service)
  const { management, inputs } = assessment
  if (cause === 'rollback' || cause === 'release') refuseRestore(management)
  if (inputs === undefined) return { state: 'unchanged', plan: planOf(assessment, undefined), done }
  refuse(management)
  const insist = cause === 'apply'
  const asked = insist || cause === 'rollback' || cause === 'release'
  if (management.state === 'held' && !insist) {
    return { state: 'held', plan: planOf(assessment, planFor(service, inputs, {})), done: [] }
  }
  const { hostState } = inputs
  const restore = await restoreFor(service, { cause, to }, inputs)
  const how: RunRules = { insist, asked, shrink: force ? 'allow' : 'refuse', restore }
  const changePlan = planFor(service, inputs, how)
  // For people, and worked out once nobody waits for it.
  const plan = () => planOf(assessment, changePlan)
  const fingerprint = planFingerprint(changePlan, hostState)
  const refusal = standingRefusal(hostState.state, fingerprint, { cause, force })
  if (refusal !== undefined) {
    // What an undo owes brings back into force what stays.
    done.push(...(await runPendingActions(hostState, await commitParts(service, cause))))
    if (asked) throw refusedBefore(refusal)
    return { state: 'held', plan: withNotes(plan(), [refusalLine(refusal)]), done }
  }
  let notes: string[]
  try {
    const checks = await checkBeforeWriting(service, restoredHostState(hostState, restore), changePlan)
    notes = checks.notes
    const committed = commit(service, cause, checks.checked, { how, inputs })
    done.push(...(await committed.catch((error: unknown) => Promise.reject(withRemarks(error, notes)))))
  } catch (error) {
    await rememberRefusal(service, error, fingerprint)
    throw error
  }
  const state = done.length > 0 ? 'applied' : 'unchanged'
  const { renewing } = changePlan.remarks
  return {
    state,
    plan: withNotes(plan(), notes),
    done,
    ...(renewing.length > 0 ? { renewing: [...renewing] } : {}),
  }
}

/** The rollback that shall be in force: the one that is asked for, none, or the one that is in force already. */
export async function restoreFor(
  service: ServiceParts,
  { cause, to }: Pick<RunOptions, 'cause'> & { to: number | undefined },
  { hostState, restore }: Inputs,
): Promise<Restore> {
  if (cause === 'release') return releasedRestore(hostState.state)
  if (cause !== 'rollback' || to === undefined) return usable(restore)
  return newRestore(to, hostState.settings, service.generations, service.now())
}

type RunRules = PlanRules & { restore: Restore }

/** Files, then actions, of a change in whose middle an earlier run was ended; a line for each thing done. */
export async function finishEarlier(service: ServiceParts, cause: string): Promise<string[]> {
  const by = await commitParts(service, cause)
  const { notes, open } = await recoverFiles(by)
  if (open === undefined) return notes
  const hostState = await readHost(service)
  return [...notes, ...(await resumeChange(hostState, open, by))]
}

async function commit(
  service: ServiceParts,
  cause: SettingsCause,
  checked: ChangePlan,
  { how, inputs }: { how: RunRules; inputs: Inputs },
): Promise<string[]> {
  const by = await commitParts(service, cause)
  if (!checked.createsSecret)
    return commitChange(restoredHostState(inputs.hostState, how.restore), checked, by)
  const { paths } = service.parts
  const password = databasePassword()
  await writeSecret(paths, PASSWORD_FILE, password)
  // What was checked is what is written: the DB is not read again.
  const hostState = { ...inputs.hostState, password }
  const again = planFor(service, { ...inputs, hostState }, how)
  const { certificates } = checked.next.remember
  const changePlan = certificates === undefined ? again : remembering(again, { certificates })
  return [
    `the database's password is in ${paths.secretFile(PASSWORD_FILE)}`,
    ...(await commitChange(restoredHostState(hostState, how.restore), changePlan, by)),
  ]
}

/** A disk that is full now must not hide why something was refused; then it is tried once more. */
async function rememberRefusal(service: ServiceParts, error: unknown, fingerprint: string): Promise<void> {
  const refused = refusalOf(error, fingerprint, service.now())
  if (refused === undefined) return
  try {
    const state = await service.stateFile.read()
    const before = state.refused
    // An undo has remembered it already, of what was tried in the end, and without the last word.
    const kept = before?.by === 'undo' && refused.by === 'undo' ? before.fingerprint : fingerprint
    if (before?.fingerprint === kept && before.message === refused.message) return
    await service.stateFile.write({ ...state, refused: { ...refused, fingerprint: kept } })
  } catch (cause) {
    throw withOthers(asTeamchatError(error, 'failed', 'apply the settings'), [
      asTeamchatError(cause, 'files.write', 'remember what was refused'),
    ])
  }
}
