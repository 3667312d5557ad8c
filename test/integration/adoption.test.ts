import t from 'tap'
import { type ChatHost, HOME, startChatHost } from '../support/chat-host.js'
import { CERTIFICATES, certbotPair, configureByHand, SITE } from '../support/hand-made-host.js'
import { skipWithoutHost } from '../support/host/host.js'

const SAVE = '/etc/e-smith/events/nethserver-mattermost-save'

/** Every byte, mode, owner and link of what teamchatd could touch. */
function files({ must }: ChatHost): Promise<string> {
  const folders = `${HOME}/config /etc/apache2 /etc/e-smith /etc/teamchatd /var/lib/teamchatd /var/lib/nethserver`
  return must([
    'sh',
    '-c',
    `find ${folders} -printf '%p %m %u %g %i %l %T@\\n' 2>/dev/null | sort; find ${folders} -type f -exec sha256sum {} + 2>/dev/null | sort`,
  ])
}

const answers = async ({ ask }: ChatHost) => (await ask(`${SITE}/api/v4/system/ping`)).status === 200

t.test(
  "a unit and a virtual host of other names, certbot's pair, the old module",
  skipWithoutHost(),
  async t => {
    const chat = await startChatHost(t)
    const { host, run, must, until, show, database } = chat
    await configureByHand(chat)
    await certbotPair(chat)
    await host.write('/etc/e-smith/events/actions/mattermost-conf', '#!/bin/sh\n', { mode: 0o755 })
    await must(['mkdir', '-p', SAVE])
    await must(['ln', '-s', '../actions/mattermost-conf', `${SAVE}/S20mattermost-conf`])
    await until('the site answers', () => answers(chat))
    const person = { username: 'minnie', email: 'minnie@example.org', password: 'Password,1234' }
    t.equal((await chat.ask(`${SITE}/api/v4/users`, { method: 'POST', body: person })).status, 201)
    const canLogIn = async () => (await chat.login(SITE, person.username, person.password)) === 200
    await must(['systemctl', 'enable', '--now', 'teamchatd.service'])
    const original = await host.read(`${HOME}/config/config.json`)
    const json = async (...command: string[]) => JSON.parse(await must(['teamchat', ...command, '--json']))

    await t.test('managing is refused while the old actions live', async t => {
      await must(['teamchat', 'config', 'set', 'mattermost', 'service', 'status', 'enabled'])
      const refused = await run(['teamchat', 'apply'])
      t.equal(refused.status, 78)
      t.match(refused.stderr, /S20mattermost-conf.*two writers would fight/)
      await must(['teamchat', 'config', 'delprop', 'mattermost', 'status'])
    })

    await t.test('a dry run tells all of it and writes nothing at all', async t => {
      const before = await files(chat)
      const dry = await json('adopt', '--dry-run')
      t.equal(await files(chat), before)
      const adopted = await json('adopt')
      t.same(adopted.taken, dry.taken)
      t.same(adopted.plan.files, dry.plan.files)
      t.notMatch(JSON.stringify(adopted), database.password)
    })

    await t.test('the first plan is the local mode alone; the old actions are masked', async t => {
      const { files, actions } = JSON.parse((await run(['teamchat', 'plan', '--json'])).stdout)
      t.same(
        files.map((file: { changes: string[] }) => file.changes),
        [['ServiceSettings.EnableLocalMode: false → true']],
      )
      t.match(actions, [{ verb: 'restart', target: 'team-chat.service' }])
      t.equal(await must(['ls', SAVE]), '')
      await must(['teamchat', 'apply'])
      await until('the site answers again', () => answers(chat))
      t.equal((await run(['teamchat', 'plan'])).status, 0)
    })

    await t.test(
      "adopt --vhost, later: ours in the place of certbot's pair, Apache only reloaded",
      async t => {
        const pid = await show('apache2.service', 'MainPID')
        await must(['teamchat', 'adopt', '--vhost'])
        t.equal((await run(['teamchat', 'plan'])).status, 2)
        t.ok(await host.exists('/etc/apache2/sites-enabled/team.conf'), 'held until apply')
        const applied = await run(['teamchat', 'apply'])
        t.equal(applied.status, 0, applied.stderr)
        t.ok(await answers(chat))
        t.equal(await must(['ls', '/etc/apache2/sites-enabled']), '000-default.conf\nzz-mattermost.conf\n')
        t.match(await host.read('/etc/apache2/sites-available/mattermost.conf'), CERTIFICATES)
        t.equal(await show('apache2.service', 'MainPID'), pid)
        await host.write('/srv/acme/.well-known/acme-challenge/probe', 'proof')
        t.match(await chat.ask('http://chat.example.org/.well-known/acme-challenge/probe'), {
          status: 200,
          body: 'proof',
        })
      },
    )

    await t.test('retire --give-back: the site is as it was found, and answers', async t => {
      const before = await files(chat)
      const dry = await must(['teamchat', 'retire', '--give-back', '--dry-run'])
      t.match(dry, /team-le-ssl\.conf/)
      t.equal(await files(chat), before, 'a dry run writes nothing at all')
      t.ok(await canLogIn())
      const given = await run(['teamchat', 'retire', '--give-back'])
      t.equal(given.status, 0, given.stderr)
      await until('the site answers', () => answers(chat))
      t.ok(await canLogIn(), 'the database is the one it was')
      t.equal(
        await must(['ls', '/etc/apache2/sites-enabled']),
        '000-default.conf\nteam-le-ssl.conf\nteam.conf\n',
      )
      t.notOk(await host.exists('/etc/apache2/sites-available/mattermost.conf'))
      t.same(JSON.parse(await host.read(`${HOME}/config/config.json`)), JSON.parse(original))
      t.equal(await must(['stat', '-c', '%a %U', `${HOME}/config/config.json`]), '600 mattermost\n')
      t.equal(await must(['readlink', `${SAVE}/S20mattermost-conf`]), '../actions/mattermost-conf\n')
      t.equal((await run(['teamchat', 'plan'])).status, 0)
      t.match((await json('adopt', '--dry-run')).plan.management, { state: 'held' })
    })

    await t.test('without the package the site works on, over a restart too', async t => {
      await must(['systemctl', 'disable', '--now', 'teamchatd.service'])
      const programs = ['teamchatd', 'teamchat', 'mattermost-bulk-user-create'].map(
        name => `/usr/bin/${name}`,
      )
      await must(['rm', '-r', ...programs, '/etc/systemd/system/teamchatd.service', '/var/lib/teamchatd'])
      await must(['systemctl', 'daemon-reload'])
      await must(['systemctl', 'restart', 'team-chat.service', 'apache2.service'])
      await until('the site answers', () => answers(chat))
      t.ok(await canLogIn())
    })
  },
)

