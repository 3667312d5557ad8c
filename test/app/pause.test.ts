import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { connectApi } from '../../src/api/client.js'
import { createApp } from '../../src/app/app.js'
import { appOperations } from '../../src/app/operations.js'
import { startDaemon } from '../../src/app/start.js'
import { createPaths } from '../../src/paths.js'
import { createLogger } from '../../src/system/log.js'

const notifier = {
  ready: () => undefined,
  status: () => undefined,
  stopping: () => undefined,
  watchdog: () => () => undefined,
}

/** A managed host below a folder: config.json is written, services are not touched, no Mattermost answers. */
function open(t: Test) {
  const root = mkdtempSync(join(tmpdir(), 'pause-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const paths = createPaths({ root, env: {} })
  mkdirSync(dirname(paths.configurationDb), { recursive: true })
  const setPort = (port: number) =>
    writeFileSync(
      paths.configurationDb,
      `mattermost=service|status|enabled|VirtualHost|chat.example.org|WebServer|none|ListenPort|${port}\n`,
    )
  const said: string[] = []
  const output = new Writable({
    write: (part, _encoding, next) => {
      said.push(String(part))
      next()
    },
  })
  const config = join(root, 'opt/mattermost/config/config.json')
  return {
    root,
    paths,
    setPort,
    said,
    address: () =>
      existsSync(config) ? JSON.parse(readFileSync(config, 'utf8')).ServiceSettings.ListenAddress : undefined,
    app: () => createApp({ paths, env: {}, log: createLogger({ format: 'json', output }), version: '0' }),
  }
}

async function until(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(50)) if (await look()) return
  throw new Error(`it never came to be: ${what}`)
}

t.test('while it is paused only queueing goes on, also over a restart; resume catches up', async t => {
  const site = open(t)
  site.setPort(8065)
  const app = site.app()
  let daemon = await startDaemon(app, notifier)
  t.teardown(() => daemon.stop())
  await until('the first settings are applied', () => site.address() === '127.0.0.1:8065')

  const client = async () => {
    const api = await connectApi(site.paths, '0')
    if (api === undefined) throw new Error('no daemon was found')
    t.teardown(() => api.close())
    return api
  }
  let api = await client()
  await api.pause({ reason: 'upgrade of PostgreSQL', forMs: undefined })
  site.setPort(8066)
  const event = await app.spool.put('user-create', ['pluto'])
  await api.lookAtSpool()
  t.match(await api.eventReport({ id: event.id, wait: 30_000 }), {
    state: 'queued',
    message: /^queued: paused since .*: upgrade of PostgreSQL$/,
    hint: /teamchat resume/,
  })
  const refused = { code: 'paused', exitCode: 75, message: /: paused since .*: upgrade of PostgreSQL$/ }
  await t.rejects(api.apply({ force: false }), { ...refused, hint: /apply --force/ })
  await t.rejects(api.adopt({ dryRun: false, vhost: false }), refused)
  await t.rejects(api.syncUsers({ confirm: true }), refused)
  await t.rejects(
    api.importUsers({ password: undefined }, async () => undefined),
    refused,
  )
  t.match(await api.plan(), { notes: [/^paused since .*upgrade/], files: [{ change: 'change' }] })
  t.match(await api.status(), { pause: { reason: 'upgrade of PostgreSQL' }, events: [{ state: 'queued' }] })

  await daemon.stop()
  const next = site.app()
  daemon = await startDaemon(next, notifier)
  api = await client()
  // The next daemon has looked at everything once it has said so; what it then does it does in this order.
  await until('the pause is told', () => site.said.filter(line => line.includes('upgrade of')).length >= 2)
  await api.lookAtSpool()
  t.match(await api.status(), { pause: { reason: 'upgrade of PostgreSQL' }, events: [{ state: 'queued' }] })
  t.equal(site.address(), '127.0.0.1:8065', 'nothing was written')

  t.match(await api.resume(), { pause: { reason: 'upgrade of PostgreSQL' } })
  await until('the settings are caught up', () => site.address() === '127.0.0.1:8066')
  await until('the event is looked at', async () => {
    const { events } = await api.status()
    return events[0]?.state === 'waiting'
  })
  t.match(await api.status(), { pause: undefined })
  t.same(await api.resume(), {})
})

t.test('a pause with an end is over by itself', async t => {
  const site = open(t)
  const app = site.app()
  await appOperations(app, undefined).pause({ reason: 'a moment', forMs: 3000 })
  site.setPort(8067)
  const daemon = await startDaemon(app, notifier)
  t.teardown(() => daemon.stop())
  await until('the pause is told', () => site.said.some(line => line.includes('a moment')))
  t.equal(site.address(), undefined)
  await until('the settings are applied', () => site.address() === '127.0.0.1:8067')
  t.equal((await app.pause.read())?.reason, undefined)
})

t.test('without a daemon a command respects the pause; apply --force goes through', async t => {
  const site = open(t)
  site.setPort(8065)
  const operations = appOperations(site.app(), undefined)
  await operations.pause({ reason: 'by hand', forMs: undefined })
  await t.rejects(operations.apply({ force: false }), { code: 'paused' })
  t.equal(site.address(), undefined)
  t.match(await operations.apply({ force: true }), { state: 'applied' })
  t.equal(site.address(), '127.0.0.1:8065')
  t.match(await operations.status(), { pause: { reason: 'by hand' } }, 'the pause stays')
})
