import t from 'tap'
import { HOME, startChatHost } from '../support/chat-host.js'
import { configureByHand } from '../support/hand-made-host.js'
import { skipWithoutHost } from '../support/host/host.js'

const CONFIG = `${HOME}/config/config.json`
const DB = '/var/lib/nethserver/db/configuration'
const GENERATIONS = '/var/lib/teamchatd/generations'

t.test(
  'an adopted site over some days: plan, status, history, pause, as an administrator types them',
  skipWithoutHost(),
  async t => {
    const chat = await startChatHost(t)
    const { host, run, must, until, show, runningConfig } = chat
    await configureByHand(chat)
    await until('Mattermost is up', async () => (await show('team-chat.service', 'ActiveState')) === 'active')
    const original = await host.read(CONFIG)
    const set = (...args: string[]) => must(['teamchat', 'config', 'setprop', ...args])
    const status = async () => JSON.parse((await run(['teamchat', 'status', '--json'])).stdout)
    const statusOf = async (...command: string[]) => (await run(['teamchat', ...command])).status
    const members = async () => (await runningConfig()).TeamSettings?.MaxUsersPerTeam
    /** Saves a value; the daemon takes it up. */
    const follow = async (value: string) => {
      await set('mattermost', 'MaxUsersPerTeam', value)
      await until(`${value} is in force`, async () => (await members()) === Number(value))
      await until('it is in the history', async () => (await statusOf('plan')) === 0)
    }
    await must(['teamchat', 'adopt'])
    await must(['teamchat', 'apply'])

    await t.test('plan: 0 with nothing to do, 2 with changes pending, in each form', async t => {
      t.equal(await statusOf('plan'), 0)
      t.equal(await statusOf('plan', '--json'), 0)
      await set('mattermost', 'MaxUsersPerTeam', '101')
      t.equal(await statusOf('plan'), 2)
      const asJson = await run(['teamchat', 'plan', '--json'])
      t.match(
        [asJson.status, JSON.parse(asJson.stdout).files],
        [2, [{ path: CONFIG, changes: [/^TeamSettings\.MaxUsersPerTeam: \d+ → 101$/] }]],
      )
      const diff = await run(['teamchat', 'plan', '--diff'])
      t.equal(diff.status, 2)
      t.match(diff.stdout, /^\+TeamSettings\.MaxUsersPerTeam: 101$/m)
      t.not((await status()).db.revision, (await status()).applied.revision)
      await must(['systemctl', 'enable', '--now', 'teamchatd.service'])
      await until('the daemon applies it', async () => (await members()) === 101)
      await until('nothing is left', async () => (await statusOf('plan')) === 0)
    })

    await t.test('status: what the DB says, what is applied, and no trouble', async t => {
      const { db, applied, owed, drift, lastError } = await status()
      t.same([applied.revision, owed, drift, lastError], [db.revision, [], [], undefined])
      const { stdout } = await run(['teamchat', 'status'])
      t.match(stdout, new RegExp(`^DB +${DB}, revision ${db.revision}$`, 'm'))
      t.match(stdout, new RegExp(`^applied +revision ${db.revision}, `, 'm'))
      t.notMatch(stdout, /^(owed|drift|last error)/m)
    })

    await t.test('HistoryKeep; generation 0 for ever', async t => {
      await must(['teamchat', 'config', 'set', 'teamchatd', 'service', 'HistoryKeep', '2'])
      for (const value of ['102', '103', '104']) await follow(value)
      const { entries } = JSON.parse(await must(['teamchat', 'history', '--json'])) as {
        entries: { number: number }[]
      }
      const numbers = entries.map(({ number }) => number).sort((one, other) => one - other)
      const [previous, newest] = numbers.slice(-2)
      const kept = (await must(['ls', GENERATIONS])).trim().split('\n')
      t.same(kept, ['0', `${previous}.json`, `${newest}.json`])
      t.same(JSON.parse(await must(['cat', `${GENERATIONS}/0/config.json`])), JSON.parse(original))
      t.equal(await statusOf('diff', '0'), 2)
      t.equal(await statusOf('diff', '1'), 64, 'it has gone')
      t.match((await run(['teamchat', 'rollback', '1'])).stderr, /generation 1/)
      const back = await run(['teamchat', 'rollback', `${previous}`])
      t.equal(back.status, 0, back.stderr)
      await until('it is in force', async () => (await members()) === 103)
      await must(['teamchat', 'rollback', '--release'])
      await until('the DB counts again', async () => (await members()) === 104)
    })

    await t.test('drift: what somebody sets in the System Console is kept and told', async t => {
      const patch = `const request = require('node:http').request({ method: 'PUT', socketPath: '/var/tmp/mattermost_local.socket', path: '/api/v4/config/patch', headers: { 'content-type': 'application/json' } }, answer => { answer.resume(); process.exitCode = answer.statusCode === 200 ? 0 : 1 })
request.end(JSON.stringify({ TeamSettings: { MaxUsersPerTeam: 333 } }))`
      await must([process.execPath, '--eval', patch])
      await must(['teamchat', 'apply'])
      t.equal(await members(), 333)
      t.match((await status()).drift, [/MaxUsersPerTeam.*333/])
      t.match((await run(['teamchat', 'status'])).stdout, /^drift +.*MaxUsersPerTeam.*333/m)
      await follow('105')
      t.same((await status()).drift, [])
    })

    await t.test('last error: the DB has moved on, and what is applied has not', async t => {
      const { applied } = await status()
      await must(['sed', '-i', 's/MaxUsersPerTeam|105/MaxUsersPerTeam|many/', DB])
      await until('it is told', async () => (await status()).lastError !== undefined)
      const now = await status()
      t.match(now.lastError.message, /MaxUsersPerTeam/)
      t.equal(now.applied.revision, applied.revision)
      t.not(now.db.revision, applied.revision)
      t.match((await run(['teamchat', 'status'])).stdout, /^last error +.*MaxUsersPerTeam/m)
      t.equal(await statusOf('plan'), 78)
      await must(['sed', '-i', 's/MaxUsersPerTeam|many/MaxUsersPerTeam|105/', DB])
      await until('all is well again', async () => (await status()).lastError === undefined)
    })

    await t.test('pause: nothing moves, over a restart too; resume catches up', async t => {
      t.match(
        await must(['teamchat', 'pause', '--for', '2h', 'upgrade', 'of', 'PostgreSQL']),
        /upgrade of PostgreSQL/,
      )
      const pid = await show('team-chat.service', 'MainPID')
      const file = () => must(['stat', '-c', '%i %Y', CONFIG])
      const before = await file()
      await set('mattermost', 'MaxUsersPerTeam', '106', 'ListenPort', '8100')
      await must(['systemctl', 'restart', 'teamchatd.service'])
      const told = await run(['teamchat', 'status'])
      t.match([told.status, told.stdout], [0, /^pause +paused since .* until .*: upgrade of PostgreSQL$/m])
      t.equal(await statusOf('plan'), 2)
      const refused = await run(['teamchat', 'apply'])
      t.match(refused, { status: 75, stderr: /upgrade of PostgreSQL/ })
      t.same([await file(), await show('team-chat.service', 'MainPID')], [before, pid])
      await must(['teamchat', 'resume'])
      await until('it is caught up', async () => (await statusOf('plan')) === 0)
      await until('Mattermost is back', async () => (await members()) === 106)
      t.not(await show('team-chat.service', 'MainPID'), pid)
    })

    await t.test('a pause with an end is over by itself', async t => {
      await must(['teamchat', 'pause', '--for', '4s', 'a', 'moment'])
      await set('mattermost', 'MaxUsersPerTeam', '107')
      await until('it is in force', async () => (await members()) === 107)
      t.notMatch((await run(['teamchat', 'status'])).stdout, /^pause/m)
    })
  },
)
