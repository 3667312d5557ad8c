import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import t, { type Test } from 'tap'
import { command as signalEvent } from '../../src/cli/commands/signal-event.js'
import { Spool } from '../../src/events/spool.js'
import { createPaths } from '../../src/paths.js'
import { commandContext } from '../support/command-operations.js'

function eventContext(t: Test) {
  const said: string[] = []
  const stream = new Writable({
    write: (part, _encoding, next) => {
      said.push(String(part))
      next()
    },
  })
  // Short: the test's own socket has 107 bytes for its path.
  const root = mkdtempSync(join(tmpdir(), 'signal-event-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const paths = createPaths({ root, env: {} })
  const io = { stdin: process.stdin, stdout: stream, stderr: stream, env: {} }
  return { said, paths, context: commandContext({ io, paths }) }
}

const pluto = {
  options: { noWait: false, json: false },
  operands: { name: 'user-create', args: ['pluto'] },
}

t.test('without a daemon the event is on disk, and that is no failure', async t => {
  const { said, paths, context } = eventContext(t)
  t.equal(await signalEvent.run(context, pluto), 0)
  t.match(said.join(''), /queued: the daemon is not running/)
  t.match((await new Spool(paths.spoolFolder, paths.root).queued()).events, [{ args: ['pluto'] }])
})

t.test('a daemon that goes away while it is asked: the event is queued all the same', async t => {
  const { said, paths, context } = eventContext(t)
  mkdirSync(dirname(paths.apiSocket), { recursive: true })
  const daemon = createServer((request, answer) => {
    if (request.url?.startsWith('/v1/events/') && request.method === 'GET') answer.destroy()
    else answer.end('{}')
  })
  await new Promise<void>(resolve => daemon.listen(paths.apiSocket, resolve))
  t.teardown(() => daemon.close())
  t.equal(await signalEvent.run(context, pluto), 0)
  t.match(said.join(''), /queued: the daemon has stopped meanwhile\n {2}teamchatd handles it once it runs/)
})

t.test('an event that could not be queued is told as such', async t => {
  const { paths, context } = eventContext(t)
  // A file where the folder should be stands for all that can be wrong with a disk.
  mkdirSync(dirname(paths.stateFolder), { recursive: true })
  writeFileSync(paths.stateFolder, '')
  await t.rejects(signalEvent.run(context, pluto), { message: /^cannot /, hint: /not queued.*fire it again/ })
})

t.test('who may not write the spool is told so', async t => {
  const { paths, context } = eventContext(t)
  mkdirSync(paths.spoolFolder, { recursive: true })
  chmodSync(paths.root, 0o755)
  chmodSync(paths.spoolFolder, 0o500)
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  try {
    await t.rejects(signalEvent.run(context, pluto), { code: 'notAllowed', message: /for root alone$/ })
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
})
