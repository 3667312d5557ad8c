import { PassThrough } from 'node:stream'
import type { Test } from 'tap'
import type { Operations } from '../../src/api/contract.js'
import type { CommandContext } from '../../src/cli/context.js'
import { createPaths } from '../../src/paths.js'

async function notAsked(): Promise<never> {
  throw new Error('nobody asks for it here')
}

/** What a command is given, with these parts in place of streams that nobody reads and an app that is not asked. */
export function commandContext(
  parts: Partial<CommandContext> & Pick<CommandContext, 'paths'>,
): CommandContext {
  const io = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough(), env: {} }
  return { io, version: '0', openApp: notAsked, runDaemon: notAsked, ...parts }
}

/** An app that offers these operations and nothing else. */
export function appOf(operations: Partial<Operations>): CommandContext['openApp'] {
  return async () => ({
    operations: operations as Operations,
    doctor: notAsked,
    testDirectory: notAsked,
    close: async () => undefined,
  })
}

/** The context of a command whose app offers these operations, and what the command has written. */
export function commandOperations(t: Pick<Test, 'testdir'>, operations: Partial<Operations>) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const io = { stdin: new PassThrough(), stdout, stderr, env: {} }
  const paths = createPaths({ root: t.testdir({}), env: {} })
  const said = () => String(stdout.read()).trimEnd().split('\n')
  return { stdout, stderr, said, context: commandContext({ io, paths, openApp: appOf(operations) }) }
}
