import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { openApi } from '../../src/api/server.js'
import { createApp } from '../../src/app/app.js'
import { Releasers } from '../../src/app/releasers.js'
import { startDaemon } from '../../src/app/start.js'
import { createPaths } from '../../src/paths.js'
import { createLogger } from '../../src/system/log.js'
import type { Notifier } from '../../src/system/notify.js'
import { watchFile } from '../../src/system/watch.js'

/** What keeps a process alive or a file open, apart from the test's own streams. */
function openResources(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter(name => /^(FSEvent|PipeServer|Timeout|TCP|StatWatcher|FSReqCallback)/.test(name))
    .sort()
}

/** The open resources once they are as `before`, or after 5 s: handles are closed a turn of the loop later. */
async function resourcesAfter(before: string[]): Promise<string[]> {
  const end = Date.now() + 5_000
  while (Date.now() < end && openResources().join() !== before.join()) await nextTurn()
  return openResources()
}

function newApp(t: { teardown: (end: () => void) => void }) {
  const root = mkdtempSync(join(tmpdir(), 'start-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const paths = createPaths({ root, env: {} })
  mkdirSync(dirname(paths.configurationDb), { recursive: true })
  writeFileSync(paths.configurationDb, 'teamchatd=service|QuietMs|50\n')
  const lines: string[] = []
  const output = new Writable({
    write: (part, _encoding, next) => {
      lines.push(String(part))
      next()
    },
  })
  const log = createLogger({ format: 'json', output })
  return { paths, lines, app: createApp({ paths, env: {}, log, version: '0' }) }
}

type App = ReturnType<typeof newApp>

const quiet: Notifier = {
  ready: () => undefined,
  status: () => undefined,
  stopping: () => undefined,
  watchdog: () => () => undefined,
}

function fails(): never {
  throw new Error('planned failure')
}

/** Each step of the start that can fail, in order. */
const steps: Record<string, (app: App) => Parameters<typeof startDaemon>> = {
  'opening the spool': app => {
    mkdirSync(dirname(app.paths.spoolFolder), { recursive: true })
    writeFileSync(app.paths.spoolFolder, '')
    return [app.app, quiet]
  },
  'opening the API': app => [app.app, quiet, { openApi: async () => fails(), watchFile }],
  'watching the DB': app => [app.app, quiet, { openApi, watchFile: () => fails() }],
  'the first look of the watch': app => {
    const watchAndFail: typeof watchFile = (path, options) => ({
      ...watchFile(path, options),
      ready: Promise.reject(new Error('planned failure')),
    })
    return [app.app, quiet, { openApi, watchFile: watchAndFail }]
  },
  'starting the watchdog': app => [app.app, { ...quiet, watchdog: fails }],
  'saying READY': app => [app.app, { ...quiet, ready: fails }],
}

t.test('a start that fails half-way leaves nothing open', async t => {
  for (const [name, prepare] of Object.entries(steps)) {
    const app = newApp(t)
    const before = openResources()
    const error = await startDaemon(...prepare(app)).then(
      () => undefined,
      (thrown: Error) => thrown,
    )
    t.match(error?.message, name === 'opening the spool' ? /spool/ : /^planned failure$/, name)
    t.notOk(existsSync(app.paths.apiSocket), `${name}: no socket is left`)
    t.same(await resourcesAfter(before), before, `${name}: nothing is left open`)
  }
})

t.test('a daemon that was started closes everything when it stops', async t => {
  const app = newApp(t)
  const before = openResources()
  const daemon = await startDaemon(app.app, quiet)
  t.ok(existsSync(app.paths.apiSocket))
  t.not(openResources().length, before.length)
  await daemon.stop()
  await daemon.stop()
  t.notOk(existsSync(app.paths.apiSocket))
  t.same(await resourcesAfter(before), before)
  await t.rejects(
    app.app.queues.people.run('late', async () => undefined),
    /stopping/,
  )
})

t.test('parts are closed in reverse order, whatever one of them throws', async t => {
  const closed: string[] = []
  const said: string[] = []
  const opened = new Releasers(message => said.push(message))
  opened.add('first', () => closed.push('first'))
  opened.add('second', async () => {
    closed.push('second')
    throw new Error('it is stuck')
  })
  opened.add('third', async () => closed.push('third'))
  await opened.releaseAll()
  t.same(closed, ['third', 'second', 'first'])
  t.same(said, ['cannot close second: it is stuck'])
  await opened.releaseAll()
  t.equal(closed.length, 3)
})
