import { isDeepStrictEqual } from 'node:util'
import { performActions } from '../apply/actions.js'
import { performFileStep } from '../apply/files.js'
import type { SettingsState, StateFile } from '../apply/state.js'
import type { Settings } from '../db/settings.js'
import { asTeamchatError, reasonOf, TeamchatError } from '../errors.js'
import type { Systemctl } from '../services/systemd.js'
import type { Draft } from './settings-outputs.js'
import type { SettingsParts } from './settings-parts.js'
import type { World } from './settings-world.js'

export interface CommitParts {
  parts: SettingsParts
  stateFile: StateFile
  /** undefined: services are not touched. */
  systemctl: Systemctl | undefined
  now: () => Date
}

/**
 * Puts a draft into effect: intent, files, actions, record, in this order on disk, so that a crash anywhere loses no
 * action. A line for each thing done. Throws `files.write`, `files.unsafe`, and what failed of the actions; those stay
 * owed.
 */
export async function commitDraft(world: World, draft: Draft, by: CommitParts): Promise<string[]> {
  const { settings } = world
  const done: string[] = []
  const intent = intentOf(world, draft, by.now())
  if (draft.steps.length > 0 || draft.services.actions.length > 0) await by.stateFile.write(intent)
  await placeFiles(world.state, draft, by, done)
  let state: SettingsState = { ...intent, leaves: draft.leaves, outputs: draft.outputs, ...draft.remember }
  if (draft.steps.length > 0) await by.stateFile.write(state)
  if (by.systemctl !== undefined && state.owed.length > 0) {
    done.push(
      ...(await performActions(state.owed, {
        systemctl: by.systemctl,
        mattermost: by.parts.mattermost(settings),
        reloaded: draft.reloaded,
        timeoutMs: settings.teamchatd.startTimeout * 1000,
        save: async owed => {
          state = { ...state, owed }
          await by.stateFile.write(state)
        },
        ...(by.parts.sleep === undefined ? {} : { sleep: by.parts.sleep }),
      })),
    )
  }
  await record(world.state, { ...state, owed: [] }, settings, done.length > 0, by)
  return done
}

async function placeFiles(
  before: SettingsState,
  draft: Draft,
  by: CommitParts,
  done: string[],
): Promise<void> {
  const perform = by.parts.performFileStep ?? performFileStep
  for (const [index, step] of draft.steps.entries()) {
    try {
      await perform(step, by.parts.paths.root)
    } catch (error) {
      const known = asTeamchatError(error, 'files.write', `write ${step.path}`)
      // Nothing has moved yet: then nothing is owed either.
      if (index === 0) throw await withdraw(before, known, by.stateFile)
      throw known
    }
    done.push(`${step.step === 'remove' ? 'removed' : 'wrote'} ${step.path}`)
  }
}

async function withdraw(
  before: SettingsState,
  known: TeamchatError,
  stateFile: StateFile,
): Promise<TeamchatError> {
  try {
    await stateFile.write(before)
    return known
  } catch (error) {
    // The intent stays: at worst a service is reloaded once for nothing when the next run succeeds.
    return new TeamchatError(known.code, `${known.message}; also: ${reasonOf(error)}`, {
      hint: known.hint,
      cause: known,
    })
  }
}

async function record(
  before: SettingsState,
  state: SettingsState,
  settings: Settings,
  acted: boolean,
  by: CommitParts,
): Promise<void> {
  const applied = { revision: settings.revision, status: settings.mattermost.status ?? 'disabled' }
  const old = before.applied
  const same = old?.revision === applied.revision && old.status === applied.status
  const at = !acted && same && old !== undefined ? old.at : by.now().toISOString()
  const next: SettingsState = { ...state, applied: { ...applied, at } }
  if (!isDeepStrictEqual(next, before)) await by.stateFile.write(next)
}

/** What must be on disk before the first file changes. */
function intentOf(world: World, draft: Draft, now: Date): SettingsState {
  const { adopting: _done, ...state } = world.state
  return {
    ...state,
    managedSince: state.managedSince ?? now.toISOString(),
    held: false,
    owed: draft.services.actions,
    // A file of the site's that is new: after a crash it must not look like somebody else's.
    ...(draft.remember.siteOutputs === undefined
      ? {}
      : { siteOutputs: { ...draft.remember.siteOutputs, ...state.siteOutputs } }),
    lastGood: { mattermostRecord: true, domainName: world.settings.domainName },
  }
}
