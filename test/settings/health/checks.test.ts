import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { requestSite } from '../../../src/services/site-request.js'
import type { UnitFacts } from '../../../src/services/systemd.js'
import {
  type AskSite,
  judgePing,
  otherSiteCheck,
  portCheck,
  siteCheck,
  socketCheck,
  unitCheck,
  webServerCheck,
} from '../../../src/settings/health/checks.js'
import { createCertificate, machineOpenssl } from '../../support/certificates.js'
import { needsStandIn, startMattermost } from '../../support/mattermost/start.js'

const never = new AbortController().signal

t.test('a unit: running, reloading, failed, missing', async t => {
  const facts = (given: Partial<UnitFacts>) => ({
    show: async () => ({ result: '', job: '', ...given }) as UnitFacts,
  })
  const said = (given: Partial<UnitFacts>) =>
    unitCheck('unit of Mattermost', 'chat.service', facts(given)).trouble(never)
  t.equal(await said({ activeState: 'active' }), undefined)
  t.equal(await said({ activeState: 'reloading' }), undefined)
  t.equal(await said({ activeState: 'activating' }), 'chat.service is activating')
  t.same(await said({ activeState: 'failed', result: 'exit-code' }), {
    lasting: 'chat.service is failed (exit-code)',
  })
  t.equal(await said({ activeState: 'inactive', job: '7' }), 'chat.service is inactive', 'a job is under way')
  t.equal(await said({ activeState: '' }), 'chat.service is not there')
})

t.test('the local socket', async t => {
  t.equal(await socketCheck('/s', async () => true).trouble(never), undefined)
  t.match(await socketCheck('/s', async () => false).trouble(never), /local socket \/s/)
})

for (const [answer, said] of [
  [{ status: 200, body: '{"status":"OK"}' }, undefined],
  [{ status: 200, body: '<html>It works</html>' }, 'HTTP 200'],
  [{ status: 301, body: '' }, 'HTTP 301'],
  [
    { status: 500, body: '{"database_status":"UNHEALTHY","filestore_status":"OK","status":"UNHEALTHY"}' },
    'its database is not well (HTTP 500)',
  ],
  [
    { status: 500, body: '{"database_status":"UNHEALTHY","filestore_status":"UNHEALTHY"}' },
    'its database and its filestore is not well (HTTP 500)',
  ],
  [{ status: 503, body: 'Service Unavailable' }, 'HTTP 503'],
] as const) {
  t.equal(judgePing(answer), said, `${answer.status} ${answer.body}`)
}

t.test('Mattermost on its port, as a server answers', async t => {
  const mattermost = await startMattermost(t)
  const port = Number(new URL(mattermost.tcpUrl).port)
  const at = (prefix: string) => portCheck({ host: '127.0.0.1', port, prefix }).trouble(never)
  t.equal(await at(''), undefined)
  t.equal(await at('/chat'), undefined, 'a path that counts from its next start on')
  if (needsStandIn(t)) {
    await mattermost.setFaults({ databaseDown: true })
    t.match(await at(''), /127\.0\.0\.1:\d+: its database is not well \(HTTP 500\)/)
  }
  await mattermost.stop()
  t.equal(await at(''), `Mattermost does not answer on 127.0.0.1:${port}: ECONNREFUSED`)
})

/** A server by TLS with a certificate of its own, and one without; questions for 443 and 80 go to them. */
async function servers(t: Test, answer: (host: string) => { status: number; body: string }) {
  const { certFile, keyFile } = await createCertificate(machineOpenssl, t.testdir({}), { name: 'site' })
  const options = { cert: readFileSync(certFile), key: readFileSync(keyFile) }
  const names: string[] = []
  const tls = createTlsServer(options, (request, reply) => {
    const said = answer(request.headers.host ?? '')
    reply.writeHead(said.status).end(said.body)
  })
  tls.on('secureConnection', socket => names.push(String(socket.servername)))
  const plain = createServer((request, reply) => {
    reply.writeHead(answer(request.headers.host ?? '').status).end()
  })
  const ports = new Map([
    [443, await listening(t, tls)],
    [80, await listening(t, plain)],
  ])
  const ask: AskSite = (question, signal) =>
    requestSite(
      { ...question, port: ports.get(question.port ?? (question.scheme === 'https' ? 443 : 80)) ?? 9 },
      signal,
    )
  const stop = () => Promise.all([tls, plain].map(server => new Promise(resolve => server.close(resolve))))
  return { ask, names, stop }
}

async function listening(t: Test, server: Server): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

t.test('sites by name, whatever certificate they show', async t => {
  const { ask, names, stop } = await servers(t, host => {
    if (host === 'chat.example.org') return { status: 200, body: '{"status":"OK"}' }
    if (host === 'broken.example.org') return { status: 502, body: 'no' }
    return { status: host === 'wiki.example.org' ? 403 : 404, body: 'no' }
  })
  const site = (host: string) => siteCheck({ host, prefix: '' }, ask).trouble(never)
  const other = (scheme: 'http' | 'https', host: string, port: number) =>
    otherSiteCheck({ scheme, host, port }, ask).trouble(never)
  t.equal(await site('chat.example.org'), undefined)
  t.same(names, ['chat.example.org'], 'the name of the handshake')
  t.match(await site('other.example.org'), /^https:\/\/other\.example\.org does not lead to Mattermost .*404/)
  t.equal(await other('https', 'wiki.example.org', 443), undefined, 'forbidden is an answer')
  t.equal(await other('http', 'wiki.example.org', 80), undefined)
  t.match(await other('https', 'broken.example.org', 443), /another site here, answers with HTTP 502/)
  t.match(await other('http', 'x.example.org', 81), /another site here, does not answer: \w/)
  t.equal(await webServerCheck(ask).trouble(never), undefined, 'any answer will do')
  await stop()
  t.match(await site('chat.example.org'), /ECONNREFUSED/)
  t.match(await webServerCheck(ask).trouble(never), /port 80: ECONNREFUSED/)
})
