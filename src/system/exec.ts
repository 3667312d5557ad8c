import { spawn } from 'node:child_process'
import { TeamchatError } from '../errors.js'

export interface ExecResult {
  /** Exit status; -1 where a signal ended it. */
  status: number
  stdout: string
  stderr: string
}

export interface ExecOptions {
  input?: string
  /** Milliseconds; the whole process group is killed afterwards. Every child has one: a hung child hangs nobody. */
  timeoutMs?: number
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** Ends it, with its process group, as the time limit does. */
  signal?: AbortSignal
}

export type Exec = (command: string, args: readonly string[], options?: ExecOptions) => Promise<ExecResult>

const DEFAULT_TIMEOUT_MS = 30_000
/** No child of ours prints more that matters; the rest is dropped, so that none can fill the memory. */
const OUTPUT_LIMIT = 4 * 1024 * 1024

/**
 * Runs a program without a shell and gives its exit status, whatever it is.
 * Throws `failed` where it cannot be started (the cause holds ENOENT), did not end in time, or was stopped.
 * Secrets go through `input` or files, never through `args`: everybody can read those.
 */
export const exec: Exec = (command, args, options = {}) =>
  new Promise((resolve, reject) => {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
    const child = spawn(command, args, {
      // A group of its own, so that a time-out ends its children as well.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    })
    let ended: string | undefined
    const end = (why: string) => {
      ended = why
      killGroup(child.pid)
    }
    const timer = setTimeout(() => end(`it did not end within ${timeoutMs / 1000} s`), timeoutMs)
    const stop = () => end('it was stopped')
    options.signal?.addEventListener('abort', stop, { once: true })
    if (options.signal?.aborted) stop()
    const release = () => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', stop)
    }
    const stdout = collect(child.stdout)
    const stderr = collect(child.stderr)
    const settle = (status: number) => {
      release()
      if (ended !== undefined) {
        reject(new TeamchatError('failed', `cannot run ${command}: ${ended}`))
      } else {
        resolve({ status, stdout: stdout(), stderr: stderr() })
      }
    }
    child.on('error', cause => {
      release()
      reject(new TeamchatError('failed', `cannot run ${command}: ${cause.message}`, { cause }))
    })
    // 'exit' and a short grace, not 'close': a daemon that the child started may keep the pipes open for ever.
    child.on('exit', code => {
      const done = setTimeout(() => settle(code ?? -1), 200)
      child.on('close', () => {
        clearTimeout(done)
        settle(code ?? -1)
      })
    })
    child.stdin.on('error', () => undefined) // the child may end without reading its input
    child.stdin.end(options.input ?? '')
  })

function collect(stream: NodeJS.ReadableStream): () => string {
  const parts: Buffer[] = []
  let size = 0
  stream.on('data', (part: Buffer) => {
    if (size < OUTPUT_LIMIT) parts.push(part)
    size += part.length
  })
  return () => Buffer.concat(parts).toString('utf8')
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
