import t from 'tap'
import type { PendingAction } from '../../../src/config/services/pending-action.js'
import { planServices, type ServiceFacts } from '../../../src/config/services/plan.js'
import type { UnitFacts } from '../../../src/services/systemd.js'

const facts = (unit: string, activeState: string, unitFileState = 'enabled'): UnitFacts => ({
  unit,
  loadState: 'loaded',
  activeState,
  subState: '',
  unitFileState,
  job: '',
  result: '',
  reloadResult: '',
  user: '',
  workingDirectory: '',
  environment: '',
  groups: [],
  environmentFiles: [],
  command: [],
})
const M = 'mattermost.service'
const A = 'apache2.service'
const base: ServiceFacts = {
  status: 'enabled',
  statusChange: undefined,
  insist: false,
  leaves: [],
  vhost: undefined,
  webServer: 'apache',
  webServerEnabled: true,
  mattermost: facts(M, 'active'),
  apache: facts(A, 'active'),
  owed: [],
  notAtBoot: false,
}
const owed = (verb: PendingAction['verb'], unit: string, issued = false): PendingAction => ({
  verb,
  unit,
  causes: ['c'],
  issued,
})
const restart = { how: 'restart', causes: ['port'] } as const
const reload = { how: 'reload', causes: ['name'] } as const

t.test('a restart tells what it brings into force, once', async t => {
  const owed = [
    { verb: 'api-reload', unit: M, causes: ['name', 'old'], issued: false },
    { verb: 'reload', unit: A, causes: ['v'], issued: false },
  ] as const
  const { actions } = planServices({
    ...base,
    leaves: [reload, restart],
    vhost: ['port', 'v'],
    owed: owed.map(action => ({ ...action, causes: [...action.causes] })),
  })
  t.same(
    actions.map(({ causes }) => causes),
    [
      ['port', 'name', 'old'],
      ['port', 'v'],
    ],
  )
})

t.test('what follows from what', async t => {
  const cases: [string, Partial<ServiceFacts>, string[]][] = [
    ['nothing', {}, []],
    ['a leaf that a reload takes over', { leaves: [reload] }, [`api-reload ${M}`]],
    ['one that needs more', { leaves: [reload, restart] }, [`restart ${M}`]],
    ['the vhost', { vhost: ['v'] }, [`reload ${A}`]],
    ['stopped by hand, unrelated', { mattermost: facts(M, 'inactive') }, []],
    [
      'stopped by hand, its own change',
      { mattermost: facts(M, 'inactive'), leaves: [reload] },
      [`start ${M}`],
    ],
    ['stopped by hand, apply', { mattermost: facts(M, 'failed'), insist: true }, [`start ${M}`]],
    [
      'new',
      { mattermost: facts(M, 'inactive', 'disabled'), statusChange: 'mattermost.status a → b' },
      [`enable ${M}`, `start ${M}`],
    ],
    [
      'a static unit is not enabled',
      { mattermost: facts(M, 'inactive', 'static'), statusChange: 'mattermost.status a → b' },
      [`start ${M}`],
    ],
    [
      'masked stays',
      { mattermost: facts(M, 'inactive', 'masked'), statusChange: 'mattermost.status a → b', insist: true },
      [],
    ],
    ['owed', { owed: [owed('restart', M), owed('reload', A)] }, [`restart ${M}`, `reload ${A}`]],
    ['owed, and new', { owed: [owed('api-reload', M)], leaves: [restart] }, [`restart ${M}`]],
    [
      'a start of ours under way',
      { mattermost: facts(M, 'activating'), owed: [owed('start', M, true)] },
      [`start ${M} issued`],
    ],
    [
      '… and a better one',
      { mattermost: facts(M, 'activating'), owed: [owed('start', M, true)], leaves: [restart] },
      [`restart ${M} issued`],
    ],
    ['somebody’s start under way', { mattermost: facts(M, 'activating') }, []],
    [
      'disabled now',
      { status: 'disabled', statusChange: 'mattermost.status a → b', vhost: ['v'] },
      [`reload ${A}`, `disable ${M}`, `stop ${M}`],
    ],
    [
      'disabled: what was owed has lost its point',
      { status: 'disabled', mattermost: facts(M, 'inactive', 'disabled'), owed: [owed('restart', M)] },
      [],
    ],
    ['disabled, started by hand', { status: 'disabled', mattermost: facts(M, 'active', 'disabled') }, []],
    ['Apache down, its record says enabled', { apache: facts(A, 'inactive'), vhost: ['v'] }, [`start ${A}`]],
    ['Apache down, unrelated', { apache: facts(A, 'inactive') }, []],
    [
      'Apache down, its record says nothing',
      { apache: facts(A, 'inactive'), vhost: ['v'], webServerEnabled: false },
      [],
    ],
    ['Apache down, we are disabled', { status: 'disabled', apache: facts(A, 'inactive'), vhost: ['v'] }, []],
    [
      'services are not ours to touch',
      { mattermost: undefined, apache: undefined, insist: true, leaves: [restart], vhost: ['v'] },
      [],
    ],
  ]
  for (const [name, more, expected] of cases) {
    const { actions } = planServices({ ...base, ...more })
    t.same(
      actions.map(action => `${action.verb} ${action.unit}${action.issued ? ' issued' : ''}`),
      expected,
      name,
    )
    t.ok(
      actions.every(action => action.causes.length > 0),
      `${name}: every action has a reason`,
    )
  }
})

t.test('drift and notes', async t => {
  t.match(planServices({ ...base, mattermost: facts(M, 'inactive') }).drift, [/stopped by hand/])
  t.match(planServices({ ...base, status: 'disabled' }).drift, [/started by hand/])
  t.match(planServices({ ...base, mattermost: facts(M, 'inactive', 'masked') }).notes, [/masked/])
  t.match(planServices({ ...base, apache: facts(A, 'inactive'), webServerEnabled: false }).notes, [
    /yours to start/,
  ])
})
