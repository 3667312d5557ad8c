import { execFileSync } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { readCertificate, readRenewal } from '../../src/services/certificate.js'

function make(folder: string, name: string, subject: string, ...more: string[]): void {
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      subject,
      '-keyout',
      `${folder}/${name}.key`,
      '-out',
      `${folder}/${name}.pem`,
      ...more,
    ],
    { stdio: 'ignore' },
  )
}

t.test('certificates', async t => {
  const folder = t.testdir({ 'junk.pem': 'nothing', 'empty.key': '' })
  make(
    folder,
    'one',
    '/CN=common.example.org',
    '-addext',
    'subjectAltName=DNS:a.example.org,DNS:*.b.example.org',
  )
  make(folder, 'two', '/CN=common.example.org')
  symlinkSync('one.pem', `${folder}/link.pem`)
  const read = (certificate: string, key: string, chain = '') =>
    readCertificate('mattermost', {
      certificateFile: `${folder}/${certificate}`,
      keyFile: key === '' ? '' : `${folder}/${key}`,
      chainFile: chain === '' ? '' : `${folder}/${chain}`,
    })
  t.match(await read('one.pem', 'one.key'), {
    unusable: undefined,
    selfSigned: true,
    names: ['a.example.org', '*.b.example.org'],
  })
  t.same((await read('two.pem', 'two.key')).names, ['common.example.org'])
  t.equal(
    (await read('link.pem', 'one.key')).unusable,
    undefined,
    'links are followed, as in certbot’s live folder',
  )
  const cases: [string, string, string, RegExp, boolean][] = [
    ['one.pem', 'two.key', '', /does not belong to it/, false],
    ['gone.pem', 'one.key', '', /there is no .*gone\.pem/, true],
    ['one.pem', 'gone.key', '', /there is no .*gone\.key/, true],
    ['one.pem', 'one.key', 'gone.pem', /there is no .*gone\.pem/, true],
    ['junk.pem', 'one.key', '', /holds no certificate/, false],
    ['one.pem', 'empty.key', '', /holds no unencrypted private key/, false],
    ['one.pem', '', '', /not named/, false],
  ]
  for (const [certificate, key, chain, says, missing] of cases) {
    const facts = await read(certificate, key, chain)
    t.match(facts.unusable, says)
    t.equal(facts.missing, missing)
  }
})

t.test('what passes Apache’s test and ends Apache at its next reload cannot be used', async t => {
  const folder = t.testdir({
    'torn.pem': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  })
  const path = (name: string) => `${folder}/${name}`
  make(folder, 'one', '/CN=a.example.org')
  make(folder, 'ca', '/CN=Authority')
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' })
  openssl('x509', '-in', path('one.pem'), '-outform', 'DER', '-out', path('one.der'))
  writeFileSync(
    path('half.pem'),
    readFileSync(path('one.pem'), 'utf8') + readFileSync(path('torn.pem'), 'utf8'),
  )
  const weak = ['-newkey', 'rsa:1024', '-nodes', '-subj', '/CN=a.example.org', '-days', '2']
  openssl('req', '-x509', ...weak, '-keyout', path('weak.key'), '-out', path('weak.pem'))
  const cases: [certificate: string, key: string, chain: string, says: RegExp | undefined][] = [
    ['one.pem', 'one.key', '', undefined],
    ['one.pem', 'one.key', 'ca.pem', undefined],
    ['one.der', 'one.key', '', /one\.der/],
    ['half.pem', 'one.key', '', /half\.pem/],
    ['one.pem', 'one.key', 'torn.pem', /torn\.pem/],
    ['weak.pem', 'weak.key', '', /weak\.pem: ee key too small/],
  ]
  for (const [certificate, key, chain, says] of cases) {
    const files = {
      certificateFile: path(certificate),
      keyFile: path(key),
      chainFile: chain === '' ? '' : path(chain),
    }
    const { unusable } = await readCertificate('mattermost', files)
    if (says === undefined) t.equal(unusable, undefined, `${certificate} ${chain}`)
    else t.match(unusable, says)
  }
  const weakFiles = { certificateFile: path('weak.pem'), keyFile: path('weak.key'), chainFile: '' }
  t.equal((await readCertificate('in-use', weakFiles)).unusable, undefined, 'Apache serves it already')
})

t.test('how certbot renews, by its own note', async t => {
  const folder = t.testdir({
    'chat.conf':
      '[renewalparams]\nauthenticator = webroot\nwebroot_path = /srv/first,\n[[webroot_map]]\nchat.example.org = /srv/acme\n',
    'plain.conf': 'authenticator = webroot\nwebroot_path = /srv/one, /srv/two\n',
    'apache.conf': 'authenticator = apache\ninstaller = apache\n',
  })
  const cases: [string, string, object | undefined][] = [
    ['/etc/letsencrypt/live/chat/fullchain.pem', 'chat.example.org', { name: 'chat', webroot: '/srv/acme' }],
    ['/root/etc/letsencrypt/live/chat/cert.pem', 'other.example.org', { webroot: '/srv/first' }],
    ['/etc/letsencrypt/live/plain/fullchain.pem', 'a', { authenticator: 'webroot', webroot: '/srv/one' }],
    ['/etc/letsencrypt/live/apache/fullchain.pem', 'a', { authenticator: 'apache', webroot: undefined }],
    ['/etc/letsencrypt/live/gone/fullchain.pem', 'a', undefined],
    ['/etc/ssl/chat.pem', 'a', undefined],
  ]
  for (const [file, host, expected] of cases) {
    const renewal = await readRenewal(file, host, folder)
    if (expected === undefined) t.equal(renewal, undefined, file)
    else t.match(renewal, expected, file)
  }
})
