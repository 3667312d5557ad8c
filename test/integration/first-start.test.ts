import t from 'tap'
import { snakeoil } from '../support/apache.js'
import { type ChatHost, HOME, startChatHost } from '../support/chat-host.js'
import { skipWithoutHost } from '../support/host/host.js'

const SITE = 'https://chat.example.org'
const DB = '/var/lib/nethserver/db/configuration'

/** A Mattermost and a virtual host that somebody configured by hand, up and running. */
async function handMadeSite(chat: ChatHost): Promise<void> {
  const { host, must, database } = chat
  const config = {
    ServiceSettings: {
      SiteURL: SITE,
      ListenAddress: '127.0.0.1:8099',
      EnableLocalMode: false,
      EnableSecurityFixAlert: false,
    },
    SqlSettings: { DriverName: 'postgres', DataSource: database.url },
    FileSettings: { Directory: '/srv/chat/data/' },
    TeamSettings: { SiteName: 'Ours', MaxUsersPerTeam: 77 },
    EmailSettings: { SMTPServer: 'mail.example.org', SMTPPort: '587' },
    LogSettings: { EnableDiagnostics: false },
    PluginSettings: { AutomaticPrepackagedPlugins: false, EnableRemoteMarketplace: false },
    AnnouncementSettings: { AdminNoticesEnabled: false, UserNoticesEnabled: false },
  }
  await host.write(`${HOME}/config/config.json`, JSON.stringify(config), {
    mode: 0o600,
    owner: 'mattermost:mattermost',
  })
  await host.write(
    '/etc/apache2/sites-available/ours.conf',
    `<VirtualHost *:443>
  ServerName chat.example.org
  SSLEngine on
  SSLCertificateFile ${snakeoil.certFile}
  SSLCertificateKeyFile ${snakeoil.keyFile}
  ProxyPass / http://127.0.0.1:8099/ upgrade=websocket
  ProxyPreserveHost On
</VirtualHost>
`,
  )
  await must(['a2ensite', '--quiet', 'ours'])
  await must(['systemctl', 'enable', '--now', 'mattermost.service'])
  await must(['systemctl', 'reload', 'apache2.service'])
}

/** Every byte, mode, owner and link of the site's files, and which processes serve it since when. */
async function fingerprint({ must, show }: ChatHost): Promise<string> {
  const files = await must([
    'sh',
    '-c',
    `find ${HOME}/config /etc/apache2 -printf '%p %m %u %g %i %l %T@\\n' | sort; find ${HOME}/config /etc/apache2 -type f -exec sha256sum {} + | sort`,
  ])
  const units = await Promise.all(
    ['mattermost.service', 'apache2.service'].flatMap(unit =>
      ['MainPID', 'ActiveEnterTimestampMonotonic', 'UnitFileState', 'NRestarts'].map(name =>
        show(unit, name),
      ),
    ),
  )
  return `${files}${units.join(' ')}`
}

