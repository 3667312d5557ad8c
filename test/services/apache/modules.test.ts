import { symlinkSync } from 'node:fs'
import t from 'tap'
import { createPaths } from '../../../src/paths.js'
import { missingModules, neededModules, readApacheModules } from '../../../src/services/apache/modules.js'

t.test('which modules a vhost needs', async t => {
  const cases: [string, string[]][] = [
    ['ServerName a\n# SSLEngine on', []],
    ['SSLEngine on', ['ssl']],
    ['  ProxyPass "/" "http://127.0.0.1:8065/" upgrade=websocket', ['proxy', 'proxy_http']],
    ['ProxyPass "/x/" "!"', ['proxy']],
    ['RewriteRule ^/(.*) \\\n "ws://127.0.0.1:8065/$1" [P]', ['rewrite', 'proxy_wstunnel']],
    ['RequestHeader set A b\nRedirectMatch 301 a b\nRequire all granted', ['headers', 'alias', 'authz_core']],
    ['<IfModule http2_module>\nSSLEngine on\n</IfModule>\nHeader set A b', ['headers']],
  ]
  for (const [text, names] of cases) t.same(neededModules(text), names, text)
})

t.test('what is missing, dependencies first, each once', async t => {
  const root = t.testdir({
    etc: {
      apache2: {
        'mods-available': {
          'ssl.load': '# Depends: setenvif mime socache_shmcb\nLoadModule ssl_module x',
          'ssl.conf': '',
          'setenvif.load': '',
          'mime.load': '',
          'socache_shmcb.load': '',
          'proxy.load': '',
          'proxy.conf': '',
          'proxy_http.load': '# Depends: proxy\n',
          'alias.load': '',
        },
        'mods-enabled': {},
      },
    },
  })
  symlinkSync('../mods-available/mime.load', `${root}/etc/apache2/mods-enabled/mime.load`)
  const paths = createPaths({ root, env: {} })
  const modules = await readApacheModules(paths.apache('debian'), undefined)
  if (modules === undefined) throw new Error('no modules')
  const text = 'SSLEngine on\nProxyPass / http://127.0.0.1:1/\nAlias /a /b\nHeader set A b'
  t.same(missingModules(text, modules), [
    { name: 'setenvif', cause: 'the module ssl needs it' },
    { name: 'socache_shmcb', cause: 'the module ssl needs it' },
    { name: 'ssl', cause: 'the vhost needs it' },
    { name: 'proxy', cause: 'the vhost needs it' },
    { name: 'proxy_http', cause: 'the vhost needs it' },
    { name: 'alias', cause: 'the vhost needs it' },
  ])
  t.equal(modules.available.get('ssl')?.hasConf, true)
  t.equal(modules.available.get('headers'), undefined, 'no package has brought it')
  t.equal(await readApacheModules(paths.apache('rhel'), undefined), undefined)
})

t.test('a module that another file loads counts as enabled', async t => {
  const root = t.testdir({
    etc: { apache2: { 'mods-available': { 'headers.load': '' }, 'mods-enabled': {} } },
  })
  const exec = async () => ({ status: 0, stdout: 'Loaded Modules:\n headers_module (shared)\n', stderr: '' })
  const program = { path: 'apache2ctl', version: undefined }
  const modules = await readApacheModules(createPaths({ root, env: {} }).apache('debian'), {
    program,
    exec: exec as never,
    env: {},
  })
  t.ok(modules?.enabled.has('headers'))
})
