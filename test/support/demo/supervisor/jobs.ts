import { setTimeout as wait } from 'node:timers/promises'
import { observe } from './observed.js'
import { isAlive, signal, startDetached } from './process.js'
import type { UnitDefinition, UnitFolder, UnitState } from './unit.js'

const LOOK_EVERY_MS = 50
/** systemd's TimeoutStopSec is 90 s; nobody who tries something out waits that long. */
const STOP_TIMEOUT_MS = 10_000
/** A server that is not ready by then never will be. */
const START_TIMEOUT_MS = 60_000

export type JobVerb = 'start' | 'stop' | 'restart'

/** Begins a job: whatever can be done at once is done, and a job that was under way is replaced. Gives its id. */
export async function beginJob(
  folder: UnitFolder,
  name: string,
  unit: UnitDefinition,
  verb: JobVerb,
): Promise<number> {
  const state = await folder.change(name, async before => {
    const job = { id: await folder.nextJobId(), verb }
    if (unit.exec === undefined) {
      await folder.note(`${verb} ${name}: only noted, ${unit.description}`)
      return { ...before, started: verb !== 'stop', job }
    }
    const lives = before.main !== undefined && isAlive(before.main)
    if (!lives)
      return verb === 'stop' ? stopped({ ...before, job }) : started(folder, name, unit, before, job)
    if (verb === 'start' && !before.stopping) return { ...before, job }
    // A start while the old process still ends is, as with systemd, done after it has.
    if (before.main !== undefined) signal(before.main, 'SIGTERM')
    return { ...before, stopping: true, job: verb === 'start' ? { ...job, verb: 'restart' } : job }
  })
  return state.job?.id ?? 0
}

/** Sees a job through. True: the unit is as the job wanted it, or the job was replaced or cancelled. */
export async function finishJob(
  folder: UnitFolder,
  name: string,
  unit: UnitDefinition,
  id: number,
): Promise<boolean> {
  if (unit.exec === undefined) return true
  const begun = Date.now()
  for (;;) {
    const state = await folder.state(name)
    if (state.job?.id !== id) return true
    if (state.stopping) {
      if (state.main !== undefined && isAlive(state.main)) {
        if (Date.now() - begun > STOP_TIMEOUT_MS) signal(state.main, 'SIGKILL')
      } else if (!(await afterStop(folder, name, unit, id))) return false
    } else {
      const { active } = await observe(folder, name, unit, state)
      if (active !== 'activating') return state.job.verb === 'stop' || active === 'active'
      if (Date.now() - begun > START_TIMEOUT_MS) return false
    }
    await wait(LOOK_EVERY_MS)
  }
}

/** Forgets a job; what it has begun goes on. False: there is no such job. */
export async function cancelJob(folder: UnitFolder, names: readonly string[], id: number): Promise<boolean> {
  for (const name of names) {
    const unit = await folder.definition(name)
    if (unit === undefined) continue
    const { jobId } = await observe(folder, name, unit, await folder.state(name))
    if (jobId !== id) continue
    await folder.change(name, state => ({ ...state, job: undefined }))
    await folder.note(`cancel job ${id} of ${name}`)
    return true
  }
  return false
}

async function afterStop(
  folder: UnitFolder,
  name: string,
  unit: UnitDefinition,
  id: number,
): Promise<boolean> {
  const state = await folder.change(name, async now => {
    if (now.job?.id !== id) return now
    await folder.note(`${name} has ended`)
    return now.job.verb === 'restart' ? started(folder, name, unit, stopped(now), now.job) : stopped(now)
  })
  return state.job?.verb !== 'restart' || state.main !== undefined
}

function stopped(state: UnitState): UnitState {
  return { ...state, main: undefined, stopping: false }
}

async function started(
  folder: UnitFolder,
  name: string,
  unit: UnitDefinition,
  before: UnitState,
  job: UnitState['job'],
): Promise<UnitState> {
  const { id, logStart } = await startDetached(unit.exec ?? [], {
    cwd: unit.workingDirectory,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', ...unit.environment },
    logFile: folder.logFile(name),
  })
  await folder.note(`${name} was started${id === undefined ? '' : `, pid ${id.pid}`}`)
  // Ended at once: a process that never was counts as failed.
  return { ...before, main: id ?? { pid: 0, startTime: '' }, stopping: false, logStart, job }
}
