import t, { type Test } from 'tap'
import { snakeoil } from '../support/apache.js'
import { createCertificate, hostOpenssl } from '../support/certificates.js'
import { type ChatHost, startChatHost } from '../support/chat-host.js'
import { certbotPair, configureByHand, SITE } from '../support/hand-made-host.js'
import { skipWithoutHost } from '../support/host/host.js'

const FRAGMENT = '/etc/teamchatd/templates-custom/mattermost.conf/30-https.njk'
/** A unit that is down and a site that does not lead to Mattermost are waited for as long; the default is 60. */
const START_TIMEOUT = ['teamchat', 'config', 'set', 'teamchatd', 'service', 'StartTimeout', '4']
const PING = `${SITE}/api/v4/system/ping`

/** Every name, mode, owner, link and byte that Apache could read. */
function apacheFiles({ must }: ChatHost): Promise<string> {
  return must([
    'sh',
    '-c',
    `find /etc/apache2 -printf '%p %y %m %u %g %l\\n' | sort; find /etc/apache2 -type f -exec sha256sum {} + | sort`,
  ])
}

/**
 * A virtual host that passes each check beforehand and ends Apache with the next reload: Apache's own test does not
 * compare a key with its certificate, and in a file that is included no check of ours sees them.
 */
async function deadlyFragment({ host, must }: ChatHost): Promise<string> {
  const other = await createCertificate(hostOpenssl(host), `${host.shared}/tls`, { name: 'other' })
  await must(['mkdir', '-p', '/srv/tls'])
  await must(['cp', other.keyFile, '/srv/tls/other.key'])
  const pair = `SSLCertificateFile ${snakeoil.certFile}\nSSLCertificateKeyFile /srv/tls/other.key\n`
  await host.write('/srv/tls/pair.inc', pair)
  return vhost('Include /srv/tls/pair.inc\nProxyPass / http://{{ backend }}/')
}

function vhost(directives: string): string {
  return `<VirtualHost *:443>\nServerName {{ virtualHost | apache }}\nSSLEngine on\n${directives}\n</VirtualHost>\n`
}

/** The change is undone; Apache runs and reads what it read before, byte for byte. */
async function undone(t: Test, chat: ChatHost, said: RegExp): Promise<void> {
  const before = await apacheFiles(chat)
  const { status, stdout, stderr } = await chat.run(['teamchat', 'apply', '--force'])
  t.equal(status, 1, stdout + stderr)
  t.match(stderr, said)
  t.match(stderr, /cannot keep the change: .*it was undone/)
  t.notMatch(stderr, /and still/)
  t.equal(await apacheFiles(chat), before)
  t.equal(await chat.show('apache2.service', 'ActiveState'), 'active')
  t.match((await chat.run(['apache2ctl', '-t'])).stderr, /Syntax OK/)
}

