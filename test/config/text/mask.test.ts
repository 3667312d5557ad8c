import fc from 'fast-check'
import t from 'tap'
import { linesOf } from '../../../src/config/text/diff.js'
import { maskedLines } from '../../../src/config/text/mask.js'

t.test('secrets are masked, names of files and what only looks like one are not', async t => {
  const cases: [string, string][] = [
    [
      'DataSource is postgres://mattuser:p%40ss@127.0.0.1:5432/mattermost',
      'DataSource is postgres://mattuser:***@127.0.0.1:5432/mattermost',
    ],
    ['  password = hunter2', '  password = ***'],
    ['DB_PASSWD: "hunter2",', 'DB_PASSWD: ***'],
    ['"apiKey": "abc",', '"apiKey": ***'],
    ['api_key=abc', 'api_key=***'],
    ['RequestHeader set Authorization "Bearer abc"', 'RequestHeader set Authorization ***'],
    ['client_secret s3cret more', 'client_secret ***'],
    ['access-token: abc', 'access-token: ***'],
    ['redis://:pw@127.0.0.1/1', 'redis://:***@127.0.0.1/1'],
    ['SetEnv DB_PWD hunter2', 'SetEnv DB_PWD ***'],
    ['SetEnv PWD /srv/app', 'SetEnv PWD /srv/app'],
    ['  AuthBasicFake user hunter2', '  AuthBasicFake user ***'],
    ['pass = x', 'pass = ***'],
    ['the hash is the known one twice: S3CRET S3CRET!', 'the hash is the known one twice: *** ***!'],
    // What Apache's own directives and paths look like.
    ['ProxyPass "/" "http://127.0.0.1:8065/"', 'ProxyPass "/" "http://127.0.0.1:8065/"'],
    ['ProxyPassReverse "/" "http://127.0.0.1:8065/"', 'ProxyPassReverse "/" "http://127.0.0.1:8065/"'],
    ['ServerTokens Prod', 'ServerTokens Prod'],
    ['SSLCertificateKeyFile /etc/ssl/private/a.key', 'SSLCertificateKeyFile /etc/ssl/private/a.key'],
    ['secretsFile = /etc/app/secret', 'secretsFile = /etc/app/secret'],
    ['ServerName chat.example.org', 'ServerName chat.example.org'],
    ['', ''],
  ]
  for (const [line, shown] of cases)
    t.same(maskedLines(line, ['S3CRET', '']), line === '' ? [] : [shown], line)
})

t.test('a private key is masked line by line', async t => {
  const text = 'a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabcd\n-----END RSA PRIVATE KEY-----\nb\n'
  t.same(maskedLines(text, []), [
    ...['a', '-----BEGIN RSA PRIVATE KEY-----', '***', '***', '-----END RSA PRIVATE KEY-----', 'b'],
  ])
})

t.test('there are as many lines as before, and no known secret in any of them', async t => {
  const secret = 'Zq9vT7xk'
  const part = fc.constantFrom(
    secret,
    'a',
    '\n',
    ' ',
    'password=',
    '://u:',
    '@h',
    '-----BEGIN PRIVATE KEY-----',
  )
  const texts = fc.array(part, { maxLength: 30 }).map(parts => parts.join(''))
  fc.assert(
    fc.property(texts, text => {
      const lines = maskedLines(text, [secret])
      return lines.length === linesOf(text).length && !lines.join('\n').includes(secret)
    }),
  )
  t.pass()
})
