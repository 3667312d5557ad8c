import t from 'tap'
import type { PendingAction } from '../../../src/config/services/pending-action.js'
import type { Systemctl, UnitFacts } from '../../../src/services/systemd.js'
import { siteHealth } from '../../../src/settings/health/site-health.js'
import type { HostState } from '../../../src/settings/host/host-state.js'
import { emptyState } from '../../../src/transaction/state.js'
import { sampleSettings } from '../../support/settings-site.js'

const RESTART: PendingAction = { verb: 'restart', unit: 'mattermost.service', causes: [], issued: false }

/** A host below --root, where units and the socket are looked at; a clock that pauses and actions move. */
function openHost() {
  let time = 0
  const host = { unit: 'active', sockets: new Set(['/s/old']), asked: [] as string[], waits: 0 }
  const systemctl = {
    show: async () => ({ activeState: host.unit, result: '', job: '' }) as UnitFacts,
  } as unknown as Systemctl
  const health = siteHealth({
    paths: { root: '/r' },
    systemctl,
    mattermost: ({ mattermost }) => ({
      reachable: async () => {
        host.asked.push(mattermost.localSocket)
        return host.sockets.has(mattermost.localSocket)
      },
      reloadConfig: async () => undefined,
      config: async () => ({}),
    }),
    now: () => time,
    sleep: async milliseconds => {
      host.waits += milliseconds
      time += milliseconds
    },
  })
  const value = { ServiceSettings: { EnableLocalMode: true, LocalModeSocketLocation: '/r/s/old' } }
  const hostState = {
    settings: { ...sampleSettings({ localSocket: '/s/new' }), teamchatd: { startTimeout: 20 } },
    state: emptyState(),
    apache: { unit: 'apache2.service' },
    unit: { unit: 'mattermost.service' },
    live: { text: '', value },
    variables: new Map(),
  } as unknown as HostState
  const pass = (milliseconds: number) => {
    time += milliseconds
  }
  return { host, health, hostState, pass }
}

t.test('well before, well where it has moved to', async t => {
  const { host, health, hostState } = openHost()
  const looked = await health.before(hostState, [RESTART])
  host.sockets = new Set(['/s/new'])
  t.same(await health.after(hostState, [RESTART], JSON.parse(JSON.stringify(looked)), false), [])
  t.same(host.asked, ['/s/old', '/s/new'])
})

t.test('not well afterwards: waited for as long as services may take, from the first action on', async t => {
  const { host, health, hostState, pass } = openHost()
  const looked = await health.before(hostState, [RESTART])
  pass(8_000)
  const [reason, ...others] = await health.after(hostState, [RESTART], looked, false)
  t.same(others, [])
  t.equal(reason, 'Mattermost does not answer on its local socket /r/s/new')
  t.ok(host.waits >= 12_000 && host.waits < 13_500, `waited ${host.waits} ms`)

  host.waits = 0
  t.same(await health.after(hostState, [RESTART], looked, true), [], 'undone: where it was before')
  t.equal(host.waits, 0)
})

t.test('a start that took the whole time leaves some for an answer', async t => {
  const { host, health, hostState, pass } = openHost()
  const looked = await health.before(hostState, [RESTART])
  pass(60_000)
  await health.after(hostState, [RESTART], looked, false)
  t.ok(host.waits >= 5_000 && host.waits < 6_500, `waited ${host.waits} ms`)
})

t.test('a unit that has failed is not waited for', async t => {
  const { host, health, hostState } = openHost()
  const looked = await health.before(hostState, [RESTART])
  host.unit = 'failed'
  const reasons = await health.after(hostState, [RESTART], looked, false)
  t.match(reasons, ['mattermost.service is failed', /local socket/])
  t.equal(host.waits, 0)
})

t.test('broken before is not held against the change', async t => {
  const { host, health, hostState } = openHost()
  host.unit = 'activating'
  host.sockets.clear()
  const looked = await health.before(hostState, [RESTART])
  t.same(await health.after(hostState, [RESTART], looked, false), [])
  t.equal(host.waits, 0)
})

t.test('nothing to do, or a look of another release: nothing fails', async t => {
  const { health, hostState } = openHost()
  t.match(await health.before(hostState, []), { well: [] })
  for (const looked of [null, 1, {}, { well: ['unit of Mattermost'] }, { places: {}, well: [] }]) {
    t.same(await health.after(hostState, [RESTART], looked, false), [])
  }
})
