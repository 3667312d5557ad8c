import { isDeepStrictEqual } from 'node:util'
import { concerningProperties } from '../../config/concerning.js'
import type { PendingAction } from '../../config/services/pending-action.js'
import { isRunning } from '../../config/services/plan.js'
import type { UnitFacts } from '../../services/systemd.js'
import { performActions } from '../../transaction/actions.js'
import type { Journal } from '../../transaction/journal.js'
import type { SettingsState } from '../../transaction/state.js'
import { type JournalHead, placeAll } from '../../transaction/transaction.js'
import type { World } from '../host/host-state.js'
import type { Draft } from '../plan/change-plan.js'
import { draftFingerprint } from '../plan/refusal.js'
import { type CommitParts, recorded, withChange } from './change.js'
import { finishChange } from './finish.js'

/**
 * Puts a draft into effect: all files or none, then a look, the actions, and another look; what worked before and does
 * not now undoes it. Intent and actions are on disk before the first file moves, so that a crash anywhere loses
 * neither. A line for each thing done. Throws `files.write` and `files.unsafe` (nothing has changed then),
 * `change.undone`, and what failed of the actions; those stay owed.
 */
export async function commitDraft(world: World, draft: Draft, by: CommitParts): Promise<string[]> {
  const commit = draft.steps.length === 0 ? actAlone : changeAndAct
  const touchesMattermost = draft.services.actions.some(({ unit }) => unit === world.settings.mattermost.unit)
  if (!touchesMattermost || by.parts.undisturbed === undefined) return commit(world, draft, by)
  return by.parts.undisturbed(() => commit(world, draft, by))
}

/** Does what is owed from before, and nothing else; a line for each. Throws what failed; that stays owed. */
export async function doOwed(world: World, by: CommitParts): Promise<string[]> {
  const { owed } = world.state
  if (owed.length === 0) return []
  const work = () => perform(world, world.state, [], by)
  return by.parts.undisturbed?.(work) ?? work()
}

async function changeAndAct(world: World, draft: Draft, by: CommitParts): Promise<string[]> {
  return withChange(by, async change => {
    let state = stateAfter(world, draft, by.now())
    const head = headOf(world, draft, state, by)
    const journal = await placeAll(draft.steps, head, by.journalFile, change, async ({ id }) => {
      const looked = await by.parts.health?.before(world, draft.services.actions)
      state = { ...state, transaction: { id, phase: 'acting', ...(looked === undefined ? {} : { looked }) } }
      change.at('state: acting')
      await writeCounting(state, id, world.state, by)
    })
    const done = draft.steps.map(step => `${step.step === 'remove' ? 'removed' : 'wrote'} ${step.path}`)
    return [...done, ...(await finishChange(world, journal, state, change, by))]
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
async function actAlone(world: World, draft: Draft, by: CommitParts): Promise<string[]> {
  const state = stateAfter(world, draft, by.now())
  const done: string[] = []
  if (state.owed.length > 0) {
    by.parts.atStep?.('state: owed')
    await by.stateFile.write(state)
    done.push(...(await perform(world, state, draft.reloaded, by)))
  }
  const next = recorded(world, { ...state, owed: [] }, done.length > 0, by.now())
  if (!isDeepStrictEqual(next, world.state)) await by.stateFile.write(next)
  return done
}

async function perform(
  { settings }: World,
  before: SettingsState,
  reloaded: Draft['reloaded'],
  by: CommitParts,
): Promise<string[]> {
  if (by.systemctl === undefined) return []
  let state = before
  return performActions(state.owed, {
    systemctl: by.systemctl,
    mattermost: by.parts.mattermost(settings),
    reloaded,
    timeoutMs: settings.teamchatd.startTimeout * 1000,
    save: async owed => {
      state = { ...state, owed }
      by.parts.atStep?.('state: struck off')
      await by.stateFile.write(state)
    },
    ...(by.parts.sleep === undefined ? {} : { sleep: by.parts.sleep }),
  })
}

/** What is true once the files are in place. */
function stateAfter(world: World, draft: Draft, now: Date): SettingsState {
  const { adopting: _done, pin: _pin, refused: _refused, ...state } = world.state
  return {
    ...state,
    managedSince: state.managedSince ?? now.toISOString(),
    held: false,
    leaves: draft.leaves,
    outputs: draft.outputs,
    // While a rollback is in force the world has its addresses, not the DB's.
    properties: draft.remember.pin?.properties ?? concerningProperties(world.settings),
    ...draft.remember,
    owed: draft.services.actions,
    lastGood: { mattermostRecord: true, domainName: world.settings.domainName },
  }
}

function headOf(world: World, draft: Draft, next: SettingsState, by: CommitParts): JournalHead {
  return {
    at: by.now().toISOString(),
    revision: world.settings.revision,
    cause: by.cause,
    before: world.state,
    next,
    units: unitsOf(draft.services.actions, world, draft.units),
    files: draft.files,
    actions: draft.services.actions,
    reloaded: draft.reloaded.map(({ name, path, value, compare }) => ({ name, path, value, compare })),
    outputs: draft.inForce,
    fingerprint: draftFingerprint(draft, world),
  }
}

function unitsOf(
  actions: readonly PendingAction[],
  world: World,
  others: ReadonlyMap<string, UnitFacts>,
): Journal['units'] {
  const facts = [world.unit, world.apacheUnit, ...others.values()].filter(unit => unit !== undefined)
  return facts
    .filter(({ unit }) => actions.some(action => action.unit === unit))
    .map(unit => ({
      unit: unit.unit,
      running: isRunning(unit),
      enabled: unit.unitFileState.startsWith('enabled'),
    }))
}
