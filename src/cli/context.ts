import type { Operations } from '../api/contract.js'
import type { DirectoryTest } from '../doctor/directory-test.js'
import type { DoctorReport } from '../doctor/finding.js'
import type { ExitStatus } from '../errors.js'
import type { Paths } from '../paths.js'
import type { Io } from './io.js'

/** The app in the command's own process, without the daemon's part. */
export interface OwnApp {
  operations: Operations
  /** Looks at the host; also while a daemon lives, and without the lock. */
  doctor(): Promise<DoctorReport>
  /** Tries the account provider; likewise. */
  testDirectory(): Promise<DirectoryTest>
  close(): Promise<void>
}

/**
 * Builds the app in this process. `locked`: takes the lock of whoever runs the services first, throws `locked` where
 * somebody has it; without it only operations that read may be called.
 */
export type OpenApp = (paths: Paths, options: { locked: boolean }) => Promise<OwnApp>

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