t.test(
  'modules that a change has enabled are disabled again with the rest of it',
  skipWithoutHost(),
  async t => {
    const chat = await startChatHost(t, { modules: [] })
    const { host, run, must, show, ask, until } = chat
    await configureByHand(chat)
    await must(START_TIMEOUT)
    // Another site, whose directives come to life with the modules that ours needs.
    const shop = (more: string) =>
      host.write(
        '/etc/apache2/sites-enabled/shop.conf',
        `<VirtualHost *:80>\nServerName shop.example.org\nDocumentRoot /var/www/html\n${more}</VirtualHost>\n`,
      )
    await shop(
      '<IfModule mod_proxy_http.c>\nProxyPass /.well-known !\nProxyPass / http://127.0.0.1:9/\n</IfModule>\n',
    )
    await must(['systemctl', 'reload', 'apache2.service'])
    const shopAnswers = async () => (await ask('http://shop.example.org/')).status
    const loaded = async () => /^ proxy_http_module/m.test(await must(['apache2ctl', '-M']))
    await must(['teamchat', 'adopt', '--vhost'])
    t.equal(await shopAnswers(), 200)

    await t.test('another site is worse with them: they go by a reload', async t => {
      const pid = await show('apache2.service', 'MainPID')
      await undone(t, chat, /http:\/\/shop\.example\.org:80, another site here, answers with HTTP 503/)
      t.notOk(await loaded())
      await until('the shop answers again', async () => (await shopAnswers()) === 200)
      t.equal(await show('apache2.service', 'MainPID'), pid)
      t.not((await run(['a2query', '-m', 'proxy_http'])).status, 0)
    })

    await t.test('Apache goes down with the reload: it is started without them', async t => {
      await shop('')
      await must(['systemctl', 'reload', 'apache2.service'])
      await host.write(FRAGMENT, await deadlyFragment(chat))
      const pid = await show('apache2.service', 'MainPID')
      await undone(t, chat, /apache2\.service is (failed|inactive)/)
      t.not(await show('apache2.service', 'MainPID'), pid, 'Apache had really gone down')
      t.notOk(await loaded())
      t.equal(await shopAnswers(), 200)
      t.equal((await run(['teamchat', 'plan'])).status, 2, 'the change is still wanted')
      await must(['rm', FRAGMENT])
    })

    await t.test('a reload that systemd refuses leaves the change in place, and owed', async t => {
      await host.write(
        '/etc/systemd/system/apache2.service.d/reload.conf',
        '[Service]\nExecReload=\nExecReload=/bin/false\n',
      )
      await must(['systemctl', 'daemon-reload'])
      const applied = await run(['teamchat', 'apply'])
      t.equal(applied.status, 1, applied.stdout)
      t.match(applied.stderr, /cannot reload apache2\.service/)
      t.equal(await show('apache2.service', 'ActiveState'), 'active')
      t.equal(await shopAnswers(), 200)
      const status = JSON.parse((await run(['teamchat', 'status', '--json'])).stdout)
      t.match(status.owed, [/^reload apache2\.service: modules of Apache are enabled: .*proxy_http/])
      t.match((await run(['teamchat', 'status'])).stdout, /^owed +reload apache2\.service: /m)
      await must(['rm', '-r', '/etc/systemd/system/apache2.service.d'])
      await must(['systemctl', 'daemon-reload'])
      const again = await run(['teamchat', 'apply'])
      t.equal(again.status, 0, again.stderr)
      t.ok(await loaded())
      await until('the site answers', async () => (await ask(PING)).status === 200)
      t.equal((await run(['teamchat', 'plan'])).status, 0)
    })
  },
)

t.test(
  "a take-over that breaks the site: the site's own virtual hosts are back",
  skipWithoutHost(),
  async t => {
    const chat = await startChatHost(t)
    const { host, run, must, ask, show, until } = chat
    await configureByHand(chat)
    await must(START_TIMEOUT)
    await certbotPair(chat)
    // One half is a link, as a2ensite makes them, the other a file of its own with a mode that somebody chose.
    const own = '/etc/apache2/sites-enabled/team-le-ssl.conf'
    await must(['mv', '/etc/apache2/sites-available/team-le-ssl.conf', own])
    await must(['chmod', '640', own])
    await must(['chgrp', 'adm', own])
    await must(['systemctl', 'reload', 'apache2.service'])
    const answers = async () => (await ask(PING)).status === 200
    await until('the site answers', answers)
    await must(['teamchat', 'adopt'])
    await must(['teamchat', 'apply'])
    await must(['teamchat', 'adopt', '--vhost'])

    await t.test('Apache goes down with the reload', async t => {
      await host.write(FRAGMENT, await deadlyFragment(chat))
      const pid = await show('apache2.service', 'MainPID')
      await undone(t, chat, /apache2\.service is (failed|inactive)/)
      t.not(await show('apache2.service', 'MainPID'), pid, 'Apache had really gone down')
      t.ok(await answers(), 'by the virtual host of the site')
    })

    await t.test('ours does not lead to Mattermost, by the daemon', async t => {
      await must(['systemctl', 'enable', '--now', 'teamchatd.service'])
      await host.write(
        FRAGMENT,
        vhost(
          `SSLCertificateFile ${snakeoil.certFile}\nSSLCertificateKeyFile ${snakeoil.keyFile}\nProxyPass / http://127.0.0.1:9/`,
        ),
      )
      const pid = await show('apache2.service', 'MainPID')
      await undone(t, chat, /https:\/\/chat\.example\.org does not lead to Mattermost .*HTTP 503/)
      t.equal(await show('apache2.service', 'MainPID'), pid, 'Apache was only reloaded')
      t.ok(await answers())
      t.match(await host.journal('teamchatd.service'), /it was undone/)
      await must(['rm', FRAGMENT])
    })

    await t.test('mended, it is taken over, and given back as it was', async t => {
      const before = await apacheFiles(chat)
      const applied = await run(['teamchat', 'apply'])
      t.equal(applied.status, 0, applied.stderr)
      t.ok(await answers())
      t.notOk(await host.exists(own))
      const given = await run(['teamchat', 'retire', '--give-back'])
      t.equal(given.status, 0, given.stderr)
      t.equal(await apacheFiles(chat), before)
      await until('the site answers', answers)
    })
  },
)
