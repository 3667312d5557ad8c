import { join } from 'node:path'
import t from 'tap'
import { tlsTrust } from '../../../src/directory/ldap/tls-trust.js'

t.test('the host is always named, and as SNI only where it is a name', async t => {
  const cases: [host: string, servername: string | undefined][] = [
    ['ldap.example.org', 'ldap.example.org'],
    ['127.0.0.1', undefined],
    ['::1', undefined],
  ]
  for (const [host, servername] of cases) {
    const trust = await tlsTrust({ host, caFile: '', verify: true })
    t.match(trust, { host, servername, rejectUnauthorized: true }, host)
  }
})

t.test('the CA of the file takes the place of all others', async t => {
  const pem = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n'
  const folder = t.testdir({ 'ca.pem': pem, 'key.pem': '-----BEGIN PRIVATE KEY-----\n' })
  t.equal((await tlsTrust({ host: 'x', caFile: join(folder, 'ca.pem'), verify: true })).ca, pem)
  for (const [name, message] of [
    ['key.pem', /key\.pem: no PEM certificate in it/],
    ['missing.pem', /missing\.pem: ENOENT/],
  ] as const) {
    const trust = tlsTrust({ host: 'x', caFile: join(folder, name), verify: true })
    await t.rejects(trust, { code: 'directory.invalid', message })
  }
})

t.test('without verification nothing is looked at', async t => {
  t.strictSame(await tlsTrust({ host: 'x', caFile: '/does/not/exist', verify: false }), {
    host: 'x',
    servername: 'x',
    rejectUnauthorized: false,
  })
})
