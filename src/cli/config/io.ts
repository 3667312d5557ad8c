import { writeSync } from 'node:fs'
import type { Paths } from '../../paths.js'

/** Where bytes go: a stream, or something quicker that has no events. */
export interface Output {
  write(bytes: Uint8Array, done: (error?: Error | null) => void): unknown
  once?(event: 'error', listener: (error: Error) => void): unknown
  removeListener?(event: 'error', listener: (error: Error) => void): unknown
}

/** Writes and waits until the bytes are out. A full disk is an error, a closed pipe (`| head`) is not. */
export function print(output: Output, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: Error | null) => {
      if (error && (error as NodeJS.ErrnoException).code !== 'EPIPE') reject(error)
      else resolve()
    }
    // A stream tells its callback and its listeners; without a listener the process would end.
    output.once?.('error', finish)
    output.write(bytes, error => {
      finish(error)
      if (!error) output.removeListener?.('error', finish)
    })
  })
}

/**
 * This process for `runConfig`: Node takes 2 to 4 ms to make each of its streams, so input and errors are made when
 * they are first used (do not spread the object), and output goes straight to its descriptor.
 */
export function processIo(paths: Paths): ConfigIo {
  return {
    get stdin() {
      return process.stdin
    },
    get stderr() {
      return process.stderr
    },
    stdout: directOutput,
    env: process.env,
    paths,
  }
}

const directOutput: Output = {
  write(bytes, done) {
    let written = 0
    try {
      while (written < bytes.length) written += writeSync(1, bytes, written)
      done()
    } catch (error) {
      // A pipe that does not block is full: only a stream can wait for it.
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
        print(process.stdout, bytes.subarray(written)).then(() => done(), done)
      } else done(error as Error)
    }
  },
}

/** The streams and paths of a command: of the real process (`processIo` is the quick way to it), or a test. */
export interface ConfigIo {
  stdin: NodeJS.ReadableStream
  stdout: Output
  stderr: Output
  env: NodeJS.ProcessEnv
  paths: Paths
}

/** The DB that a command works on. */
export interface DbTarget {
  path: string
  /** How the command was called, for messages: `teamchat config`, `teamchat db NAME`. */
  program: string
  /** The DB that teamchatd reads: only there known properties are checked and described. */
  isConfiguration: boolean
}
