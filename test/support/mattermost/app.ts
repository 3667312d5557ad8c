import type { ConfigFile } from './config-file.js'
import type { FaultSwitches } from './faults.js'
import type { State } from './state.js'
import type { Version } from './version.js'

/** What every answer may need. */
export interface App {
  readonly config: ConfigFile
  readonly state: State
  readonly faults: FaultSwitches
  readonly version: Version
  /** The home folder, for paths that begin with a dot. */
  readonly home: string
}

/** The order in which the server lists names: by their bytes. */
export function byName(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
