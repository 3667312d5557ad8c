import t from 'tap'
import { judgeSeats } from '../../src/doctor/seats.js'
import { countSeats } from '../../src/people/seats.js'
import { needsStandIn, startMattermost } from '../support/mattermost/start.js'
import { World } from './people-world.js'
import { account } from './plan/people.js'

t.test('more people than the server takes: those who fit are in, the others are named', async t => {
  const world = new World(
    t,
    await startMattermost(t, { config: { TeamSettings: { MaxUsersPerTeam: 1000 } } }),
  )
  if (!/^1[1-9]\./.test((await world.client().serverFacts()).version)) {
    t.pass('the limit of 250', { skip: 'this release takes 5,000' })
    return
  }
  world.accounts = Array.from({ length: 300 }, (_, n) => account(`p${String(n).padStart(3, '0')}`))
  const plan = await world.service.planAll()
  t.match(plan.summary.seats, { before: 0, after: 100, limit: 250 }, 'MaxCreate holds the others')
  const { lines, report, error } = await world.import()
  t.equal(error, undefined)
  t.match(report, { created: 250, failed: 50 })
  t.equal(
    lines.filter(line => / \.\.\. FAILED: the server's limit of active users is reached/.test(line)).length,
    50,
  )
  t.match(lines.at(-1), /^note: 50 people do not fit: .*\(250, Mattermost 11.*left out: p250, p251, .*p299$/)
  t.same(await world.credentials(), [], 'nobody who was refused has a password')
  const again = await world.import()
  t.match(again.report, { created: 0, skipped: 250, failed: 50 })
})

t.test('an upgrade that leaves more people than the new server admits', async t => {
  if (!needsStandIn(t)) return
  const old = await startMattermost(t, {
    version: '10.11',
    config: { TeamSettings: { MaxUsersPerTeam: 1000 } },
  })
  const before = new World(t, old)
  const people = [account('anchor'), account('pluto'), account('minnie'), account('goofy')]
  before.accounts = people
  t.match((await before.import()).report, { created: 4 })
  for (let n = 0; n < 260; n += 1) {
    const more = { username: `old${n}`, email: `old${n}@example.org`, password: 'Password,1234' }
    t.equal((await old.api('POST', '/users', more)).status, 201)
  }
  before.mattermost = { userSync: 'full' }
  t.match(await before.service.syncUsers({ confirm: true }), { report: { failed: 0 } })
  t.match(await before.service.status(), { seats: { active: 264, limit: 5000, trouble: undefined } })
  await old.stop()

  const server = await startMattermost(t, { home: old.home, version: '11.2' })
  const world = new World(t, server, before.paths)
  world.mattermost = { userSync: 'full' }
  const words =
    /264 active users, and version 11\.2\.0 of its Team Edition admits 250: nobody can be created or reactivated; renaming/
  t.match(
    await world.service.status(),
    { seats: { active: 264, limit: 250, trouble: words } },
    'before any run',
  )
  t.match(judgeSeats(await countSeats(world.client(), await world.client().users())), [
    { verdict: 'fail', message: words },
  ])
  world.accounts = [
    ...people.filter(one => one.login === 'anchor'),
    account('pluto', { locked: true }),
    account('mouse', { id: 'uuid-minnie' }),
    account('goofy'),
    account('late'),
  ]
  const report = await world.service.syncAll()
  t.match(report, { created: 0, renamed: 1, deactivated: 1, failed: 1 })
  t.match(report.problems.join('\n'), words)
  t.match(
    report.problems.join('\n'),
    /late: the server's limit of active users is reached \(250, and 264 are active\)/,
  )
  t.match(await world.client().userByUsername('mouse'), { delete_at: 0 })
  world.accounts = world.accounts.map(one => (one.login === 'pluto' ? account('pluto') : one))
  t.match(await world.service.syncAll(), {
    reactivated: 0,
    failed: 2,
    problems: [/263 active users/, /^late: /, /^pluto: /],
  })
  t.match(await world.sync('late'), /^failed: cannot bring 'late' into Mattermost: the server's limit/)
})
