import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import t from 'tap'
import { createApp } from '../../src/app/app.js'
import { appOperations } from '../../src/app/operations.js'
import { createPaths } from '../../src/paths.js'
import { createLogger } from '../../src/system/log.js'

t.test('the status answers whatever is broken, and names it', async t => {
  const root = mkdtempSync(join(tmpdir(), 'house-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const paths = createPaths({ root, env: {} })
  for (const folder of [paths.spoolFolder, dirname(paths.configurationDb)])
    mkdirSync(folder, { recursive: true })
  const sink = new Writable({ write: (_part, _encoding, next) => next() })
  const log = createLogger({ format: 'json', output: sink })
  const app = createApp({ paths, env: {}, log, version: '0' })
  const operations = appOperations(app, { startedAt: new Date(), lookAtSpool: () => undefined })

  await app.spool.put('user-create', ['pluto'])
  writeFileSync(join(paths.spoolFolder, 'empty.json'), '')
  writeFileSync(join(paths.spoolFolder, 'other.json'), '{}')
  writeFileSync(paths.linksFile, '{')
  writeFileSync(paths.configurationDb, 'a line without the sign\n')
  const status = await operations.status()
  t.match(status.management, { state: 'refused', reason: /line 1/ })
  t.match(status.people.lastError, { message: /line 1/ })
  t.match(status.events, [
    { name: 'user-create', state: 'queued' },
    { id: 'empty.json', state: 'failed', message: /empty\.json: not JSON$/, hint: /remove it/ },
    { id: 'other.json', state: 'failed', message: /other\.json: id is not as it should be$/ },
  ])
})

t.test('settings do not wait for people, whose directory may hang', async t => {
  const root = mkdtempSync(join(tmpdir(), 'house-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const sink = new Writable({ write: (_part, _encoding, next) => next() })
  const log = createLogger({ format: 'json', output: sink })
  const app = createApp({ paths: createPaths({ root, env: {} }), env: {}, log, version: '0' })
  const operations = appOperations(app, { startedAt: new Date(), lookAtSpool: () => undefined })
  let release = () => {}
  const hanging = app.queues.people.run('hangs', () => new Promise<void>(resolve => (release = resolve)))
  const outcome = await operations.apply({ force: false })
  t.equal(outcome.plan.management.state, 'unmanaged')
  t.equal(app.queues.people.running, 'hangs')
  release()
  await hanging
})

t.test('who only looks at people does not wait for their queue, and who changes them does', async t => {
  const root = mkdtempSync(join(tmpdir(), 'house-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const sink = new Writable({ write: (_part, _encoding, next) => next() })
  const log = createLogger({ format: 'json', output: sink })
  const app = createApp({ paths: createPaths({ root, env: {} }), env: {}, log, version: '0' })
  const operations = appOperations(app, { startedAt: new Date(), lookAtSpool: () => undefined })
  let release = () => {}
  const hanging = app.queues.people.run('hangs', () => new Promise<void>(resolve => (release = resolve)))
  const looks: Record<string, () => Promise<unknown>> = {
    'users plan': () => operations.planUsers(),
    'users sync': () => operations.syncUsers({ confirm: false }),
    'users list': () => operations.listUsers(),
    'users report': () => operations.userReport({}),
    'users credentials': () => operations.credentials({ login: undefined, group: undefined }),
    'users relink': () => operations.relinkUsers({ names: [], forgetMissing: false, confirm: false }),
    'users ignore --dry-run': () => operations.changeLink({ action: 'ignore', name: 'ann', dryRun: true }),
    status: () => operations.status(),
  }
  for (const [name, look] of Object.entries(looks)) {
    // There is no Mattermost below this root: an answer may be an error, but it comes.
    await look().catch(() => undefined)
    t.equal(app.queues.people.running, 'hangs', `${name} has answered meanwhile`)
  }
  const order: string[] = []
  const writes = [
    operations.changeLink({ action: 'ignore', name: 'ann', dryRun: false }),
    operations.acceptHost(),
    operations.syncUsers({ confirm: true }),
  ].map((write, index) => write.catch(() => undefined).then(() => order.push(`write ${index}`)))
  order.push('let go')
  release()
  await hanging
  await Promise.all(writes)
  t.same(order, ['let go', 'write 0', 'write 1', 'write 2'])
})
