import t from 'tap'
import { backendOf, listenAddressOf, requiredVirtualHost, siteUrlOf } from '../../src/config/addresses.js'
import { dataSourceOf, maskDataSource } from '../../src/config/data-source.js'
import { dataDirectoryOf, type ModelFacts, templateVariables } from '../../src/config/template-variables.js'
import { sampleSettings } from '../support/settings-site.js'

const facts: ModelFacts = {
  root: '',
  isEsmith: false,
  dataSource: undefined,
  password: 'p',
  certificate: undefined,
  apacheVersion: undefined,
}

t.test('names and addresses', async t => {
  const of = (props: object, domainName = 'example.org') => ({ ...sampleSettings(props), domainName })
  t.equal(requiredVirtualHost(of({ virtualHost: 'Chat.Example.org' })), 'chat.example.org')
  t.equal(requiredVirtualHost(of({ virtualHost: '' })), 'mattermost.example.org')
  t.equal(
    requiredVirtualHost(of({ virtualHost: '', siteUrl: 'https://a.example.org:8443/x' })),
    'a.example.org',
  )
  t.throws(() => requiredVirtualHost(of({ virtualHost: '' }, '')), { code: 'settings.invalid' })
  t.equal(siteUrlOf(of({})), 'https://chat.example.org')
  t.equal(siteUrlOf(of({ siteUrl: 'https://a.example.org:8443/x/' })), 'https://a.example.org:8443/x')
  t.equal(listenAddressOf(of({ listenPort: 8066 })), '127.0.0.1:8066')
  t.equal(listenAddressOf(of({ listenAddress: ':9000' })), ':9000')
  for (const [address, backend] of [
    ['127.0.0.1:8065', '127.0.0.1:8065'],
    [':8066', '127.0.0.1:8066'],
    ['0.0.0.0:8066', '127.0.0.1:8066'],
    ['[::]:8066', '[::1]:8066'],
    ['10.0.0.5:80', '10.0.0.5:80'],
  ] as const) {
    t.equal(backendOf(address), backend)
  }
})

t.test('the data folder', async t => {
  t.equal(dataDirectoryOf(sampleSettings(), false), '/opt/mattermost/data/')
  t.equal(dataDirectoryOf(sampleSettings(), true), '/var/lib/nethserver/mattermost/data/')
  t.equal(dataDirectoryOf(sampleSettings({ dataDirectory: '/srv/x' }), true), '/srv/x/')
})

t.test('the data source: encoded, masked', async t => {
  const database = { databaseHost: '::1', databasePort: 5433, databaseName: 'mm', databaseUser: 'u@x' }
  const built = dataSourceOf(database, "p@:/'%")
  t.equal(built, 'postgres://u%40x:p%40%3A%2F%27%25@[::1]:5433/mm?sslmode=disable&connect_timeout=10')
  t.equal(maskDataSource('postgres://u:secret@h/d?sslmode=disable'), '"postgres://u:***@h/d?sslmode=disable"')
  for (const value of [
    'postgres://u:se@cret@h/d',
    'postgres://h/d?user=u&password=secret',
    'u:secret@tcp(h)/d',
    'postgres://u:sec/ret@h/d',
    17,
  ]) {
    t.equal(maskDataSource(value), '***')
  }
  t.equal(maskDataSource(undefined), 'not set')
})

t.test('variables', async t => {
  const plain = templateVariables(sampleSettings(), facts)
  t.match(plain, {
    feedbackEmail: 'no-reply@example.org',
    feedbackName: 'Mattermost Example Org',
    feedbackOrganization: 'Example Org',
    siteOrigin: 'https://chat.example.org',
    smtpPort: '25',
    proxyUpgrade: true,
    certificateFile: '',
  })
  const moved = templateVariables(sampleSettings(), { ...facts, root: '/r', dataSource: 'as it is' })
  t.match(moved, {
    dataSource: 'as it is',
    dataDirectory: '/r/opt/mattermost/data/',
    localSocket: '/r/var/tmp/mattermost_local.socket',
    acmeWebroot: '/r/var/www/html',
  })
  for (const [version, upgrade] of [
    [[2, 4, 46], false],
    [[2, 4, 47], true],
    [[2, 5, 0], true],
    [[2, 2, 99], false],
    [[3, 0, 0], true],
  ] as const) {
    t.equal(templateVariables(sampleSettings(), { ...facts, apacheVersion: version }).proxyUpgrade, upgrade)
  }
  const http = { siteUrl: 'http://chat.example.org' }
  t.throws(() => templateVariables(sampleSettings(http), facts), {
    code: 'settings.invalid',
    hint: /WebServer none/,
  })
  t.equal(templateVariables(sampleSettings({ ...http, webServer: 'none' }), facts).siteUrl, http.siteUrl)
})
