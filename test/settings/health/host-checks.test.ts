import t from 'tap'
import type { PendingAction } from '../../../src/config/services/pending-action.js'
import type { MattermostSettings, Settings } from '../../../src/configdb/settings.js'
import { createPaths } from '../../../src/paths.js'
import { parseVhosts } from '../../../src/services/apache/vhosts.js'
import type { Systemctl, UnitFacts } from '../../../src/services/systemd.js'
import { healthChecks, placesNow, placesThen } from '../../../src/settings/health/site-health.js'
import type { HostState } from '../../../src/settings/host/host-state.js'
import { emptyState } from '../../../src/transaction/state.js'
import { sampleSettings } from '../../support/settings-site.js'

const apache = createPaths({ env: {} }).apache('debian')
const systemctl = { show: async () => ({ activeState: 'active' }) } as unknown as Systemctl
const OURS = `<VirtualHost *:443>\nServerName old.example.org\nSSLCertificateFile /c\n</VirtualHost>`
const OTHERS = `<VirtualHost *:443>\nServerName shop.example.org\nSSLCertificateFile /c\n</VirtualHost>
<VirtualHost *:80>\nServerAlias *.wild.example.org\nServerAlias tame.example.org\n</VirtualHost>
<VirtualHost *:8080>\nServerName proxy.example.org\n</VirtualHost>
<VirtualHost *:80>\n</VirtualHost>`

function worldOf(props: Partial<MattermostSettings> = {}, given: Partial<HostState> = {}): HostState {
  const value = {
    ServiceSettings: { EnableLocalMode: true, ListenAddress: ':8066', LocalModeSocketLocation: '/s/old' },
  }
  return {
    settings: sampleSettings({ listenPort: 8077, ...props }),
    state: emptyState(),
    apache,
    unit: { unit: 'mattermost.service', activeState: 'active' } as UnitFacts,
    live: { text: '', value },
    vhost: { text: OURS, ours: true },
    vhostFiles: [
      { path: '/x', realPath: '/x', ours: false, vhosts: parseVhosts(OTHERS) },
      { path: '/zz', realPath: apache.vhostFile, ours: true, vhosts: parseVhosts(OURS) },
    ],
    variables: new Map(),
    ...given,
  } as HostState
}

const act = (verb: PendingAction['verb'], unit: string): PendingAction => ({
  verb,
  unit,
  causes: [],
  issued: false,
})
const RESTART = act('restart', 'mattermost.service')
const RELOAD = act('reload', apache.unit)

function namesOf(
  hostState: HostState,
  actions: PendingAction[],
  options: { root?: string; services?: boolean } = {},
) {
  const asked: string[] = []
  const root = options.root ?? ''
  const parts = {
    paths: { root },
    systemctl: options.services === false ? undefined : systemctl,
    mattermost: (settings: Settings) => {
      asked.push(settings.mattermost.localSocket)
      return { reachable: async () => true, reloadConfig: async () => undefined, config: async () => ({}) }
    },
  }
  const before = healthChecks(hostState, actions, placesNow(hostState), parts)
  const after = healthChecks(hostState, actions, placesThen(hostState, root), parts)
  const names = (list: { name: string }[]) => list.map(check => check.name)
  return { before, after, asked, names: names(before), namesAfter: names(after) }
}

const MATTERMOST = ['unit of Mattermost', 'local socket', 'Mattermost', 'site']
const OTHER_SITES = [
  'https://shop.example.org:443',
  'http://tame.example.org:80',
  'http://proxy.example.org:8080',
]

t.test('what is looked at goes by what is done', async t => {
  const hostState = worldOf()
  t.same(namesOf(hostState, []).names, [], 'nothing to do: nothing is looked at')
  t.same(namesOf(hostState, [RESTART], { services: false }).names, [], '--root without services')
  t.same(namesOf(hostState, [RESTART]).names, MATTERMOST)
  t.same(namesOf(hostState, [RELOAD, RESTART]).names, [
    'unit of the web server',
    'web server',
    ...OTHER_SITES,
    ...MATTERMOST,
  ])
  t.same(
    namesOf(worldOf({ webServer: 'none' }), [RESTART]).names,
    MATTERMOST.slice(0, 3),
    'a proxy of the site’s own: Mattermost itself is asked',
  )
  t.same(namesOf(hostState, [act('restart', 'bot.service')]).names, ['bot.service', ...MATTERMOST])
  const stops = [RELOAD, act('disable', 'mattermost.service'), act('stop', 'mattermost.service')]
  t.same(
    namesOf(worldOf({ status: 'disabled' }), stops).names,
    ['unit of the web server', 'web server', ...OTHER_SITES],
    'what shall stop is not missed',
  )
})

t.test('before: where things are; afterwards: where they will be; by the same names', async t => {
  const { before, after, names, namesAfter, asked } = namesOf(worldOf(), [RESTART])
  t.same(names, namesAfter)
  t.same(asked, ['/s/old', '/var/tmp/mattermost_local.socket'])
  const words = async (checks: typeof before) =>
    (await Promise.all(checks.map(check => check.trouble(AbortSignal.timeout(2000)).catch(String)))).join(
      '\n',
    )
  t.match(await words(before), /127\.0\.0\.1:8066[\s\S]*https:\/\/old\.example\.org/)
  t.match(await words(after), /127\.0\.0\.1:8077[\s\S]*https:\/\/chat\.example\.org/)
})

t.test('a variable of the unit counts more than the file', async t => {
  const variables = new Map([['MM_SERVICESETTINGS_LISTENADDRESS', '127.0.0.1:8088']])
  const { before, after } = namesOf(worldOf({}, { variables }), [RESTART])
  for (const checks of [before, after]) {
    const port = checks.find(check => check.name === 'Mattermost')
    t.match(await port?.trouble(AbortSignal.timeout(2000)), /127\.0\.0\.1:8088/)
  }
})

t.test('below --root the ports of the machine are somebody else’s', async t => {
  const value = { ServiceSettings: { EnableLocalMode: true, LocalModeSocketLocation: '/r/s/old' } }
  const hostState = worldOf({}, { live: { text: '', value } } as Partial<HostState>)
  const { names, asked } = namesOf(hostState, [RELOAD, RESTART], { root: '/r' })
  t.same(names, ['unit of the web server', 'unit of Mattermost', 'local socket'])
  t.same(asked, ['/s/old', '/var/tmp/mattermost_local.socket'])
})
