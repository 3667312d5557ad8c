import { once } from 'node:events'
import { statSync } from 'node:fs'
import t from 'tap'
import { WebSocket } from 'ws'
import { freePort } from '../free-port.js'
import { type Mattermost, needsStandIn, startMattermost } from './start.js'

const PASSWORD = 'Password,1234'

function person(username: string) {
  return { username, email: `${username}@example.org`, password: PASSWORD, email_verified: true }
}

async function create(server: Mattermost, username: string): Promise<string> {
  const { status, body } = await server.api('POST', '/users', person(username))
  if (status !== 201) throw new Error(`cannot create ${username}: ${JSON.stringify(body)}`)
  return (body as { id: string }).id
}

async function names(server: Mattermost): Promise<string[]> {
  const { body } = await server.api('GET', '/users?per_page=200')
  return (body as { username: string }[]).map(user => user.username)
}

t.test('users, teams and sessions outlive kill -9', async t => {
  const server = await startMattermost(t)
  const pluto = await create(server, 'pluto')
  await create(server, 'minnie')
  await server.api('POST', '/teams', { name: 'example', display_name: 'Example', type: 'O' })
  const { token } = await server.login('pluto', PASSWORD)
  await server.kill()
  await t.rejects(server.api('GET', '/system/ping'), 'nobody answers')
  await server.start()
  t.same(await names(server), ['minnie', 'pluto'])
  t.equal((await server.api('GET', '/teams/name/example')).status, 200)
  t.match(await server.overTcp('GET', '/users/me', undefined, token), { status: 200, body: { id: pluto } })
  t.equal((await server.login('minnie', PASSWORD)).ok, true)
  t.equal((await server.login('minnie', 'wrong')).ok, false)
  t.equal(statSync(server.socketPath).mode & 0o777, 0o600)
})

t.test('deactivation ends sessions at once', async t => {
  const server = await startMattermost(t)
  const pluto = await create(server, 'pluto')
  const { token, ok } = await server.login('pluto@example.org', PASSWORD)
  t.equal(ok, true)
  await server.api('PUT', `/users/${pluto}/active`, { active: false })
  t.equal((await server.overTcp('GET', '/users/me', undefined, token)).status, 401)
  t.match(await server.login('pluto', PASSWORD), { ok: false, status: 401 })
})

t.test('DELETE /users removes everybody', async t => {
  const server = await startMattermost(t)
  await create(server, 'pluto')
  await create(server, 'minnie')
  t.match(await server.api('DELETE', '/users'), { status: 200, body: { status: 'OK' } })
  t.same(await names(server), [])
  t.match(await server.api('GET', '/config/client?format=old'), { body: { NoAccounts: 'true' } })
})

t.test('a path that is not clean is sent to the clean one', async t => {
  if (!needsStandIn(t)) return
  const server = await startMattermost(t)
  for (const path of ['/users/.', '//users', '/users/x/..']) {
    const { status, headers } = await server.api('DELETE', path)
    t.match({ status, location: headers.location }, { status: 301, location: '/api/v4/users' }, path)
  }
})

t.test('rules hold for other input than the recorded', async t => {
  const server = await startMattermost(t, {
    config: {
      PasswordSettings: { MinimumLength: 6, Lowercase: true, Uppercase: true, Number: true, Symbol: true },
      TeamSettings: { RestrictCreationToDomains: '@example.org, corp.example' },
    },
  })
  const refused = async (more: Record<string, unknown>) => {
    const { body } = await server.api('POST', '/users', { ...person('donald'), ...more })
    return (body as { id: string }).id
  }
  t.equal(await refused({ password: 'aaaaaa' }), 'model.user.is_valid.pwd_uppercase_number_symbol.app_error')
  t.equal(await refused({ password: 'AAAA11' }), 'model.user.is_valid.pwd_lowercase_symbol.app_error')
  t.equal(await refused({ password: 'aA1,' }), 'model.user.is_valid.pwd_min_length.app_error')
  t.equal(await refused({ email: 'd@sub.corp.example' }), 'api.user.create_user.accepted_domain.app_error')
  t.equal(await refused({ username: 'system' }), 'model.user.is_valid.username.app_error')
  t.equal(await refused({ email: 'a..b@example.org' }), 'model.user.is_valid.email.app_error')
  t.equal(await refused({ username: 7 }), 'api.context.invalid_body_param.app_error')
  t.equal((await server.api('POST', '/users', { ...person('daisy'), email: 'd@corp.example' })).status, 201)
})

t.test('a new address waits for the restart, local mode that is off says so at once', async t => {
  const server = await startMattermost(t)
  const before = server.tcpUrl
  const port = await freePort()
  await server.api('PUT', '/config/patch', {
    ServiceSettings: { ListenAddress: `127.0.0.1:${port}`, EnableLocalMode: false },
  })
  t.equal((await server.overTcp('GET', '/system/ping')).status, 200, 'the old port still answers')
  t.equal(
    (await server.api('POST', '/users', person('pluto'))).status,
    201,
    'nobody is there yet: the wizard',
  )
  t.match(await server.api('POST', '/users', person('minnie')), {
    status: 403,
    body: { id: 'api.user.create_user.no_open_server' },
  })
  t.equal((await server.api('GET', '/users')).status, 200)
  await server.restart()
  t.equal(server.tcpUrl, `http://127.0.0.1:${port}`)
  t.not(server.tcpUrl, before)
  await t.rejects(server.api('GET', '/system/ping'), 'no socket without local mode')
})

t.test('a WebSocket is greeted', async t => {
  const server = await startMattermost(t)
  await create(server, 'pluto')
  const { token } = await server.login('pluto', PASSWORD)
  const url = `${server.tcpUrl.replace('http', 'ws')}/api/v4/websocket`
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } })
  const [message] = (await once(socket, 'message')) as [Buffer]
  t.match(JSON.parse(message.toString()), { event: 'hello' })
  socket.terminate()
})
