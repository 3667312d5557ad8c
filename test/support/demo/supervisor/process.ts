import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'

/** A process for certain: its number may be given to another one, its number and start together never. */
export interface ProcessId {
  pid: number
  /** Clock ticks since boot, field 22 of /proc/PID/stat (proc(5)). */
  startTime: string
}

/** Whether it still runs; one that has ended and was not yet fetched by its parent does not. */
export function isAlive(id: ProcessId): boolean {
  return processId(id.pid)?.startTime === id.startTime
}

/** undefined: nothing runs under this number. */
export function processId(pid: number): ProcessId | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(String((error as NodeJS.ErrnoException).code))) return undefined
    throw error
  }
  // The name in parentheses may hold blanks; the fields are counted behind it, where the third is the first.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const startTime = fields[19]
  return startTime === undefined || fields[0] === 'Z' || fields[0] === 'X' ? undefined : { pid, startTime }
}

/** Sends a signal to exactly this process; one that has ended is no error. */
export function signal(id: ProcessId, name: NodeJS.Signals): void {
  if (!isAlive(id)) return
  try {
    process.kill(id.pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/**
 * Starts a process that outlives this one, in a session of its own, its output appended to `logFile`.
 * Gives it and the length of the log before it. Throws where the program cannot be started.
 */
export async function startDetached(
  command: readonly string[],
  options: { cwd?: string | undefined; env: Record<string, string>; logFile: string },
): Promise<{ id: ProcessId | undefined; logStart: number }> {
  const [program = '', ...args] = command
  const log = await open(options.logFile, 'a')
  try {
    const { size } = await log.stat()
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: options.env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    child.unref()
    return { id: processId(child.pid ?? 0), logStart: size }
  } finally {
    await log.close()
  }
}
