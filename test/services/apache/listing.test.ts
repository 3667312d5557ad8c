import t from 'tap'
import {
  impossiblePort,
  modulesOf,
  parseListing,
  readApacheState,
  takenDefaults,
} from '../../../src/services/apache/listing.js'
import type { Exec } from '../../../src/system/exec.js'

/** As Apache 2.4.62 printed it. */
const PRINTED = `VirtualHost configuration:
[::1]:8080             v6.example.org (/etc/apache2/sites-enabled/a.conf:12)
10.0.0.1:443           a.example.org (/etc/apache2/sites-enabled/a.conf:1)
*:443                  is a NameVirtualHost
         default server a.example.org (/etc/apache2/sites-enabled/a.conf:1)
         port 443 namevhost a.example.org (/etc/apache2/sites-enabled/a.conf:1)
                 alias b.example.org
                 wild alias *.c.example.org
         port 443 namevhost z.example.org (/run/our vhost.conf:1)
*:80                   is a NameVirtualHost
         default server chat.example.test (/run/our vhost.conf:20)
         port 80 namevhost chat.example.test (/run/our vhost.conf:20)
         port 80 namevhost z.example.org (/etc/apache2/sites-enabled/zz.conf:4)
ServerRoot: "/etc/apache2"
Main DocumentRoot: "/var/www/html"
`

t.test('addresses, names, places and who is the default one', async t => {
  const listing = parseListing(PRINTED)
  t.same(
    listing.map(({ address, name, file, line, isDefault }) => [
      address,
      name,
      file.split('/').at(-1),
      line,
      isDefault,
    ]),
    [
      ['[::1]:8080', 'v6.example.org', 'a.conf', 12, true],
      ['10.0.0.1:443', 'a.example.org', 'a.conf', 1, true],
      ['*:443', 'a.example.org', 'a.conf', 1, true],
      ['*:443', 'z.example.org', 'our vhost.conf', 1, false],
      ['*:80', 'chat.example.test', 'our vhost.conf', 20, true],
      ['*:80', 'z.example.org', 'zz.conf', 4, false],
    ],
  )
  t.same(listing[2]?.aliases, ['b.example.org', '*.c.example.org'])
  t.match(takenDefaults(listing, '/run/our vhost.conf'), [
    { address: '*:80', from: { name: 'z.example.org' } },
  ])
  t.same(takenDefaults(listing, '/etc/apache2/sites-enabled/zz.conf'), [])
  t.same(takenDefaults(parseListing('*:80    x (/o:1)\n'), '/o'), [], 'nobody else is there')
  t.same(parseListing('VirtualHost configuration:\n'), [])
})

for (const [text, found] of [
  ['ProxyPass "/" "http://127.0.0.1:8065/" upgrade=websocket', undefined],
  ['ProxyPass "/" "http://127.0.0.1:65535/"', undefined],
  ['a\nProxyPass "/" "http://127.0.0.1:65536/"', { line: 2, port: '65536' }],
  ['RewriteRule ^/(.*) ws://localhost:99999/$1 [P,L]', { line: 1, port: '99999' }],
  ['ProxyPassReverse / https://chat.example.org:0/', { line: 1, port: '0' }],
  ['  # ProxyPass / http://127.0.0.1:99999/', undefined],
  ['RequestHeader set X-Time "12:99999"', undefined],
] as const) {
  t.same(impossiblePort(text), found, text)
}

const LISTED = 'Loaded Modules:\n core_module (static)\n ssl_module (shared)\n proxy_http_module (shared)\n'
const program = { path: '/usr/sbin/apache2ctl', version: undefined }

t.test('modules as apache2ctl -M prints them', async t => {
  t.same(modulesOf(LISTED), ['core_module', 'ssl_module', 'proxy_http_module'])
})

t.test('a broken configuration: no modules, and the complaint on one line without the noise', async t => {
  const broken: Exec = async () => ({
    status: 1,
    stdout: '',
    stderr:
      "AH00558: apache2: Could not determine\nAH00526: Syntax error on line 3 of /x.conf:\nInvalid command 'Foo'\nAction '-t' failed.\nThe Apache error log may have more information.\n",
  })
  t.same(await readApacheState(program, broken, {}), {
    modules: undefined,
    complaint: "AH00526: Syntax error on line 3 of /x.conf: Invalid command 'Foo'",
  })
  const sound: Exec = async () => ({ status: 0, stdout: LISTED, stderr: 'Syntax OK' })
  t.same(await readApacheState(program, sound, {}), {
    modules: ['core_module', 'ssl_module', 'proxy_http_module'],
    complaint: undefined,
  })
})
