import t from 'tap'
import { readRenewal } from '../../src/services/certbot.js'

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
