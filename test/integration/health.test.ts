import t from 'tap'
import { snakeoil } from '../support/apache.js'
import { createCertificate, hostOpenssl } from '../support/certificates.js'
import { HOME, mattermostRecord, startChatHost } from '../support/chat-host.js'
import { skipWithoutHost } from '../support/host/host.js'

const VHOST = '/etc/apache2/sites-available/mattermost.conf'
const FRAGMENT = '/etc/teamchatd/templates-custom/mattermost.conf/30-https.njk'
const SITE = 'https://chat.example.org/api/v4/system/ping'

t.test('what breaks by a change is undone, and the site is up again', skipWithoutHost(), async t => {
  const chat = await startChatHost(t)
  const { host, run, must, ask, show, until, database } = chat
  await host.write(`${HOME}/config/config.json`, '{}', { mode: 0o600, owner: 'mattermost:mattermost' })
  await host.write('/etc/teamchatd/secrets/mattermost', `${database.password}\n`, { mode: 0o600 })
  // The stand-in waits for ever with any other, as Mattermost does without its database.
  const faults = JSON.stringify({ requireDataSource: database.url })
  await host.write(`${HOME}/stand-in-faults.json`, faults, { owner: 'mattermost:mattermost' })
  await host.write(
    '/etc/apache2/sites-enabled/shop.conf',
    `<VirtualHost *:443>
ServerName shop.example.org
SSLEngine on
SSLCertificateFile ${snakeoil.certFile}
SSLCertificateKeyFile ${snakeoil.keyFile}
DocumentRoot /var/www/html
</VirtualHost>
`,
  )
  const set = (...args: string[]) => must(['teamchat', 'config', ...args])
  await set('set', 'DomainName', 'example.org')
  await set('set', 'apache2', 'service', 'status', 'enabled')
  await set('set', 'teamchatd', 'service', 'StartTimeout', '8')
  const WRONG_PORT = '59999'
  await set('set', ...mattermostRecord(chat, { DatabasePort: WRONG_PORT }))
  const apply = async (...args: string[]) => {
    const { status, stdout, stderr } = await run(['teamchat', 'apply', ...args])
    return { status, said: stdout + stderr }
  }
  const answers = async (url: string) => (await ask(url)).status
  // Mattermost writes its file in its own form at each start: values count.
  const files = async () => ({
    config: JSON.parse(await host.read(`${HOME}/config/config.json`)),
    vhost: await host.read(VHOST),
  })
  const isUp = async () => {
    t.equal(await answers(SITE), 200, 'Mattermost answers through Apache')
    t.equal(await answers('https://shop.example.org/'), 200, 'the other site answers')
    t.equal(await show('mattermost.service', 'ActiveState'), 'active')
    t.equal(await show('apache2.service', 'ActiveState'), 'active')
  }

  await t.test('broken before: a wrong port of the database, put right', async t => {
    const wrong = await apply()
    t.equal(wrong.status, 1, wrong.said)
    t.match(wrong.said, /cannot start mattermost\.service: it did not get active within 8 s/)
    t.match(
      (await files()).config.SqlSettings.DataSource,
      WRONG_PORT,
      'nothing worked before, so nothing is taken back',
    )
    await set('setprop', 'mattermost', 'DatabasePort', database.port)
    const right = await apply()
    t.equal(right.status, 0, right.said)
    await isUp()
  })

  const undone = async (said: RegExp, ...args: string[]) => {
    const before = await files()
    const answer = await apply(...args)
    t.equal(answer.status, 1, answer.said)
    t.match(answer.said, said)
    t.match(answer.said, /cannot keep the change: .*it was undone/)
    t.notMatch(answer.said, /and still/)
    t.same(await files(), before, 'the files are those of before')
    await isUp()
  }

  await t.test('a restart after which Mattermost never gets ready', async () => {
    await set('setprop', 'mattermost', 'DatabasePort', WRONG_PORT)
    await undone(/mattermost\.service is activating.*Mattermost does not answer on 127\.0\.0\.1:8065/)
  })

  await t.test('a restart after which the unit runs and Mattermost does not answer', async () => {
    await host.write('/etc/systemd/system/mattermost.service.d/simple.conf', '[Service]\nType=simple\n')
    await must(['systemctl', 'daemon-reload'])
    const pid = await show('mattermost.service', 'MainPID')
    t.match((await apply()).said, /they were undone at .*teamchat apply --force tries the same again/s)
    t.equal(
      await show('mattermost.service', 'MainPID'),
      pid,
      'what broke the site is not tried again unasked',
    )
    await undone(/cannot keep the change: Mattermost does not answer on /, '--force')
    await must(['rm', '/etc/systemd/system/mattermost.service.d/simple.conf'])
    await must(['systemctl', 'daemon-reload'])
    await set('setprop', 'mattermost', 'DatabasePort', database.port)
  })

  await t.test('a key that belongs to another certificate, which Apache’s test lets pass', async t => {
    const other = await createCertificate(hostOpenssl(host), `${host.shared}/tls`, { name: 'other' })
    const pair = (key: string) => `SSLCertificateFile ${snakeoil.certFile}\nSSLCertificateKeyFile ${key}\n`
    await must(['mkdir', '-p', '/srv/tls'])
    await must(['cp', other.keyFile, '/srv/tls/other.key'])
    await host.write('/srv/tls/good.inc', pair(snakeoil.keyFile))
    await host.write('/srv/tls/bad.inc', pair('/srv/tls/other.key'))
    // In a file of the site's own, of which the checks before writing cannot know.
    const fragment = (name: string) => `<VirtualHost *:443>
ServerName {{ virtualHost | apache }}
SSLEngine on
Include /srv/tls/${name}.inc
ProxyPass / http://{{ backend }}/ upgrade=websocket
ProxyPreserveHost On
</VirtualHost>
`
    await host.write(FRAGMENT, fragment('good'))
    const good = await run(['teamchat', 'apply', '--force'])
    t.equal(good.status, 0, good.stderr)
    await isUp()
    await host.write(
      '/etc/apache2/sites-enabled/zzz-proof.conf',
      fragment('bad')
        .replace(/\{\{.*\}\}/, 'x.example.org')
        .replace('{{ backend }}', '127.0.0.1:8065'),
    )
    t.match((await run(['apache2ctl', '-t'])).stderr, /Syntax OK/, 'Apache’s own test sees nothing')
    await must(['rm', '/etc/apache2/sites-enabled/zzz-proof.conf'])
    const pid = await show('apache2.service', 'MainPID')
    await host.write(FRAGMENT, fragment('bad'))
    await undone(/apache2\.service is (failed|inactive)/)
    t.not(await show('apache2.service', 'MainPID'), pid, 'Apache had really gone down')
    await host.write(FRAGMENT, fragment('good'))
    t.equal((await apply()).status, 0)
  })

  await t.test('a config.json that Mattermost may not read, though it runs', async t => {
    const file = `${HOME}/config/config.json`
    const pid = await show('mattermost.service', 'MainPID')
    await must(['chown', 'root:root', file])
    await set('setprop', 'mattermost', 'MaxUsersPerTeam', '900')
    const refused = await apply()
    t.equal(refused.status, 78, refused.said)
    t.match(
      refused.said,
      /cannot let Mattermost read .*runs as mattermost, who cannot read it.* uid 0 with mode 0600/,
    )
    t.match(refused.said, `chown mattermost: ${file} && teamchat apply`)
    t.match((await run(['teamchat', 'doctor'])).stdout, /fail {2}config\.json .*\n.*→ chown mattermost: /)
    t.equal(await show('mattermost.service', 'MainPID'), pid, 'a restart would have ended it for good')
    await isUp()
    await must(['chown', 'mattermost:', file])
    t.equal((await apply()).status, 0)
    t.match((await run(['teamchat', 'doctor'])).stdout, /pass {2}config\.json /)
    await isUp()
  })

  await t.test('by the daemon as well, told in its status', async () => {
    await must(['systemctl', 'enable', '--now', 'teamchatd.service'])
    const lastError = async () =>
      JSON.parse(await must(['teamchat', 'status', '--json'])).lastError?.message ?? ''
    await set('setprop', 'mattermost', 'DatabasePort', WRONG_PORT)
    await until('it was undone', async () => /it was undone/.test(await lastError()))
    await isUp()
    await set('setprop', 'mattermost', 'DatabasePort', database.port)
    await until('all is well', async () => (await lastError()) === '')
    await isUp()
  })

  await t.test('an executable hook of the site’s own runs in the sandbox of the unit', async t => {
    const place = '/etc/teamchatd/hooks/backup/10-copy'
    await host.write(place, '#!/bin/sh\necho "copies $2 as $(id -un)"\n[ "$2" = good ]\n', { mode: 0o755 })
    t.match(await run(['teamchat', 'signal-event', 'backup', 'good']), {
      status: 0,
      stdout: /10-copy is done/,
    })
    const failed = await run(['teamchat', 'signal-event', 'backup', 'bad'])
    t.match(failed, { status: 1, stderr: /10-copy has failed \(exit status 1\): copies bad as root/ })
    t.match(await host.journal('teamchatd.service'), /copies good as root/)
    await must(['chmod', 'o+w', place])
    t.match(await run(['teamchat', 'signal-event', 'backup', 'good']), {
      status: 1,
      stderr: /others than its owner/,
    })
  })
})
