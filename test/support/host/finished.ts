import type { ChildProcess } from 'node:child_process'

/** How a command ended. `status` is 128 + n where signal n ended it, as in a shell. */
export interface Finished {
  status: number
  stdout: string
  stderr: string
  timedOut: boolean
}

/** Signals that end commands in tests, by number. */
const signalNumbers: Record<string, number> = { SIGHUP: 1, SIGINT: 2, SIGABRT: 6, SIGKILL: 9, SIGTERM: 15 }

/** Feeds a started command, reads all its output as UTF-8 and waits for its end. Throws when it did not start. */
export function finished(
  child: ChildProcess,
  { input, timeoutMs }: { input?: string | Buffer | undefined; timeoutMs?: number } = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    let timedOut = false
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true
            child.kill('SIGKILL')
          }, timeoutMs)
    child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
    // A command may end before it has read its input; its status tells whether that was right.
    child.stdin?.on('error', error => stderr.push(Buffer.from(`(input: ${error.message})`)))
    child.stdin?.end(input)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({
        status: code ?? 128 + (signalNumbers[signal ?? ''] ?? 0),
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
        timedOut,
      })
    })
  })
}
