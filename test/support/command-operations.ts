import { PassThrough } from 'node:stream'
import type { Test } from 'tap'
import { createPaths } from '../../src/paths.js'
import type { Operations } from '../../src/stories/operations.js'

/** What a command needs around it, with a house that offers these operations and nothing else. */
export function commandOperations(t: Pick<Test, 'testdir'>, operations: Partial<Operations>) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const io = { stdin: new PassThrough(), stdout, stderr, env: {} }
  const surroundings = { io, version: '0', paths: createPaths({ root: t.testdir({}), env: {} }) }
  const doctor = async () => {
    throw new Error('nobody asks for it here')
  }
  const open = async () => ({
    operations: operations as Operations,
    doctor,
    testDirectory: doctor,
    close: async () => undefined,
  })
  const said = () => String(stdout.read()).trimEnd().split('\n')
  return { stdout, stderr, said, surroundings, open }
}
