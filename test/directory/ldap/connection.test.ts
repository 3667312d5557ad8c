import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { parseServerAddress } from '../../../src/directory/ldap/address.js'
import { type ConnectionRequest, withConnection } from '../../../src/directory/ldap/connection.js'
import { accountFilter } from '../../../src/directory/ldap/filter.js'
import { TeamchatError } from '../../../src/errors.js'
import { result, startScriptedServer } from './scripted-ldap-server.js'

function wishFor(uri: string): ConnectionRequest {
  const server = parseServerAddress(uri)
  return {
    server,
    url: server.url,
    bindDn: 'cn=reader,dc=x',
    base: 'dc=x',
    pageSize: 100,
    startTls: false,
    tls: {},
    password: 'secret',
    timeoutMs: 300,
    signal: undefined,
  }
}

t.test('a lost connection is not made anew', async t => {
  let lost: Promise<void> = Promise.resolve()
  const server = await startScriptedServer(t, (request, socket) => {
    if (request.operation !== 'bind') return
    lost = new Promise(resolve => socket.on('close', () => resolve()))
    socket.end(result(request.id, 0x61))
  })
  await withConnection(wishFor(server.uri), async connection => {
    await lost
    // ldapts would connect again here, and search without having logged in.
    const everybody = connection.searchAll(accountFilter(), ['uid'], () => t.fail('an entry'))
    await t.rejects(everybody, { code: 'directory.unreachable' })
    await t.rejects(connection.searchSome(accountFilter(), ['uid'], 1), { code: 'directory.unreachable' })
  })
  await pause(20)
  t.equal(server.connections(), 1)
  t.equal(server.requests.length, 1)
})

t.test('it hangs up politely, also when the work fails', async t => {
  const server = await startScriptedServer(t, (request, socket) => {
    if (request.operation === 'bind') socket.write(result(request.id, 0x61))
  })
  const failure = new TeamchatError('failed', 'cannot do the work')
  const work = withConnection(wishFor(server.uri), async () => {
    throw failure
  })
  t.equal(await work.catch((error: unknown) => error), failure)
  t.equal(await withConnection(wishFor(server.uri), async () => 'done'), 'done')
  await pause(20)
  t.strictSame(
    server.requests.map(({ connection, operation }) => `${connection} ${operation}`),
    ['1 bind', '1 unbind', '2 bind', '2 unbind'],
  )
})
