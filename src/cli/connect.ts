import { connectApi } from '../api/client.js'
import type { Operations } from '../api/contract.js'
import { TeamchatError } from '../errors.js'
import type { Paths } from '../paths.js'
import type { CommandContext, OpenApp, OwnApp } from './context.js'

/** Somebody who works without a daemon, or a daemon that is just starting, is waited for so long. */
const WAIT_MS = 10_000

/** Runs `use` through the daemon's API where a daemon lives, else in this process, under the lock where it `writes`. */
export async function operate<T>(
  { paths, openApp, version }: CommandContext,
  mode: 'reads' | 'writes',
  use: (operations: Operations, through: 'daemon' | 'process') => Promise<T>,
): Promise<T> {
  const end = Date.now() + WAIT_MS
  for (;;) {
    const api = await connectApi(paths, version).catch(endedInTheMiddle)
    if (api !== undefined) return closing(use(api, 'daemon').catch(endedInTheMiddle), () => api.close())
    mustBeAllowed(paths)
    const app = await openUnlessLocked(paths, openApp, mode === 'writes', Date.now() < end)
    if (app !== undefined) return closing(use(app.operations, 'process'), () => app.close())
  }
}

/** Runs `use` in this process whether a daemon lives or not, and without the lock: for commands that only look. */
export async function withOwnApp<T>(
  { paths, openApp }: CommandContext,
  use: (app: OwnApp) => Promise<T>,
): Promise<T> {
  mustBeAllowed(paths)
  const app = await openApp(paths, { locked: false })
  return closing(use(app), () => app.close())
}

/** undefined where somebody holds the lock and `again` allows another look: it may be a daemon that starts. */
async function openUnlessLocked(
  paths: Paths,
  openApp: OpenApp,
  locked: boolean,
  again: boolean,
): Promise<OwnApp | undefined> {
  try {
    return await openApp(paths, { locked })
  } catch (error) {
    if (again && error instanceof TeamchatError && error.code === 'locked') return undefined
    throw error
  }
}

/** The daemon was killed while it worked for us. */
function endedInTheMiddle(error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code
  if (code !== 'ECONNRESET' && code !== 'EPIPE') throw error
  throw new TeamchatError('failed', 'cannot finish: the daemon ended in the middle', {
    hint: 'see journalctl -u teamchatd; what it had begun goes on at its next start, and teamchat status shows it',
    cause: error,
  })
}

async function closing<T>(work: Promise<T>, close: () => Promise<void>): Promise<T> {
  try {
    return await work
  } finally {
    await close()
  }
}

function mustBeAllowed(paths: Paths): void {
  if (paths.root === '' && process.getuid?.() !== 0) {
    throw new TeamchatError('notAllowed', 'cannot work on this system: that takes root', {
      hint: 'run it with sudo, or try it out below a folder of your own with --root DIR',
    })
  }
}
