import t from 'tap'
import { needsStandIn, startMattermost } from './start.js'

const pluto = { username: 'pluto', email: 'pluto@example.org', password: 'Password,1234' }

t.test('faults come and go at run time', async t => {
  if (!needsStandIn(t)) return
  const server = await startMattermost(t)

  await server.setFaults({ down: true })
  await t.rejects(server.api('GET', '/system/ping'), { code: 'ENOENT' })
  await t.rejects(server.overTcp('GET', '/system/ping'), { code: 'ECONNREFUSED' })
  await server.setFaults({})
  t.equal((await server.overTcp('GET', '/system/ping')).status, 200)

  await server.setFaults({ error500: 'POST /api/v4/users$' })
  t.equal((await server.api('POST', '/users', pluto)).status, 500)
  t.same((await server.api('GET', '/users')).body, [], 'nothing was done')

  await server.setFaults({ cut: 'POST /api/v4/users$' })
  await t.rejects(server.api('POST', '/users', pluto), { code: 'ECONNRESET' })
  await server.setFaults({})
  t.match(
    (await server.api('GET', '/users')).body,
    [{ username: 'pluto' }],
    'done, though the answer was cut',
  )

  await server.setFaults({ localModeOff: true })
  t.match(await server.api('POST', '/users', { ...pluto, username: 'x' }), {
    status: 403,
    body: { id: 'api.user.create_user.no_open_server' },
  })
  t.match(await server.api('POST', '/config/reload'), {
    status: 403,
    body: { id: 'api.context.permissions.app_error' },
  })
  t.equal((await server.api('GET', '/users')).status, 200, 'reads still work')
})

t.test('a slow server and a costly creation', async t => {
  if (!needsStandIn(t)) return
  const server = await startMattermost(t, { faults: { slowMs: 300 } })
  const before = Date.now()
  await server.api('GET', '/system/ping')
  t.ok(Date.now() - before >= 290, 'each answer waits')
  await server.setFaults({ slowMs: 0, creationCpuMs: 60 })
  t.equal((await server.api('POST', '/users', pluto)).status, 201)
})

t.test('a database that refuses, then lets in', async t => {
  if (!needsStandIn(t)) return
  const server = await startMattermost(t)
  await server.stop()
  await server.setFaults({ requireDataSource: 'postgres://another' })
  const started = server.start()
  while (!server.stderr().includes('waiting for the database'))
    await new Promise(resolve => setTimeout(resolve, 20))
  await t.rejects(server.api('GET', '/system/ping'), { code: 'ENOENT' })
  await server.setFaults({})
  await started
  t.equal((await server.api('GET', '/system/ping')).status, 200)
})
