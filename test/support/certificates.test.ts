import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type Certificate, createAuthority, createCertificate, hostOpenssl } from './certificates.js'
import { skipWithoutHost, startHost } from './host/host.js'

function read(certificate: Certificate): { x509: X509Certificate; matches: boolean } {
  const x509 = new X509Certificate(readFileSync(certificate.certFile))
  return { x509, matches: x509.checkPrivateKey(createPrivateKey(readFileSync(certificate.keyFile))) }
}

t.test('certificates are what was asked for', skipWithoutHost(), async t => {
  const host = await startHost(t, { systemd: false })
  const openssl = hostOpenssl(host)
  const folder = join(host.shared, 'certificates')
  const authority = await createAuthority(openssl, folder)
  const root = read(authority)
  t.ok(root.x509.ca)
  t.ok(root.x509.verify(root.x509.publicKey))

  const dnsNames = ['chat.example.test', 'www.example.test']
  const addresses = ['127.0.0.1']
  const signed = read(
    await createCertificate(openssl, folder, { name: 'signed', dnsNames, addresses, authority }),
  )
  t.ok(signed.matches)
  t.notOk(signed.x509.ca)
  t.ok(signed.x509.verify(root.x509.publicKey))
  t.equal(signed.x509.checkHost('www.example.test'), 'www.example.test')
  t.equal(signed.x509.checkIP('127.0.0.1'), '127.0.0.1')
  t.ok(Date.parse(signed.x509.validTo) > Date.now())

  const own = read(await createCertificate(openssl, folder, { name: 'own', key: 'rsa', commonName: 'a, b' }))
  t.ok(own.x509.verify(own.x509.publicKey), 'signed by itself')
  t.equal(own.x509.publicKey.asymmetricKeyType, 'rsa')
  t.equal(own.x509.subject, 'CN=a\\, b')

  const dates = { validFrom: new Date('2020-01-01T00:00:00Z'), validTo: new Date('2021-02-03T04:05:06Z') }
  const expired = read(await createCertificate(openssl, folder, { name: 'expired', ...dates, authority }))
  t.equal(Date.parse(expired.x509.validFrom), dates.validFrom.getTime())
  t.equal(Date.parse(expired.x509.validTo), dates.validTo.getTime())
})
