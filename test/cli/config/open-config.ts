import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import type { Test } from 'tap'
import { runConfig, runDb } from '../../../src/cli/config/run.js'
import { createPaths } from '../../../src/paths.js'

export interface Run {
  status: number
  stdout: string
  stderr: string
}

/** A configuration DB with these lines below a root of its own, and a way to run commands on it. */
export function openConfig(t: Test, lines: string, env: NodeJS.ProcessEnv = {}) {
  const root = t.testdir({})
  const paths = createPaths({ root, env })
  const runWith =
    (run: typeof runConfig) =>
    async (argv: string[], input = ''): Promise<Run> => {
      const [stdout, stderr] = [collector(), collector()]
      const stdin = Readable.from([Buffer.from(input, 'latin1')])
      const status = await run(argv, { stdin, stdout, stderr, env, paths })
      return { status, stdout: stdout.text(), stderr: stderr.text() }
    }
  mkdirSync(dirname(paths.configurationDb), { recursive: true })
  writeFileSync(paths.configurationDb, lines, 'latin1')
  return {
    root,
    path: paths.configurationDb,
    /** Runs `teamchat config ARGV`; texts are latin1, a character a byte. */
    run: runWith(runConfig),
    /** Runs `teamchat db ARGV`. */
    db: runWith(runDb),
  }
}

/** Takes any amount, unlike a stream that nobody reads. */
function collector() {
  const parts: Uint8Array[] = []
  return {
    write(bytes: Uint8Array, done: () => void) {
      parts.push(bytes)
      done()
    },
    text: () => Buffer.concat(parts).toString('latin1'),
  }
}
