import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Check } from '../../src/doctor/check.js'
import { allChecks, examine } from '../../src/doctor/examine.js'
import { pass } from '../../src/doctor/finding.js'
import type { DoctorParts } from '../../src/doctor/view.js'
import { TeamchatError } from '../../src/errors.js'
import { createPaths } from '../../src/paths.js'
import { exec } from '../../src/system/exec.js'
import { sampleSettings } from '../support/settings-site.js'

function parts(root: string, over: Partial<DoctorParts> = {}): DoctorParts {
  const never = () => {
    throw new Error('not in this test')
  }
  return {
    paths: createPaths({ root, env: {} }),
    env: {},
    exec,
    now: () => new Date(),
    readSettings: async () => ({
      settings: sampleSettings(),
      problems: [],
      exists: true,
      mattermostRecord: true,
      property: () => undefined,
    }),
    people: { areLinksThere: never, machine: never, host: never, confirmed: never },
    management: async () => ({ state: 'managed' }),
    progress: async () => ({ lastError: undefined, owed: [] }),
    mattermost: () => ({}) as ReturnType<DoctorParts['mattermost']>,
    provider: never,
    lookUpName: never,
    ownAddresses: never,
    ...over,
  }
}

const well: Check = { name: 'well', look: async () => [pass('it', 'is well')] }

t.test('a check that throws, one that hangs and one that makes no sense leave the others alone', async t => {
  let stopped = false
  const checks: Check[] = [
    well,
    {
      name: 'throws',
      look: async () => {
        throw new Error('out of\n order')
      },
    },
    {
      name: 'knows',
      look: async () => {
        throw new TeamchatError('directory.bind', 'cannot bind', { hint: 'set it' })
      },
    },
    { name: 'hangs', look: () => new Promise(() => undefined) },
    {
      name: 'heeds',
      look: async (_view, signal) => {
        await sleep(60_000, undefined, { signal }).catch(() => undefined)
        stopped = signal.aborted
        return [pass('', 'stopped in time')]
      },
    },
    { name: 'senseless', unless: () => 'not here', look: async () => [pass('', 'never')] },
  ]
  const report = await examine(parts(t.testdir({})), { checks, limitMs: 300 })
  t.equal(report.worst, 'fail')
  t.same(
    report.findings.map(({ check, verdict, message }) => [check, verdict, message]),
    [
      ['well', 'pass', 'is well'],
      ['throws', 'fail', 'cannot look: out of order'],
      ['knows', 'fail', 'cannot bind'],
      ['hangs', 'fail', 'cannot look: no answer within 0.3 s'],
      ['heeds', 'pass', 'stopped in time'],
      ['senseless', 'skip', 'not here'],
    ],
  )
  t.equal(stopped, true)
  t.equal(report.findings[2]?.remedy, 'set it')
})

t.test('independent ones run at the same time', async t => {
  let running = 0
  let most = 0
  const check = (name: string): Check => ({
    name,
    look: async () => {
      running += 1
      most = Math.max(most, running)
      await sleep(20)
      running -= 1
      return [pass('', 'done')]
    },
  })
  await examine(parts(t.testdir({})), { checks: ['a', 'b', 'c'].map(check) })
  t.equal(most, 3)
})

t.test('settings that cannot be read, or not in time: said, the rest is skipped', async t => {
  const broken = () =>
    Promise.reject(new TeamchatError('db.unreadable', 'cannot read it', { hint: 'mend it' }))
  for (const readSettings of [broken, () => new Promise<never>(() => undefined)]) {
    const report = await examine(parts(t.testdir({}), { readSettings }), { limitMs: 100 })
    t.equal(report.worst, 'fail')
    t.match(report.findings[0], { check: 'settings', verdict: 'fail', message: /cannot read/ })
    t.equal(report.findings.length, allChecks.length)
    t.ok(report.findings.slice(1).every(finding => finding.verdict === 'skip'))
  }
})

t.test('names are told apart', async t => {
  t.equal(new Set(allChecks.map(check => check.name)).size, allChecks.length)
})
