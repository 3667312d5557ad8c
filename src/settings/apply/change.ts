import type { Settings } from '../../configdb/settings.js'
import type { Systemctl } from '../../services/systemd.js'
import type { Attributes } from '../../system/files/attributes.js'
import type { RenameExchange } from '../../system/files/rename-exchange.js'
import { type ActionParts, performActions } from '../../transaction/actions.js'
import type { JournalFile } from '../../transaction/journal.js'
import type { ChangeParts } from '../../transaction/place.js'
import { OpenFolders } from '../../transaction/staging.js'
import type { SettingsState, StateFile } from '../../transaction/state.js'
import type { HostState } from '../host/host-state.js'
import type { SettingsParts } from '../parts.js'

/** Collaborators of a change of the site. */
export interface CommitParts {
  parts: SettingsParts
  stateFile: StateFile
  journalFile: JournalFile
  exchange: RenameExchange
  attributes: Attributes
  /** undefined: services are not touched. */
  systemctl: Systemctl | undefined
  now: () => Date
  /** Why the service runs. */
  cause: string
}

/** Opens what a change of files works with, and closes it. */
export async function withChange<T>(
  { parts, exchange, attributes }: CommitParts,
  use: (change: ChangeParts) => Promise<T>,
): Promise<T> {
  const folders = new OpenFolders(parts.paths.root)
  const sleep =
    parts.sleep ?? (milliseconds => new Promise<void>(resolve => setTimeout(resolve, milliseconds)))
  try {
    const { root } = parts.paths
    return await use({ root, folders, exchange, attributes, at: parts.atStep ?? (() => {}), sleep })
  } finally {
    folders.close()
  }
}

/** The part of a change that its actions need besides the state. */
interface Performed {
  settings: Settings
  /** Leaves that must be in force after an API reload. */
  reloaded: ActionParts['reloaded']
  settle?: NonNullable<ActionParts['settle']>
}

/**
 * Performs the pending actions of a state. Each that is done is struck off on disk, and `onState` is told the state that
 * was written, which counts also where this throws: what failed is still in it.
 */
export async function performPending(
  before: SettingsState,
  { settings, ...what }: Performed,
  { systemctl, stateFile, parts }: CommitParts,
  onState: (state: SettingsState) => void = () => undefined,
): Promise<string[]> {
  if (systemctl === undefined || before.owed.length === 0) return []
  return performActions(before.owed, {
    ...what,
    systemctl,
    mattermost: parts.mattermost(settings),
    timeoutMs: settings.teamchatd.startTimeout * 1000,
    save: async owed => {
      const state = { ...before, owed }
      onState(state)
      parts.atStep?.('state: struck off')
      await stateFile.write(state)
    },
    ...(parts.sleep === undefined ? {} : { sleep: parts.sleep }),
  })
}

/** The state with what is applied now; the time stays where nothing was done. */
export function recorded(
  { settings }: HostState,
  state: SettingsState,
  acted: boolean,
  now: Date,
): SettingsState {
  const applied = { revision: settings.revision, status: settings.mattermost.status ?? 'disabled' }
  const old = state.applied
  const same = old?.revision === applied.revision && old.status === applied.status
  return { ...state, applied: { ...applied, at: !acted && same ? old.at : now.toISOString() } }
}
