import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { PauseFile, pauseText } from '../../src/events/pause.js'
import { createPaths } from '../../src/paths.js'

function open(t: Test) {
  const root = mkdtempSync(join(tmpdir(), 'teamchatd-pause-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const paths = createPaths({ root, env: {} })
  const clock = { now: new Date('2026-11-25T04:00:00.000Z') }
  // A new one each time, as a command beside the daemon or the next daemon would have it.
  return { paths, clock, file: () => new PauseFile(paths, () => clock.now) }
}

t.test('a pause is on disk for root alone, and whoever looks later finds it', async t => {
  const { paths, file } = open(t)
  t.equal(await file().read(), undefined)
  await file().refuse('apply')
  await file().set('upgrade of PostgreSQL', undefined)
  t.equal(statSync(paths.pauseFile).mode & 0o777, 0o600)
  t.equal(statSync(paths.stateFolder).mode & 0o777, 0o700)
  const since = '2026-11-25T04:00:00.000Z'
  t.same(await file().read(), { since, until: undefined, reason: 'upgrade of PostgreSQL' })
  await t.rejects(file().refuse('apply the settings'), {
    code: 'paused',
    exitCode: 75,
    message: `cannot apply the settings: paused since ${since}: upgrade of PostgreSQL`,
    hint: /teamchat resume/,
  })
  t.match(await file().clear(), { reason: 'upgrade of PostgreSQL' })
  t.equal(await file().read(), undefined)
  t.equal(await file().clear(), undefined, 'ended twice')
})

t.test('it ends by itself, and said again it gets another end and reason', async t => {
  const { clock, file } = open(t)
  const first = await file().set('one', 60_000)
  t.equal(pauseText(first), 'paused since 2026-11-25T04:00:00.000Z until 2026-11-25T04:01:00.000Z: one')
  clock.now = new Date('2026-11-25T04:00:30.000Z')
  t.match(await file().set('two', 60_000), {
    since: '2026-11-25T04:00:00.000Z',
    until: '2026-11-25T04:01:30.000Z',
  })
  clock.now = new Date('2026-11-25T04:01:29.999Z')
  t.match(await file().read(), { reason: 'two' })
  clock.now = new Date('2026-11-25T04:01:30.000Z')
  t.equal(await file().read(), undefined)
  await file().refuse('apply')
  t.match(await file().set('three', undefined), { since: clock.now.toISOString(), until: undefined })
})

t.test('a file that cannot be understood pauses until resume', async t => {
  const { paths, file } = open(t)
  await file().set('x', undefined)
  for (const text of ['', '{', '{}', '[]', '{"since":"then","reason":"x"}']) {
    writeFileSync(paths.pauseFile, text)
    t.match(await file().read(), { until: undefined, reason: /cannot understand .*pause\.json/ }, text)
    await t.rejects(file().refuse('apply'), { code: 'paused' })
  }
  t.match(await file().set('y', undefined), { since: '2026-11-25T04:00:00.000Z', reason: 'y' })
  await file().clear()
  t.equal(await file().read(), undefined)
})
