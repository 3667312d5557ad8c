import type { ExitStatus } from '../errors.js'
import type { Paths } from '../paths.js'
import type { OpenHouse } from './connect.js'
import type { Io } from './io.js'

/** Builds the app in this process: its operations without the daemon. */
export type OpenApp = OpenHouse

/** Main gives this to each program: its streams, the version, and access to the composition root. */
export interface ProgramParts {
  io: Io
  /** The version of the package. */
  version: string
  openApp: OpenApp
  runDaemon: (paths: Paths) => Promise<ExitStatus>
}

/** Everything that a command is given besides its arguments; `paths` are below --root. */
export interface CommandContext extends ProgramParts {
  paths: Paths
}
