import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Paths } from '../../../src/paths.js'
import { supervisorFolder } from './services.js'
import { isAlive, type ProcessId, processId, signal } from './supervisor/process.js'

/** Who runs below a root. */
interface Running {
  start?: ProcessId | undefined
  daemon?: ProcessId | undefined
}

/** A daemon without its `npm start` is given so long to end, as `teamchatd` promises, and some more. */
const END_TIMEOUT_MS = 7_000

/**
 * Ends the daemon of an `npm start` that was killed. Gives its pid, or undefined where there was none.
 * Throws where another `npm start` still runs in the folder.
 */
export async function endLeftovers(paths: Paths): Promise<number | undefined> {
  const { start, daemon } = await readRunning(paths)
  if (start !== undefined && isAlive(start)) {
    throw new Error(`another npm start runs in ${paths.root}, pid ${start.pid}: end it there with Ctrl-C`)
  }
  if (daemon === undefined || !isAlive(daemon)) return undefined
  signal(daemon, 'SIGTERM')
  for (const end = Date.now() + END_TIMEOUT_MS; isAlive(daemon) && Date.now() < end; ) await wait(50)
  signal(daemon, 'SIGKILL')
  return daemon.pid
}

/** Remembers this process, and its daemon once there is one. */
export async function rememberRunning(paths: Paths, daemonPid?: number): Promise<void> {
  const running: Running = {
    start: processId(process.pid),
    daemon: daemonPid === undefined ? undefined : processId(daemonPid),
  }
  await mkdir(dirname(file(paths)), { recursive: true })
  await writeFile(file(paths), JSON.stringify(running))
}

/** Nothing of ours runs any more. */
export async function forgetRunning(paths: Paths): Promise<void> {
  await rm(file(paths), { force: true })
}

async function readRunning(paths: Paths): Promise<Running> {
  const text = await readFile(file(paths), 'utf8').catch(error => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '{}'
    throw error
  })
  return JSON.parse(text) as Running
}

function file(paths: Paths): string {
  return join(supervisorFolder(paths), 'running.json')
}
