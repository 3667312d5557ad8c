import { isDeepStrictEqual } from 'node:util'
import { concerningProperties } from '../../config/causes.js'
import type { PendingAction } from '../../config/services/pending-action.js'
import { isRunning } from '../../config/services/plan.js'
import type { UnitFacts } from '../../services/systemd.js'
import type { Journal } from '../../transaction/journal.js'
import type { SettingsState } from '../../transaction/state.js'
import { commitFiles, type JournalHead } from '../../transaction/transaction.js'
import type { HostState } from '../host/host-state.js'
import type { ChangePlan } from '../plan/change-plan.js'
import { planFingerprint } from '../plan/refusal.js'
import { type CommitParts, performPending, recorded, withChange } from './change.js'
import { carryOn } from './machine.js'

/**
 * Puts a plan into effect: all files or none, then a look, the actions, and another look; what worked before and does
 * not now undoes it. Intent and actions are on disk before the first file moves, so that a crash anywhere loses
 * neither. A line for each thing done. Throws `files.write` and `files.unsafe` (nothing has changed then),
 * `change.undone`, and what failed of the actions; those stay owed.
 */
export async function commitChange(
  hostState: HostState,
  changePlan: ChangePlan,
  by: CommitParts,
): Promise<string[]> {
  const commit = changePlan.steps.length === 0 ? actAlone : changeAndAct
  const touchesMattermost = changePlan.services.actions.some(
    ({ unit }) => unit === hostState.settings.mattermost.unit,
  )
  if (!touchesMattermost || by.parts.undisturbed === undefined) return commit(hostState, changePlan, by)
  return by.parts.undisturbed(() => commit(hostState, changePlan, by))
}

/** Does what is owed from before, and nothing else; a line for each. Throws what failed; that stays owed. */
export async function runPendingActions(hostState: HostState, by: CommitParts): Promise<string[]> {
  const { owed } = hostState.state
  if (owed.length === 0) return []
  const { settings, state } = hostState
  const work = () => performPending(state, { settings, reloaded: [] }, by)
  return by.parts.undisturbed?.(work) ?? work()
}

async function changeAndAct(
  hostState: HostState,
  changePlan: ChangePlan,
  by: CommitParts,
): Promise<string[]> {
  return withChange(by, async change => {
    let state = stateAfter(hostState, changePlan, by.now())
    const head = headOf(hostState, changePlan, state, by)
    const journal = await commitFiles(
      { steps: changePlan.steps, head },
      by.journalFile,
      change,
      async ({ id }) => {
        const looked = await by.parts.health?.before(hostState, changePlan.services.actions)
        state = {
          ...state,
          transaction: { id, phase: 'acting', ...(looked === undefined ? {} : { looked }) },
        }
        change.at('state: acting')
        await writeCounting(state, id, hostState.state, by)
      },
    )
    const done = changePlan.steps.map(step => `${step.step === 'remove' ? 'removed' : 'wrote'} ${step.path}`)
    return [...done, ...(await carryOn({ hostState, journal, change, by }, state))]
  })
}

/**
 * Writes the state that makes a change count. Where that fails the state may stand there all the same, only not durable:
 * then the former one is put back before files are, or, where the disk does not even take that, it counts.
 */
async function writeCounting(
  state: SettingsState,
  id: string,
  before: SettingsState,
  { stateFile }: CommitParts,
): Promise<void> {
  try {
    await stateFile.write(state)
  } catch (error) {
    const counts = async () => (await stateFile.read()).transaction?.id === id
    if (!(await counts())) throw error
    await stateFile.write(before).catch(() => undefined)
    if (!(await counts())) throw error
  }
}

/** Actions without a change of files: owed from before, or asked for. */
async function actAlone(hostState: HostState, changePlan: ChangePlan, by: CommitParts): Promise<string[]> {
  const state = stateAfter(hostState, changePlan, by.now())
  const done: string[] = []
  if (state.owed.length > 0) {
    by.parts.atStep?.('state: owed')
    await by.stateFile.write(state)
    const { settings } = hostState
    done.push(...(await performPending(state, { settings, reloaded: changePlan.services.reloaded }, by)))
  }
  const next = recorded(hostState, { ...state, owed: [] }, done.length > 0, by.now())
  if (!isDeepStrictEqual(next, hostState.state)) await by.stateFile.write(next)
  return done
}

/** What is true once the files are in place. */
function stateAfter(
  hostState: HostState,
  { next, services }: Pick<ChangePlan, 'next' | 'services'>,
  now: Date,
): SettingsState {
  const { adopting: _done, pin: _pin, refused: _refused, ...state } = hostState.state
  return {
    ...state,
    managedSince: state.managedSince ?? now.toISOString(),
    held: false,
    leaves: next.leaves,
    outputs: next.outputs,
    // While a rollback is in force the world has its addresses, not the DB's.
    properties: next.remember.pin?.properties ?? concerningProperties(hostState.settings),
    ...next.remember,
    owed: [...services.actions],
    lastGood: { mattermostRecord: true, domainName: hostState.settings.domainName },
  }
}

function headOf(
  hostState: HostState,
  changePlan: ChangePlan,
  next: SettingsState,
  by: CommitParts,
): JournalHead {
  return {
    at: by.now().toISOString(),
    revision: hostState.settings.revision,
    cause: by.cause,
    before: hostState.state,
    next,
    units: unitsOf(changePlan.services.actions, hostState, changePlan.services.units),
    files: [...changePlan.files],
    actions: [...changePlan.services.actions],
    reloaded: changePlan.services.reloaded.map(({ name, path, value, compare }) => ({
      name,
      path,
      value,
      compare,
    })),
    outputs: changePlan.inForce,
    fingerprint: planFingerprint(changePlan, hostState),
  }
}

function unitsOf(
  actions: readonly PendingAction[],
  hostState: HostState,
  others: ReadonlyMap<string, UnitFacts>,
): Journal['units'] {
  const facts = [hostState.unit, hostState.apacheUnit, ...others.values()].filter(unit => unit !== undefined)
  return facts
    .filter(({ unit }) => actions.some(action => action.unit === unit))
    .map(unit => ({
      unit: unit.unit,
      running: isRunning(unit),
      enabled: unit.unitFileState.startsWith('enabled'),
    }))
}
