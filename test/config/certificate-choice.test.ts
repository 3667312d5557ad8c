import t from 'tap'
import { chooseCertificate, nameFits } from '../../src/config/certificate-choice.js'
import type { CertificateFacts, CertificateSource } from '../../src/services/certificate.js'

const NOW = Date.UTC(2026, 0, 15)
const DAY = 86_400_000
const HOST = 'chat.example.org'

function certificate(source: CertificateSource, more: Partial<CertificateFacts> = {}): CertificateFacts {
  return {
    source,
    certificateFile: `/${source}.pem`,
    keyFile: `/${source}.key`,
    chainFile: '',
    unusable: undefined,
    missing: false,
    selfSigned: source === 'self-signed',
    names: [HOST],
    validFrom: NOW - DAY,
    validTo: NOW + DAY,
    fingerprint: 'f',
    ...more,
  }
}
const expired = { validTo: NOW - 1 }
const own = { selfSigned: true }
const broken = { unusable: 'it cannot be read' }

t.test('the order, and what never gives way to a self-signed one', async t => {
  const cases: [string, CertificateFacts[], CertificateSource | undefined][] = [
    ['nothing', [], undefined],
    [
      'explicit first',
      [certificate('in-use'), certificate('mattermost', own), certificate('pki')],
      'mattermost',
    ],
    ['pki before the others', [certificate('in-use'), certificate('pki'), certificate('letsencrypt')], 'pki'],
    [
      'Let’s Encrypt before self-signed',
      [certificate('letsencrypt'), certificate('self-signed')],
      'letsencrypt',
    ],
    [
      'an expired one is only remarked on',
      [certificate('letsencrypt', expired), certificate('self-signed')],
      'letsencrypt',
    ],
    ['self-signed last', [certificate('letsencrypt', broken), certificate('self-signed')], 'self-signed'],
    [
      'a valid one in use stays before a self-signed',
      [certificate('in-use'), certificate('self-signed')],
      'in-use',
    ],
    ['also before a self-signed pki', [certificate('in-use'), certificate('pki', own)], 'in-use'],
    [
      'the one in use stays before a self-signed one',
      [certificate('in-use', expired), certificate('self-signed')],
      'in-use',
    ],
    [
      'an unusable one in use gives way',
      [certificate('in-use', broken), certificate('self-signed')],
      'self-signed',
    ],
    [
      'a valid Let’s Encrypt one before a self-signed pki',
      [certificate('pki', own), certificate('letsencrypt')],
      'letsencrypt',
    ],
    [
      'an expired one in use, and a self-signed pki',
      [certificate('in-use', expired), certificate('pki', own)],
      'pki',
    ],
    ['in use alone', [certificate('in-use')], 'in-use'],
  ]
  for (const [name, candidates, source] of cases) {
    t.equal(chooseCertificate(candidates, HOST, NOW).chosen?.source, source, name)
  }
})

t.test('explicit files that cannot be used are refused, with the properties to correct', async t => {
  t.throws(() => chooseCertificate([certificate('mattermost', broken)], HOST, NOW), {
    code: 'check.failed',
    hint: /CertificateFile/,
  })
  t.throws(() => chooseCertificate([certificate('pki', broken)], HOST, NOW), {
    code: 'check.failed',
    hint: /CrtFile/,
  })
})

t.test('remarks', async t => {
  const notes = (more: Partial<CertificateFacts>) =>
    chooseCertificate([certificate('mattermost', more)], HOST, NOW).notes.join('\n')
  t.equal(notes({}), '')
  t.match(notes(expired), /has expired on 2026-01-14/)
  t.match(notes({ validFrom: NOW + DAY }), /valid from 2026-01-16 only/)
  t.match(notes({ names: ['other.example.org'] }), /is not for chat\.example\.org/)
  t.match(notes(own), /self-signed/)
  t.match(chooseCertificate([], HOST, NOW).notes, [/no certificate for chat\.example\.org/])
})

t.test('names', async t => {
  t.ok(nameFits(['*.example.org'], HOST))
  t.ok(nameFits(['CHAT.example.org'], HOST))
  t.notOk(nameFits(['*.example.org'], 'a.chat.example.org'))
  t.notOk(nameFits(['example.org'], HOST))
})
