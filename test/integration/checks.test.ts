import t from 'tap'
import { snakeoil } from '../support/apache.js'
import { createCertificate, hostOpenssl } from '../support/certificates.js'
import { HOME, mattermostRecord, startChatHost } from '../support/chat-host.js'
import { skipWithoutHost } from '../support/host/host.js'

const SITES = '/etc/apache2/sites-enabled'
const CUSTOM = '/etc/teamchatd/templates-custom'

/** A site by TLS with Debian's own certificate. */
function tlsSite(name: string, more = ''): string {
  return `<VirtualHost *:443>
ServerName ${name}
${more}
SSLEngine on
SSLCertificateFile ${snakeoil.certFile}
SSLCertificateKeyFile ${snakeoil.keyFile}
</VirtualHost>
`
}

t.test('what Apache really says of a candidate, before anything is written', skipWithoutHost(), async t => {
  const chat = await startChatHost(t)
  const { host, run, must, show, database } = chat
  await host.write(`${HOME}/config/config.json`, '{}', { mode: 0o600, owner: 'mattermost:mattermost' })
  await host.write('/etc/teamchatd/secrets/mattermost', `${database.password}\n`, { mode: 0o600 })
  const set = (...args: string[]) => must(['teamchat', 'config', ...args])
  await set('set', 'DomainName', 'example.org')
  await set('set', 'apache2', 'service', 'status', 'enabled')
  await set('set', ...mattermostRecord(chat))
  const files = () =>
    must(['sh', '-c', `find /etc/apache2 ${HOME}/config -printf '%p %l %i\\n' | sort | sha256sum`])
  const apply = async () => {
    const { status, stdout, stderr } = await run(['teamchat', 'apply'])
    return { status, said: stdout + stderr }
  }
  /** Refused, and not a byte has moved. */
  const refused = async (said: RegExp) => {
    const before = await files()
    const answer = await apply()
    t.equal(answer.status, 78, answer.said)
    t.match(answer.said, said)
    t.equal(await files(), before)
  }

  await t.test('broken before us: said so, with the place and Apache’s own words', async () => {
    await host.write(`${SITES}/shop.conf`, 'ServerAdmin a@example.org\nNonsense on\n')
    await refused(
      /broken before us: AH00526: Syntax error on line 2 of \S*\/shop\.conf: Invalid command 'Nonsense'/,
    )
  })

  await t.test('the name is taken in a file that only a nested include reads', async () => {
    await must(['rm', `${SITES}/shop.conf`])
    await host.write('/srv/vhosts/deep.inc', tlsSite('deep.example.org', 'ServerAlias *.example.org'))
    await host.write(`${SITES}/include.conf`, 'Include /srv/vhosts/*.inc\n')
    await refused(/\/srv\/vhosts\/deep\.inc already serves chat\.example\.org/)
    await must(['rm', `${SITES}/include.conf`])
  })

  await t.test(
    'the name comes from a file that the virtual host includes, from a variable, from a macro',
    async () => {
      await host.write('/srv/vhosts/name.part', 'ServerName chat.example.org\n')
      await host.write(
        `${SITES}/part.conf`,
        tlsSite('x').replace('ServerName x', 'Include /srv/vhosts/name.part'),
      )
      await refused(/part\.conf already serves chat\.example\.org/)
      await host.write(`${SITES}/part.conf`, `Define SITE chat.example.org\n${tlsSite('${' + 'SITE}')}`)
      await refused(/part\.conf already serves chat\.example\.org/)
      await must(['a2enmod', '--quiet', 'macro'])
      await must(['systemctl', 'restart', 'apache2.service'])
      await host.write(
        `${SITES}/part.conf`,
        `<Macro Site $name>\n${tlsSite('$name')}</Macro>\nUse Site chat.example.org\n`,
      )
      await refused(/already serves chat\.example\.org/)
      await must(['rm', `${SITES}/part.conf`])
    },
  )

  await t.test('it would come before the site that everybody without a name gets', async () => {
    await host.write(`${SITES}/zzz-cloud.conf`, tlsSite('cloud.example.org'))
    await refused(/default one of \*:443, which is cloud\.example\.org \(\S*zzz-cloud\.conf\) now/)
    await must(['mv', `${SITES}/zzz-cloud.conf`, `${SITES}/cloud.conf`])
  })

  await t.test(
    'a fragment of the site’s own: ports and certificates that Apache’s test lets pass',
    async () => {
      const proxy = (port: number) => `<VirtualHost *:443>
ServerName {{ virtualHost | apache }}
SSLEngine on
SSLCertificateFile ${snakeoil.certFile}
SSLCertificateKeyFile ${port === 8065 ? '/srv/tls/other.key' : snakeoil.keyFile}
ProxyPass / http://127.0.0.1:${port}/
</VirtualHost>
`
      await host.write(`${CUSTOM}/mattermost.conf/30-https.njk`, proxy(99999))
      await refused(/names the port 99999, and ports end at 65535/)
      const shared = await createCertificate(hostOpenssl(host), `${host.shared}/tls`, { name: 'other' })
      await must(['mkdir', '-p', '/srv/tls'])
      await must(['cp', shared.keyFile, '/srv/tls/other.key'])
      await host.write(`${CUSTOM}/mattermost.conf/30-https.njk`, proxy(8065))
      await refused(
        /ssl-cert-snakeoil\.pem of the vhost: the key \/srv\/tls\/other\.key does not belong to it/,
      )
      await must(['rm', `${CUSTOM}/mattermost.conf/30-https.njk`])
    },
  )

  await t.test('a port on which somebody else listens', async () => {
    const squatter = host.spawn([
      process.execPath,
      '--eval',
      `require('net').createServer(s => s.end('no')).listen(8065, '127.0.0.1')`,
    ])
    t.teardown(() => squatter.kill())
    await chat.until(
      'it listens',
      async () => (await run(['sh', '-c', 'ss -ltn | grep -q 127.0.0.1:8065'])).status === 0,
    )
    await refused(/cannot let Mattermost listen on 127\.0\.0\.1:8065: another program does/)
    squatter.kill()
    await chat.until(
      'it has gone',
      async () => (await run(['sh', '-c', 'ss -ltn | grep -q 127.0.0.1:8065'])).status === 1,
    )
  })

  await t.test('then all is well, and the default sites are who they were', async t => {
    const defaults = async () =>
      (await must(['apache2ctl', '-t', '-D', 'DUMP_VHOSTS']))
        .split('\n')
        .filter(line => /default server/.test(line))
    const answer = await apply()
    t.equal(answer.status, 0, answer.said)
    t.match((await defaults()).sort(), [/000-default\.conf/, /cloud\.example\.org/])
    t.equal(await show('apache2.service', 'ActiveState'), 'active')
    await chat.until(
      'Mattermost answers through Apache',
      async () => (await chat.ask('https://chat.example.org/api/v4/system/ping')).status === 200,
    )
  })

  await t.test('the site made ours the default one by a link of its own: left, and said', async t => {
    await must(['mv', `${SITES}/zz-mattermost.conf`, `${SITES}/aaa-mattermost.conf`])
    await set('setprop', 'mattermost', 'AcmeWebroot', '/srv/acme')
    const answer = await apply()
    t.equal(answer.status, 0, answer.said)
    t.match(answer.said, /our vhost is the default one of \*:443, before \S*cloud\.conf, as it was/)
    await must(['mv', `${SITES}/aaa-mattermost.conf`, `${SITES}/zz-mattermost.conf`])
  })

  await t.test('a virtual host without a name gets what is for the host’s own name', async t => {
    await set('setprop', 'mattermost', 'VirtualHost', 'chat.example.test')
    const answer = await apply()
    t.equal(answer.status, 0, answer.said)
    t.match(
      answer.said,
      /000-default\.conf:1 has no ServerName and so gets what is for chat\.example\.test.*\*:80/,
    )
  })

  await t.test('disabled: refused where another site needs what is in ours', async () => {
    await must(['a2enmod', '--quiet', 'macro'])
    await host.write(
      `${CUSTOM}/mattermost.conf/40-macro.njk`,
      '<Macro Team>\nServerSignature Off\n</Macro>\n',
    )
    t.equal((await apply()).status, 0)
    await host.write(`${SITES}/zzz-needs.conf`, 'Use Team\n')
    await must(['apache2ctl', '-t'])
    await set('setprop', 'mattermost', 'status', 'disabled')
    await refused(/cannot take the vhost away: .*zzz-needs\.conf.*no macro defined/)
  })

  await t.test('disabled: done where Apache was broken without us; it is reloaded later', async t => {
    await host.write(`${SITES}/zzz-needs.conf`, 'Nonsense on\n')
    const answer = await apply()
    t.equal(answer.status, 1, answer.said)
    t.match(answer.said, /cannot reload apache2\.service: .*broken before us: .*Nonsense/)
    t.equal(await host.exists(`${SITES}/zz-mattermost.conf`), false)
    t.equal(await show('mattermost.service', 'ActiveState'), 'inactive')
    await must(['rm', `${SITES}/zzz-needs.conf`])
    t.equal((await apply()).status, 0)
  })
})
