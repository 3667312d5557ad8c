import t from 'tap'
import { HOME, mattermostRecord, startChatHost } from '../support/chat-host.js'
import { skipWithoutHost } from '../support/host/host.js'

t.test(
  'a rollback serves the site as it was, and holds until its time is over',
  skipWithoutHost(),
  async t => {
    const chat = await startChatHost(t)
    const { host, run, must, ask, until, database, runningConfig, show } = chat
    const config = (...args: string[]) => must(['teamchat', 'config', ...args])
    // Apache's only site answers to every name; where it sends plain HTTP tells which one it is.
    const answers = async (name: string) =>
      (await ask(`https://${name}/api/v4/system/ping`)).status === 200 &&
      (await ask(`http://${name}/`)).body.includes(`https://${name}/`)
    const siteUrl = async () => (await runningConfig()).ServiceSettings?.SiteURL
    const status = async () => JSON.parse(await must(['teamchat', 'status', '--json']))

    await host.write(`${HOME}/config/config.json`, '{}', { mode: 0o600, owner: 'mattermost:mattermost' })
    await host.run(['mkdir', '-p', '-m', '700', '/etc/teamchatd/secrets'])
    await host.write('/etc/teamchatd/secrets/mattermost', `${database.password}\n`, { mode: 0o600 })
    await config('set', 'DomainName', 'example.org')
    await config('set', 'apache2', 'service', 'status', 'enabled')
    await config('set', ...mattermostRecord(chat))
    await must(['systemctl', 'enable', '--now', 'teamchatd.service'])
    await until('the site is served as A', () => answers('chat.example.org'))
    await until('A is in the history', async () => (await status()).generation?.number === 1)

    await t.test('apply B', async t => {
      await config('setprop', 'mattermost', 'VirtualHost', 'talk.example.org', 'ListenPort', '8077')
      await until('the site is served as B', () => answers('talk.example.org'))
      await until('B is in the history', async () => (await status()).generation?.number === 2)
      t.equal(await siteUrl(), 'https://talk.example.org')
      const diff = await run(['teamchat', 'diff', '1', '2'])
      t.equal(diff.status, 2)
      t.match(diff.stdout, /^-ServiceSettings\.SiteURL: "https:\/\/chat\.example\.org"$/m)
      t.match(diff.stdout, /^\+ +ServerName "talk\.example\.org"$/m)
      t.notMatch(diff.stdout, database.password)
      const live = await run(['teamchat', 'diff'])
      t.same([live.status, live.stderr], [0, ''], live.stdout)
      t.equal(await must(['stat', '-c', '%a %U', '/var/lib/teamchatd/generations/2.json']), '600 root\n')
      t.notMatch(await must(['cat', '/var/lib/teamchatd/generations/2.json']), database.password)
    })

    await t.test('rollback to A', async t => {
      const plan = await run(['teamchat', 'rollback', '1', '--dry-run'])
      t.equal(plan.status, 2)
      t.match(plan.stdout, /^\+ServiceSettings\.ListenAddress: "127\.0\.0\.1:8065"$/m)
      t.equal((await status()).pin, undefined)
      const done = await must(['teamchat', 'rollback', '1'])
      t.match(done, /generation 1 is in force again/)
      await until('the site is served as A again', () => answers('chat.example.org'))
      t.notOk(await answers('talk.example.org'))
      t.equal(await siteUrl(), 'https://chat.example.org')
      t.equal((await run(['teamchat', 'diff', '1'])).status, 0)
      t.match(await status(), { pin: { generation: 1 }, generation: { number: 3, cause: 'rollback' } })
      t.match(await must(['teamchat', 'history']), /^3 .* rollback to 1 \[newest\] /m)
    })

    await t.test('an unrelated save, a restart and apply keep it', async t => {
      const before = await show('mattermost.service', 'MainPID')
      await config('setprop', 'mattermost', 'Team', 'everybody')
      await must(['systemctl', 'restart', 'teamchatd.service'])
      t.match(await must(['teamchat', 'apply']), /the rollback to generation 1 is in force/)
      t.ok(await answers('chat.example.org'))
      t.equal(await show('mattermost.service', 'MainPID'), before, 'nothing was restarted')
      t.match(await status(), { pin: { generation: 1 } })
      t.match(await must(['teamchat', 'status']), /^rollback +to generation 1, in force since/m)
    })

    await t.test('a change that concerns it ends it, and says so', async t => {
      await config('setprop', 'mattermost', 'MaxUsersPerTeam', '500')
      await until('the site is served as B again', () => answers('talk.example.org'))
      await until('the rollback is over', async () => (await status()).pin === undefined)
      t.equal(await siteUrl(), 'https://talk.example.org')
      const journal = await host.journal('teamchatd.service')
      t.match(journal, /the rollback to generation 1 is over, since mattermost\.MaxUsersPerTeam/)
      t.equal((await run(['teamchat', 'plan'])).status, 0)
    })
  },
)