t.test('beside a Mattermost that somebody configured by hand', skipWithoutHost(), async t => {
  const chat = await startChatHost(t)
  const { host, run, must, ask, until, show, database } = chat
  await handMadeSite(chat)
  await until('the site answers', async () => (await ask(`${SITE}/api/v4/system/ping`)).status === 200)
  const before = await fingerprint(chat)
  const status = async () => JSON.parse((await run(['teamchat', 'status', '--json'])).stdout)
  /** The daemon has looked at what was saved last. */
  const settled = (state: string) =>
    until(`management is ${state}`, async () => (await status()).management.state === state)

  await t.test('without an explicit status nothing moves, and it says what to type', async t => {
    await must(['systemctl', 'enable', '--now', 'teamchatd.service'])
    await settled('unmanaged')
    const plan = await run(['teamchat', 'plan'])
    t.equal(plan.status, 0)
    t.match(plan.stdout, /status enabled/)
    t.equal((await run(['teamchat', 'apply'])).status, 0)
    t.equal(await fingerprint(chat), before)
  })

  await t.test('with a status it is not adopted: nothing moves, and what differs is shown', async t => {
    await must([
      'teamchat',
      'config',
      'set',
      'mattermost',
      'service',
      'status',
      'enabled',
      'VirtualHost',
      'chat.example.org',
      'Home',
      HOME,
    ])
    await settled('not-adopted')
    for (const command of ['plan', 'apply']) {
      const answer = await run(['teamchat', command])
      t.equal(answer.status, 78, command)
      const said = answer.stdout + answer.stderr
      t.match(said, /teamchat adopt/)
      t.match(said, /ListenAddress/)
      t.match(said, /ours\.conf/)
      t.notMatch(said, database.password)
    }
    await must(['systemctl', 'restart', 'teamchatd.service'])
    await settled('not-adopted')
    t.equal(await fingerprint(chat), before)
  })

  await t.test(
    'a virtual host of the same name elsewhere in Apache does not make it ours either',
    async t => {
      await must(['teamchat', 'config', 'setprop', 'mattermost', 'status', 'disabled'])
      await settled('not-adopted')
      t.equal(await fingerprint(chat), before, 'not even a DB that says disabled stops it')
      await must(['teamchat', 'config', 'setprop', 'mattermost', 'status', 'enabled'])
    },
  )

  await t.test('adopt takes the values over and moves not a byte', async t => {
    const adopted = await run(['teamchat', 'adopt'])
    t.equal(adopted.status, 0, adopted.stderr)
    t.notMatch(adopted.stdout, database.password)
    t.match(adopted.stdout, /WebServer.*none/)
    await settled('held')
    t.equal(await fingerprint(chat), before)
    const secret = await host.read('/etc/teamchatd/secrets/mattermost-datasource')
    t.equal(secret.trim(), database.url, 'DataSource byte for byte')
    t.equal(await must(['stat', '-c', '%a', '/etc/teamchatd/secrets/mattermost-datasource']), '600\n')
    const db = await host.read(DB)
    t.match(db, /ListenPort\|8099/)
    t.match(db, /WebServer\|none/)
    t.notMatch(db, database.password)
    const original = await must(['sh', '-c', 'cat /var/lib/teamchatd/generations/0/*config.json'])
    t.equal(original, await host.read(`${HOME}/config/config.json`), 'the original is kept')
    await must(['teamchat', 'config', 'setprop', 'mattermost', 'MaxUsersPerTeam', '500'])
    await settled('held')
    t.equal(await fingerprint(chat), before, 'a later save is held as well')
    await must(['teamchat', 'config', 'delprop', 'mattermost', 'MaxUsersPerTeam'])
  })

  await t.test('apply changes what the plan showed: local mode alone', async t => {
    const plan = JSON.parse((await run(['teamchat', 'plan', '--json'])).stdout)
    t.same(
      plan.files.map((file: { path: string }) => file.path),
      [`${HOME}/config/config.json`],
    )
    t.equal(plan.files[0].changes.length, 1, plan.files[0].changes.join('\n'))
    t.match(plan.files[0].changes[0], /EnableLocalMode/)
    const apache = await must(['sh', '-c', 'find /etc/apache2 -type f -exec sha256sum {} + | sort'])
    const apachePid = await show('apache2.service', 'MainPID')
    const applied = await run(['teamchat', 'apply'])
    t.equal(applied.status, 0, applied.stderr)
    await until(
      'the site answers again',
      async () => (await ask(`${SITE}/api/v4/system/ping`)).status === 200,
    )
    const config = JSON.parse(await host.read(`${HOME}/config/config.json`))
    t.equal(config.ServiceSettings.EnableLocalMode, true)
    t.equal(config.TeamSettings.SiteName, 'Ours')
    t.equal(config.TeamSettings.MaxUsersPerTeam, 77)
    t.equal(config.EmailSettings.SMTPServer, 'mail.example.org')
    t.equal(await must(['stat', '-c', '%a %U', `${HOME}/config/config.json`]), '600 mattermost\n')
    t.equal(await must(['sh', '-c', 'find /etc/apache2 -type f -exec sha256sum {} + | sort']), apache)
    t.equal(await show('apache2.service', 'MainPID'), apachePid)
    t.equal((await run(['teamchat', 'plan'])).status, 0)
    await settled('managed')
  })

  await t.test('a DB that is lost stops nothing', async t => {
    const pid = await show('mattermost.service', 'MainPID')
    await must(['mv', DB, `${DB}.away`])
    await until('status says so', async () =>
      /db|DB|configuration/.test((await status()).lastError?.message ?? ''),
    )
    t.equal((await run(['teamchat', 'apply'])).status, 78)
    t.equal(await show('mattermost.service', 'MainPID'), pid)
    t.equal((await ask(`${SITE}/api/v4/system/ping`)).status, 200)
    await must(['mv', `${DB}.away`, DB])
    await until('it is found again', async () => (await status()).lastError === undefined)
  })

  await t.test('a file of Mattermost that is swapped for a link is not followed', async t => {
    await must([
      'sh',
      '-c',
      `cp -a ${HOME}/config /tmp/elsewhere && mv ${HOME}/config ${HOME}/config.real && ln -s /tmp/elsewhere ${HOME}/config`,
    ])
    const elsewhere = await must(['sha256sum', '/tmp/elsewhere/config.json'])
    await must(['teamchat', 'config', 'setprop', 'mattermost', 'SiteURL', 'https://other.example.org'])
    await until('status says so', async () => /symbolic link/.test((await status()).lastError?.message ?? ''))
    t.equal(await must(['sha256sum', '/tmp/elsewhere/config.json']), elsewhere)
  })
})
