import t from 'tap'
import { installApache, snakeoil } from './apache.js'
import { skipWithoutHost, startHost } from './host/host.js'

t.test('a fresh Debian Apache, its modules and certificate, reached inside', skipWithoutHost(), async t => {
  const host = await startHost(t)
  await installApache(host)
  const page = await host.http({ url: 'http://chat.example.test/' })
  t.equal(page.status, 200)
  t.match(page.body, /It works/)
  t.match(page.headers, { 'content-type': 'text/html', server: /^Apache/ })
  t.equal((await host.run(['systemctl', 'is-enabled', 'apache2.service'])).stdout, 'enabled\n')
  await t.rejects(host.http({ url: 'https://chat.example.test/' }), /ECONNREFUSED/)

  const vhost = `<VirtualHost *:443>
ServerName chat.example.test
SSLEngine on
SSLCertificateFile ${snakeoil.certFile}
SSLCertificateKeyFile ${snakeoil.keyFile}
ProxyPass / http://127.0.0.1:8065/ upgrade=websocket
</VirtualHost>
`
  await host.write('/etc/apache2/sites-enabled/zz-chat.conf', vhost)
  const refused = await host.run(['apache2ctl', '-t'], { expectStatus: 1 })
  t.match(refused.stderr, /Invalid command 'SSLEngine'/, 'as on a fresh Debian')
  await installApache(host, { modules: ['ssl', 'proxy', 'proxy_http'], defaultSite: false })
  t.notOk(await host.exists('/etc/apache2/sites-enabled/000-default.conf'))
  await host.run(['systemctl', 'restart', 'apache2.service'])
  await t.rejects(host.http({ url: 'https://chat.example.test/' }), /self-signed/)
  const url = 'https://other.example.test/'
  const answer = await host.http({ url, insecure: true, address: '127.0.0.1', method: 'POST', body: 'x' })
  t.equal(answer.status, 503, 'nothing listens behind')
})
