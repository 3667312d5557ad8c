import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import t from 'tap'
import { readCertificate } from '../../src/services/certificate.js'

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
