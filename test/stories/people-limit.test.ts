import t from 'tap'
import { startMattermost } from '../support/mattermost/start.js'
import { account } from '../sync/people.js'
import { World } from './people-world.js'

t.test('more people than the server takes: those who fit are in, the others are named', async t => {
  const world = new World(
    t,
    await startMattermost(t, { config: { TeamSettings: { MaxUsersPerTeam: 1000 } } }),
  )
  if (!/^1[1-9]\./.test((await world.client().serverFacts()).version)) {
    t.pass('the limit of 250', { skip: 'this release takes 5,000' })
    return
  }
  world.accounts = Array.from({ length: 253 }, (_, n) => account(`p${String(n).padStart(3, '0')}`))
  const { lines, report, error } = await world.import()
  t.equal(error, undefined)
  t.match(report, { created: 250, failed: 3 })
  t.equal(
    lines.filter(line => / \.\.\. FAILED: the server's limit of active users is reached/.test(line)).length,
    3,
  )
  t.match(lines.at(-1), /^note: 3 people do not fit: .*left out: p\d+, p\d+, p\d+$/)
  t.same(await world.credentials(), [], 'nobody who was refused has a password')
  const again = await world.import()
  t.match(again.report, { created: 0, skipped: 250, failed: 3 })
})