t.test(
  'a fresh Apache: its modules are part of the plan, and of what is not done',
  skipWithoutHost(),
  async t => {
    const chat = await startChatHost(t, { modules: [] })
    const { host, run, must, until, show } = chat
    await configureByHand(chat)
    const fragment = '/etc/teamchatd/templates-custom/mattermost.conf/90-site.njk'
    const enabled = async () => (await must(['ls', '/etc/apache2/mods-enabled'])).split('\n')
    await must(['teamchat', 'adopt', '--vhost'])
    const plan = await run(['teamchat', 'plan'])
    t.match(plan.stdout, /enable Apache module proxy_http: the vhost needs it/)
    t.match(plan.stdout, /enable Apache module socache_shmcb: the module ssl needs it/)
    const before = await enabled()

    await t.test("Apache's test refuses the vhost: no module is enabled either", async t => {
      await host.write(fragment, 'NoSuchDirective on\n')
      const refused = await run(['teamchat', 'apply'])
      t.equal(refused.status, 78)
      t.match(refused.stderr, /Apache refuses it: .*NoSuchDirective/)
      t.same(await enabled(), before)
      await must(['rm', fragment])
    })

    await t.test('applied: the site answers through the vhost after a reload alone', async t => {
      const pid = await show('apache2.service', 'MainPID')
      const applied = await run(['teamchat', 'apply'])
      t.equal(applied.status, 0, applied.stderr)
      await until('the site answers', () => answers(chat))
      t.equal(await show('apache2.service', 'MainPID'), pid)
      for (const name of [
        'ssl.load',
        'ssl.conf',
        'socache_shmcb.load',
        'proxy.load',
        'proxy_http.load',
        'headers.load',
      ]) {
        t.ok((await enabled()).includes(name), name)
      }
      t.match(await must(['a2query', '-m', 'proxy_http']), /^proxy_http \(enabled/)
      t.equal((await run(['teamchat', 'plan'])).status, 0)
    })

    await t.test('retire leaves them, and says so', async t => {
      const { stdout } = await run(['teamchat', 'retire'])
      t.match(stdout, /modules of Apache stay enabled, since others may use them by now: .*proxy_http/)
      t.ok(await answers(chat))
    })
  },
)
