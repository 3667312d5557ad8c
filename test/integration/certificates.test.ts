import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { type Certificate, createAuthority, createCertificate, hostOpenssl } from '../support/certificates.js'
import { HOME, mattermostRecord, startChatHost } from '../support/chat-host.js'
import { skipWithoutHost } from '../support/host/host.js'

const NAME = 'chat.example.org'
const LIVE = `/etc/letsencrypt/live/${NAME}`
const ARCHIVE = `/etc/letsencrypt/archive/${NAME}`

t.test('a certificate that certbot renews: Apache serves the new one', skipWithoutHost(), async t => {
  const chat = await startChatHost(t)
  const { host, run, must, database, until } = chat
  const openssl = hostOpenssl(host)
  const authority = await createAuthority(openssl, host.shared)
  const make = (name: string) =>
    createCertificate(openssl, host.shared, { name, dnsNames: [NAME], authority })
  const [first, second, third] = [await make('first'), await make('second'), await make('third')]
  let number = 0
  /** As certbot does it: files of the next number, then links. */
  const renew = async (parts: { fullchain?: Certificate; privkey?: Certificate }) => {
    number += 1
    await must(['mkdir', '-p', LIVE, ARCHIVE])
    for (const [name, from] of Object.entries(parts)) {
      const file = `${ARCHIVE}/${name}${number}.pem`
      await must(['cp', name === 'privkey' ? from.keyFile : from.certFile, file])
      await must(['ln', '-sfn', `../../archive/${NAME}/${name}${number}.pem`, `${LIVE}/${name}.pem`])
    }
  }
  const serial = async (file: string) =>
    (await must(['openssl', 'x509', '-noout', '-serial', '-in', file])).trim()
  const served = async () => {
    const script = `openssl s_client -connect 127.0.0.1:443 -servername ${NAME} </dev/null 2>/dev/null | openssl x509 -noout -serial`
    return (await run(['sh', '-c', script])).stdout.trim()
  }

  await host.write(`${HOME}/config/config.json`, '{}', { mode: 0o600, owner: 'mattermost:mattermost' })
  await host.write('/etc/teamchatd/secrets/mattermost', `${database.password}\n`, { mode: 0o600 })
  await renew({ fullchain: first, privkey: first })
  await must(['teamchat', 'config', 'set', 'apache2', 'service', 'status', 'enabled'])
  await must(['teamchat', 'config', 'set', ...mattermostRecord(chat, { VirtualHost: NAME })])
  await must(['systemctl', 'start', 'teamchatd.service'])
  await until('the first one is served', async () => (await served()) === (await serial(first.certFile)))

  await t.test('an event: loaded, with the reason; a second one finds nothing to do', async () => {
    await renew({ fullchain: second, privkey: second })
    t.equal(await served(), await serial(first.certFile), 'not by itself')
    const said = await must(['teamchat', 'signal-event', 'certificate-update'])
    t.match(
      said,
      /reload apache2\.service: certificate of chat\.example\.org renewed \(valid until \d{4}-\d\d-\d\d\)/,
    )
    await until('the second one is served', async () => (await served()) === (await serial(second.certFile)))
    t.match(await must(['teamchat', 'signal-event', 'certificate-update']), /has the certificate as it is/)
  })

  await t.test('in the middle of a renewal Apache keeps what it has; then it is loaded', async () => {
    await renew({ fullchain: third })
    const event = run(['teamchat', 'signal-event', 'certificate-update'])
    await until('it says what it waits for', async () =>
      /does not belong to it/.test(await must(['teamchat', 'status'])),
    )
    t.equal(await served(), await serial(second.certFile))
    t.equal((await run(['systemctl', 'is-active', 'apache2.service'])).stdout.trim(), 'active')
    await renew({ privkey: third })
    t.match((await event).stdout, /certificate of chat\.example\.org renewed/)
    await until('the third one is served', async () => (await served()) === (await serial(third.certFile)))
  })

  await t.test('nobody says anything: found within a minute', async () => {
    await renew({ fullchain: first, privkey: first })
    const wanted = await serial(first.certFile)
    for (const end = Date.now() + 90_000; Date.now() < end && (await served()) !== wanted; ) await sleep(1000)
    t.equal(await served(), await serial(first.certFile))
    t.match(
      await host.journal('teamchatd.service'),
      /reload apache2\.service: certificate of chat\.example\.org renewed/,
    )
  })
})
