import { join } from 'node:path'
import t from 'tap'
import { parseServerAddress, tlsTrust } from '../../../src/directory/ldap/address.js'

t.test('addresses', async t => {
  const cases: [uri: string, host: string, port: number, url: string][] = [
    ['ldap://127.0.0.1', '127.0.0.1', 389, 'ldap://127.0.0.1:389'],
    ['ldaps://LDAP.example.org/', 'ldap.example.org', 636, 'ldaps://ldap.example.org:636'],
    ['LDAP://x:3389', 'x', 3389, 'ldap://x:3389'],
    ['ldap://[::1]:390', '::1', 390, 'ldap://[::1]:390'],
  ]
  for (const [uri, host, port, url] of cases) {
    t.match(parseServerAddress(uri), { host, port, url, scheme: url.split(':')[0] }, uri)
  }
})

t.test('what is not an address of one server', async t => {
  const bad = [
    '',
    'ldap://',
    'http://x',
    'ldapi://run/ldapi',
    'ldapi://%2Frun%2F..%2Fldapi',
    'ldapi://%ZZ',
    'ldap://a ldap://b',
    'ldap://a,ldap://b',
    'ldap://x:0',
    'ldap://x:70000',
    'ldap://x/dc=y',
    'ldap://u:p@x',
    'ldap://[::zz]',
    'ldap://[1.2]',
    'ldap://x\ny',
  ]
  for (const uri of bad) {
    t.throws(() => parseServerAddress(uri), { code: 'directory.invalid' }, JSON.stringify(uri))
  }
})

t.test('Unix sockets', async t => {
  const cases: [uri: string, path: string, url: string][] = [
    ['ldapi:///run/ldapi', '/run/ldapi', 'ldapi://%2Frun%2Fldapi'],
    ['ldapi://%2Frun%2Fldapi', '/run/ldapi', 'ldapi://%2Frun%2Fldapi'],
    ['LDAPI://%2frun%2fldapi/', '/run/ldapi', 'ldapi://%2Frun%2Fldapi'],
    ['ldapi:///', '', 'ldapi://'],
    ['ldapi://', '', 'ldapi://'],
  ]
  for (const [uri, path, url] of cases) {
    t.match(parseServerAddress(uri), { scheme: 'ldapi', path, url, host: '', port: 0 }, uri)
  }
})

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
