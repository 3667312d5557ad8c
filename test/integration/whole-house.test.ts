import t from 'tap'
import { HOME, mattermostRecord, startChatHost } from '../support/chat-host.js'
import { skipWithoutHost } from '../support/host/host.js'
import { personLdif, startSlapd } from '../support/slapd.js'

t.test('a setting and a person go all the way, on real servers', skipWithoutHost(), async t => {
  const chat = await startChatHost(t)
  const { host, run, must, ask, login, until, show, database } = chat
  const slapd = await startSlapd(t, host, {
    users: personLdif(
      { uid: 'minnie', cn: 'Minnie Mouse', sn: 'Mouse', mails: ['minnie@example.org'] },
      'ou=People,dc=directory,dc=nh',
    ),
  })
  const config = (...args: string[]) => must(['teamchat', 'config', ...args])

  // Mattermost as it is unpacked: its shipped values, never started. The database's password lies where it belongs.
  await host.write(`${HOME}/config/config.json`, '{}', { mode: 0o600, owner: 'mattermost:mattermost' })
  await host.run(['mkdir', '-p', '-m', '700', '/etc/teamchatd/secrets'])
  await host.write('/etc/teamchatd/secrets/mattermost', `${database.password}\n`, { mode: 0o600 })
  await config('set', 'DomainName', 'example.org')
  await config('set', 'OrganizationContact', 'configuration', 'Company', 'Example Org')
  await config('set', 'apache2', 'service', 'status', 'enabled')
  await config(
    'set',
    'sssd',
    'service',
    'Provider',
    'ldap',
    'LdapURI',
    slapd.uri,
    'StartTls',
    'enabled',
    'CaFile',
    slapd.caFile,
  )
  await must(['teamchat', 'config', 'setprop', 'sssd', 'BindPassword', '-'], slapd.bindPassword)
  await config('set', ...mattermostRecord(chat))

  await t.test('the unit as shipped is sound, becomes ready, and brings everything up', async t => {
    const verified = await run(['systemd-analyze', 'verify', '/etc/systemd/system/teamchatd.service'])
    t.same(verified, { status: 0, stdout: '', stderr: '' })
    await must(['systemctl', 'enable', '--now', 'teamchatd.service'])
    t.equal(await show('teamchatd.service', 'ActiveState'), 'active')
    await until('Mattermost runs', async () => (await show('mattermost.service', 'ActiveState')) === 'active')
    await until(
      'Mattermost answers through Apache',
      async () => (await ask('https://chat.example.org/api/v4/system/ping')).status === 200,
    )
    t.equal(await show('mattermost.service', 'UnitFileState'), 'enabled')
    const files = await must([
      'stat',
      '-c',
      '%a %U',
      `${HOME}/config/config.json`,
      '/var/tmp/mattermost_local.socket',
    ])
    t.equal(files, '600 mattermost\n600 mattermost\n')
    t.equal(
      await must(['readlink', '/etc/apache2/sites-enabled/zz-mattermost.conf']),
      '../sites-available/mattermost.conf\n',
    )
    const moved = await ask('http://chat.example.org/')
    t.equal(moved.status, 301, 'plain HTTP is redirected')
    await must(['mkdir', '-p', '/var/www/html/.well-known/acme-challenge'])
    await host.write('/var/www/html/.well-known/acme-challenge/proof', 'proof')
    t.match(await ask('http://chat.example.org/.well-known/acme-challenge/proof'), {
      status: 200,
      body: 'proof',
    })
    t.equal((await run(['teamchat', 'plan'])).status, 0, 'nothing is left to do')
  })

  await t.test('events wait for the first administrator, and say so', async t => {
    const fired = await run(['teamchat', 'signal-event', 'user-create', 'minnie'])
    t.equal(fired.status, 0)
    t.match(fired.stderr, /no account yet/)
    t.match(fired.stderr, /mattermost-bulk-user-create/)
    const status = JSON.parse(await must(['teamchat', 'status', '--json']))
    t.match(status.events, [{ name: 'user-create', args: ['minnie'], state: 'waiting' }])
    const bulk = await run(['mattermost-bulk-user-create'])
    t.equal(bulk.status, 0, bulk.stderr)
    t.match(
      bulk.stdout,
      /^Creating default team: example \(Example Org\) \.\.\. OK\nCreating user: 'minnie' with password '(\S+)' \.\.\. OK\n$/,
    )
    const password = /password '(\S+)'/.exec(bulk.stdout)?.[1] ?? ''
    t.equal(await login('https://chat.example.org', 'minnie', password), 200)
    t.match(
      (await run(['teamchat', 'users', 'credentials'])).stderr,
      /no password is kept/,
      'the line was out',
    )
    await until('the event has found its user', async () => {
      const now = JSON.parse(await must(['teamchat', 'status', '--json']))
      return now.events.length === 0
    })
  })

  await t.test('a name changed in the DB reaches Apache and Mattermost without a restart', async t => {
    const pid = await show('mattermost.service', 'MainPID')
    const apachePid = await show('apache2.service', 'MainPID')
    await config('setprop', 'mattermost', 'VirtualHost', 'talk.example.org')
    await until('the site has moved', async () => {
      const written = JSON.parse(await host.read(`${HOME}/config/config.json`))
      return written.ServiceSettings.SiteURL === 'https://talk.example.org'
    })
    await until(
      'Apache answers by the new name',
      async () => (await ask('https://talk.example.org/api/v4/system/ping')).status === 200,
    )
    const running = await chat.runningConfig()
    t.equal(running.ServiceSettings?.SiteURL, 'https://talk.example.org', 'it is in force')
    t.equal(await show('mattermost.service', 'MainPID'), pid, 'Mattermost was reloaded, not restarted')
    t.equal(await show('apache2.service', 'MainPID'), apachePid, 'Apache was reloaded, not restarted')
  })

  await t.test('a port changed in the DB restarts Mattermost, and Apache follows', async t => {
    const pid = await show('mattermost.service', 'MainPID')
    await config('setprop', 'mattermost', 'ListenPort', '8077')
    await until('Mattermost was restarted', async () => (await show('mattermost.service', 'MainPID')) !== pid)
    await until(
      'Apache reaches the new port',
      async () => (await ask('https://talk.example.org/api/v4/system/ping')).status === 200,
    )
    const written = JSON.parse(await host.read(`${HOME}/config/config.json`))
    t.equal(written.ServiceSettings.ListenAddress, '127.0.0.1:8077')
  })

  await t.test('a person added to the directory can log in; one who is removed cannot', async t => {
    await slapd.add(
      personLdif(
        { uid: 'pluto', cn: 'Pluto Dog', sn: 'Dog', givenName: 'Pluto', mails: ['pluto@example.org'] },
        slapd.userDn,
      ),
    )
    const created = await run(['teamchat', 'signal-event', 'user-create', 'pluto', 'Pluto Dog', '/bin/bash'])
    t.equal(created.status, 0, created.stderr)
    const shown = await must(['teamchat', 'users', 'credentials', 'pluto', '--json'])
    const [credential] = JSON.parse(shown).credentials
    t.equal(await login('https://talk.example.org', 'pluto', credential.password), 200)
    t.notMatch(await host.journal('teamchatd.service'), credential.password, 'not in the journal')
    const still = await run(['teamchat', 'signal-event', '--no-wait', 'user-modify', 'pluto'])
    t.equal(still.status, 0)
    await slapd.delete(`uid=pluto,${slapd.userDn}`)
    const deleted = await run(['teamchat', 'signal-event', 'user-delete', 'pluto'])
    t.equal(deleted.status, 0, deleted.stderr)
    t.equal(await login('https://talk.example.org', 'pluto', credential.password), 401)
    const last = await run(['teamchat', 'signal-event', 'user-delete', 'nobody-here'])
    t.equal(last.status, 0)
    t.match(last.stdout, /left alone/)
  })

  await t.test(
    'UserSync=full: a person is there without any event, also after the directory was away',
    async t => {
      await config('setprop', 'mattermost', 'UserSync', 'full')
      await must(['teamchat', 'users', 'sync', '--confirm'])
      const add = (uid: string) =>
        slapd.add(personLdif({ uid, cn: uid, sn: uid, mails: [`${uid}@example.org`] }, slapd.userDn))
      const isThere = async (uid: string) => {
        const { status, stdout } = await run(['teamchat', 'users', 'credentials', uid, '--json'])
        if (status !== 0) return false
        const [credential] = JSON.parse(stdout).credentials
        return (await login('https://talk.example.org', uid, credential?.password ?? '')) === 200
      }
      await add('goofy')
      await until('goofy can log in', () => isThere('goofy'))
      const { stdout } = await run(['teamchat', 'status'])
      t.match(stdout, /^following {3}by its change counter, which last moved at /m)
      await slapd.stop()
      await until('status says so', async () =>
        /^following .*cannot reach the directory/m.test((await run(['teamchat', 'status'])).stdout),
      )
      await slapd.start()
      await add('daisy')
      await until('daisy can log in', () => isThere('daisy'))
    },
  )

  await t.test('a bad value changes nothing and is said', async t => {
    const refused = await run(['teamchat', 'config', 'setprop', 'mattermost', 'VirtualHost', 'chat example'])
    t.equal(refused.status, 78)
    const before = await host.read('/etc/apache2/sites-available/mattermost.conf')
    // As another tool would write it.
    const db = '/var/lib/nethserver/db/configuration'
    await must(['sed', '-i', 's/VirtualHost|talk.example.org/VirtualHost|talk"example/', db])
    await until('status says so', async () => {
      const status = JSON.parse(await must(['teamchat', 'status', '--json']))
      return /VirtualHost/.test(status.lastError?.message ?? '')
    })
    t.equal(await host.read('/etc/apache2/sites-available/mattermost.conf'), before)
    await must(['sed', '-i', 's/VirtualHost|talk"example/VirtualHost|talk.example.org/', db])
    await until('all is well again', async () => {
      const status = JSON.parse(await must(['teamchat', 'status', '--json']))
      return status.lastError === undefined
    })
  })

  await t.test('disabled: Mattermost stops, the virtual host goes, config.json stays', async t => {
    const kept = await host.read(`${HOME}/config/config.json`)
    await config('setprop', 'mattermost', 'status', 'disabled')
    await until(
      'Mattermost has stopped',
      async () => (await show('mattermost.service', 'ActiveState')) === 'inactive',
    )
    await until(
      'the link has gone',
      async () => !(await host.exists('/etc/apache2/sites-enabled/zz-mattermost.conf')),
    )
    t.equal(await show('mattermost.service', 'UnitFileState'), 'disabled')
    t.equal(await show('apache2.service', 'ActiveState'), 'active')
    t.equal(await host.read(`${HOME}/config/config.json`), kept)
    await config('setprop', 'mattermost', 'status', 'enabled')
    await until(
      'it is back',
      async () => (await ask('https://talk.example.org/api/v4/system/ping')).status === 200,
    )
  })

  await t.test('it ends cleanly, and everything else goes on', async t => {
    await must(['systemctl', 'stop', 'teamchatd.service'])
    t.equal(await show('teamchatd.service', 'Result'), 'success')
    t.equal(await show('mattermost.service', 'ActiveState'), 'active')
    const status = await run(['teamchat', 'status'])
    t.equal(status.status, 1)
    t.match(status.stdout, /not running/)
    const queued = await run(['teamchat', 'signal-event', 'user-create', 'minnie'])
    t.same([queued.status, /not running/.test(queued.stdout)], [0, true])
  })
})
