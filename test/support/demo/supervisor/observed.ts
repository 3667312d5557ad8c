import { open } from 'node:fs/promises'
import { isAlive } from './process.js'
import type { UnitDefinition, UnitFolder, UnitState } from './unit.js'

/** systemd's words for what a unit is doing. */
export interface Observed {
  active: 'active' | 'activating' | 'deactivating' | 'inactive' | 'failed'
  sub: string
  mainPid: number
  /** 0: no job waits. */
  jobId: number
}

/** Looks at the process and its log; nothing is believed only because a file says it. */
export async function observe(
  folder: UnitFolder,
  name: string,
  unit: UnitDefinition,
  state: UnitState,
): Promise<Observed> {
  const { main, job } = state
  if (unit.exec === undefined) {
    return state.started
      ? { active: 'active', sub: 'running', mainPid: 0, jobId: 0 }
      : { active: 'inactive', sub: 'dead', mainPid: 0, jobId: 0 }
  }
  const jobId = job?.id ?? 0
  if (main !== undefined && isAlive(main)) {
    if (state.stopping) return { active: 'deactivating', sub: 'stop-sigterm', mainPid: main.pid, jobId }
    const ready = await isReady(folder.logFile(name), unit.readyWords, state.logStart)
    if (ready) return { active: 'active', sub: 'running', mainPid: main.pid, jobId: 0 }
    return { active: 'activating', sub: 'start', mainPid: main.pid, jobId }
  }
  if (state.stopping && job?.verb === 'restart') {
    return { active: 'deactivating', sub: 'stop-sigterm', mainPid: 0, jobId }
  }
  if (main === undefined || state.stopping) return { active: 'inactive', sub: 'dead', mainPid: 0, jobId: 0 }
  return { active: 'failed', sub: 'failed', mainPid: 0, jobId: 0 }
}

async function isReady(logFile: string, words: string | undefined, from: number): Promise<boolean> {
  if (words === undefined) return true
  const log = await open(logFile, 'r')
  try {
    const { size } = await log.stat()
    if (size <= from) return false
    const buffer = Buffer.alloc(size - from)
    const { bytesRead } = await log.read(buffer, 0, buffer.length, from)
    return buffer.subarray(0, bytesRead).includes(words)
  } finally {
    await log.close()
  }
}
