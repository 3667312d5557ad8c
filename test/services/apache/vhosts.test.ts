import { symlinkSync } from 'node:fs'
import t from 'tap'
import {
  linksTo,
  parseVhostFile,
  parseVhosts,
  readVhostFiles,
  serves,
} from '../../../src/services/apache/vhosts.js'

t.test('names and certificates', async t => {
  const [plain, tls, none] = parseVhosts(`
# ServerName nobody.example.org
ServerName outside.example.org
<VirtualHost *:80 [::]:80>
  servername "https://Chat.Example.org:443"
  ServerAlias a.example.org \\
    *.b.example.org
</VirtualHost>
<IfModule mod_ssl.c>
<VirtualHost _default_:443>
  ServerName tls.example.org
  SSLCertificateFile '/etc/ssl/a b.pem'
  SSLCertificateChainFile /etc/ssl/chain.pem
</VirtualHost>
</IfModule>
<VirtualHost *:81>
</VirtualHost>`)
  t.match(plain, {
    names: ['chat.example.org', 'a.example.org', '*.b.example.org'],
    ports: [80, 80],
    certificate: undefined,
  })
  t.same(tls?.ports, [443])
  t.same(tls?.certificate, {
    certificateFile: '/etc/ssl/a b.pem',
    keyFile: '/etc/ssl/a b.pem',
    chainFile: '/etc/ssl/chain.pem',
  })
  t.same(none?.names, [])
  if (plain === undefined) throw new Error('no vhost')
  t.ok(serves(plain, 'CHAT.example.org'))
  t.ok(serves(plain, 'x.b.example.org'))
  t.notOk(serves(plain, 'xb.example.org'))
  t.notOk(serves(plain, 'outside.example.org'))
})

t.test('where it leads, what it says, and what stands outside', async t => {
  const { vhosts, outside } = parseVhostFile(`
Listen 8443
<IfModule mod_ssl.c>
<VirtualHost *:443>
  <Location />
    ProxyPass http://127.0.0.1:8065/ upgrade=websocket
    Require ip 10.0.0.0/8
  </Location>
  RewriteRule ^/(.*) ws://127.0.0.1:8065/$1 [P,L]
  RewriteRule ^/old https://elsewhere.example.org/
</VirtualHost>
</IfModule>`)
  t.same(outside, ['Listen'])
  t.same(vhosts, [
    {
      names: [],
      ports: [443],
      certificate: undefined,
      proxies: [
        { target: 'http://127.0.0.1:8065/', whole: true },
        { target: 'ws://127.0.0.1:8065/$1', whole: true },
      ],
      directives: ['ProxyPass', 'Require', 'RewriteRule', 'RewriteRule'],
    },
  ])
})

t.test('whether the whole site leads there', async t => {
  const to = 'http://127.0.0.1:8065/'
  const cases: [lines: string, whole: boolean][] = [
    [`ProxyPass / ${to}`, true],
    [`ProxyPass "/" "${to}" nocanon upgrade=websocket`, true],
    [`ProxyPass /chat/ ${to}`, false],
    [`ProxyPassMatch ^/(.*)$ ${to}$1`, true],
    [`ProxyPassMatch ^/hooks/(.*)$ ${to}$1`, false],
    [`<Location "/">\nProxyPass ${to}\n</Location>`, true],
    [`<Location /hooks/>\nProxyPass ${to}\n</Location>`, false],
    [`<LocationMatch "^/(api|hooks)/">\nProxyPass ${to}\n</LocationMatch>`, false],
    [`<Location ~ "^/.*">\nProxyPass ${to}\n</Location>`, true],
    [`<Location /private>\nRequire all denied\n</Location>\nProxyPass / ${to}`, true],
    [`RewriteRule .* ${to} [P,QSA,L]`, true],
    [`RewriteRule ^/api/v4/websocket ws://127.0.0.1:8065/ [L,P]`, false],
    [`RewriteRule "!^/static" ${to} [proxy]`, true],
    [`RewriteRule ^(?i)/(.*) ${to} [P]`, false],
  ]
  for (const [lines, whole] of cases) {
    t.same(
      parseVhosts(`<VirtualHost *:443>\n${lines}\n</VirtualHost>`)[0]?.proxies.map(one => one.whole),
      [whole],
      lines,
    )
  }
})

t.test('files that Apache reads, links followed; links to a file, also to a missing one', async t => {
  const root = t.testdir({
    available: {
      'a.conf': '<VirtualHost *:80>\nServerName a\n</VirtualHost>',
      'b.conf': '# teamchatd renders this file',
    },
    enabled: { 'x.txt': '' },
  })
  symlinkSync('../available/a.conf', `${root}/enabled/00-a.conf`)
  symlinkSync('../available/gone.conf', `${root}/enabled/gone.conf`)
  symlinkSync('../available/b.conf', `${root}/enabled/b.conf`)
  const files = await readVhostFiles([`${root}/enabled`, `${root}/missing`], [])
  t.match(files, [
    {
      path: `${root}/enabled/00-a.conf`,
      realPath: `${root}/available/a.conf`,
      ours: false,
      vhosts: [{ names: ['a'] }],
    },
    { path: `${root}/enabled/b.conf`, ours: true },
  ])
  t.equal(files.length, 2)
  t.same(await linksTo(`${root}/available/gone.conf`, [`${root}/enabled`]), [`${root}/enabled/gone.conf`])
})
