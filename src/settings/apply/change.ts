import type { Systemctl } from '../../services/systemd.js'
import type { Attributes } from '../../system/files/attributes.js'
import type { RenameExchange } from '../../system/files/rename-exchange.js'
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
