import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import type { Test } from 'tap'
import { runConfig } from '../../../src/cli/config/run.js'
import { createPaths } from '../../../src/paths.js'

export interface Run {
  status: number
  stdout: string
  stderr: string
}

/** A configuration DB with these lines below a root of its own, and a way to run commands on it. */
export function openConfig(t: Test, lines: string) {
  const root = t.testdir({})
  const paths = createPaths({ root, env: {} })
  mkdirSync(dirname(paths.configurationDb), { recursive: true })
  writeFileSync(paths.configurationDb, lines, 'latin1')
  return {
    root,
    path: paths.configurationDb,
    /** Runs `teamchat config ARGV`; texts are latin1, a character a byte. */
    async run(argv: string[], input = ''): Promise<Run> {
      const stdout = new PassThrough()
      const stderr = new PassThrough()
      const status = await runConfig(argv, {
        stdin: Readable.from([Buffer.from(input, 'latin1')]),
        stdout,
        stderr,
        env: {},
        paths,
      })
      return { status, stdout: textOf(stdout), stderr: textOf(stderr) }
    },
  }
}

function textOf(stream: PassThrough): string {
  return ((stream.read() as Buffer | null) ?? Buffer.alloc(0)).toString('latin1')
}
