import { randomBytes } from 'node:crypto'
import t from 'tap'
import { HOME, startChatHost } from '../support/chat-host.js'
import { certbotPair, configureByHand, SITE } from '../support/hand-made-host.js'
import { skipWithoutHost } from '../support/host/host.js'
import { SecretWatch } from '../support/secret-watch.js'

const CUSTOM = '/etc/teamchatd/templates-custom'
const MAIL = `${CUSTOM}/config.json/90-mail.njk`
const TOKEN = `${CUSTOM}/mattermost.conf/90-token.njk`
const SOURCE = '/etc/teamchatd/secrets/mattermost-datasource'
const CONFIG = `${HOME}/config/config.json`
const secretOf = (name: string) => `${name}-"Geheim"/${randomBytes(6).toString('hex')}`

t.test('secrets are masked in every output, difference and log', skipWithoutHost(), async t => {
  const chat = await startChatHost(t)
  const { host, must, until, ask, database } = chat
  const secrets = {
    'database password': database.password,
    'mail password by hand': secretOf('by-hand'),
    'salt by hand': randomBytes(16).toString('hex'),
    'mail password of a fragment': secretOf('fragment'),
    'mail password from the System Console': secretOf('console'),
    'token of a fragment of the virtual host': `token-${randomBytes(8).toString('hex')}`,
    'next database password': `next-${randomBytes(8).toString('hex')}`,
    'bind password': secretOf('bind'),
  }
  const mail = { SMTPServer: 'mail.example.org', SMTPUsername: 'chat' }
  await configureByHand(chat, {
    EmailSettings: { ...mail, SMTPPassword: secrets['mail password by hand'] },
    FileSettings: { PublicLinkSalt: secrets['salt by hand'] },
  })
  // The stand-in waits for ever with any other, as Mattermost does without its database.
  const faults = JSON.stringify({ requireDataSource: database.url })
  await host.write(`${HOME}/stand-in-faults.json`, faults, { owner: 'mattermost:mattermost' })
  await certbotPair(chat)
  const answers = async () => (await ask(`${SITE}/api/v4/system/ping`)).status === 200
  await until('the site answers', answers)
  const watch = await SecretWatch.start(chat)
  for (const [name, secret] of Object.entries(secrets)) watch.know(name, secret)
  const say = (...args: string[]) => watch.run(['teamchat', ...args])
  const set = (...args: string[]) => must(['teamchat', 'config', ...args])
  const done = async (...args: string[]) => {
    const { status, stdout, stderr } = await say(...args)
    t.equal(status, 0, `${args.join(' ')}: ${stderr}`)
    return stdout
  }
  const refused = async (status: number, said: RegExp, ...args: string[]) => {
    const answer = await say(...args)
    t.equal(answer.status, status, args.join(' '))
    t.match(answer.stderr + answer.stdout, said)
  }
  const fragment = (text: string) => host.write(MAIL, text, { mode: 0o600 })
  const mailFragment = (password: unknown) =>
    fragment(JSON.stringify({ EmailSettings: { SMTPPassword: password } }))
  /** What only looks, as text and as JSON. */
  const look = async (...commands: string[]) => {
    for (const command of commands) {
      await say(...command.split(' '))
      await say(...command.split(' '), '--json')
    }
  }
  await must(['systemctl', 'enable', '--now', 'teamchatd.service'])
  await set('set', 'teamchatd', 'service', 'StartTimeout', '4')

  await t.test('adopted and applied', async t => {
    await done('adopt', '--vhost', '--dry-run')
    await done('adopt', '--vhost', '--json')
    await say('plan', '--diff')
    await done('apply')
    await until('the site answers', answers)
    t.equal((await host.read(SOURCE)).trim(), database.url)
  })

  await t.test('in fragments of the site’s own', async t => {
    await mailFragment(secrets['mail password of a fragment'])
    const token = secrets['token of a fragment of the virtual host']
    await host.write(TOKEN, `RequestHeader set X-Api-Token "${token}"\n`, { mode: 0o600 })
    const plan = await say('plan', '--diff')
    t.equal(plan.status, 2)
    t.match(plan.stdout, /EmailSettings\.SMTPPassword: \*\*\*/)
    t.match(plan.stdout, /X-Api-Token.*\*\*\*/)
    await say('plan', '--json')
    await done('apply')
    await look('history', 'diff', 'diff 0', 'diff 1 2', 'rollback 1 --dry-run')
  })

  await t.test('changed by somebody else', async t => {
    const config = JSON.parse(await host.read(CONFIG))
    t.equal(config.EmailSettings.SMTPPassword, secrets['mail password of a fragment'])
    config.EmailSettings.SMTPPassword = secrets['mail password from the System Console']
    const owner = 'mattermost:mattermost'
    await host.write(CONFIG, JSON.stringify(config), { mode: 0o600, owner })
    await look('status', 'plan --diff', 'diff')
    await done('apply')
  })

  await t.test('in what is refused', async () => {
    await mailFragment({ password: secrets['mail password of a fragment'] })
    await refused(78, /SMTPPassword/, 'apply')
    await fragment(`{"EmailSettings": {"SMTPPassword": "${secrets['mail password of a fragment']}}`)
    await refused(78, /90-mail\.njk/, 'apply')
    await fragment(`{"EmailSettings": {"SMTPPassword": "${secrets['bind password']}{{ nothing }}"}}`)
    await refused(78, /90-mail\.njk.*nothing/, 'apply')
    await mailFragment(secrets['mail password of a fragment'])
    await host.write(SOURCE, `${database.url}\nand ${secrets['next database password']}\n`, { mode: 0o600 })
    await refused(78, /mattermost-datasource: it holds more than one line/, 'apply')
    await host.write(SOURCE, `${database.url}\n`, { mode: 0o600 })
    await done('apply')
    const text = await host.read(CONFIG)
    const owner = 'mattermost:mattermost'
    await host.write(CONFIG, text.replace('"SMTPPassword":', '"SMTPPassword"'), { mode: 0o600, owner })
    await refused(78, /it is not JSON/, 'apply')
    await say('status')
    await host.write(CONFIG, text, { mode: 0o600, owner })
    await done('apply')
  })

  await t.test('in a change that is undone', async t => {
    const next = new URL(database.url)
    next.password = secrets['next database password']
    next.port = '59999'
    await host.write(SOURCE, `${next.href}\n`, { mode: 0o600 })
    await refused(2, /DataSource/, 'plan', '--diff')
    await refused(1, /it was undone/, 'apply')
    t.ok(await answers())
    await say('status', '--json')
    await host.write(SOURCE, `${database.url}\n`, { mode: 0o600 })
    await done('apply', '--force')
  })

  await t.test('of the directory', async t => {
    await set('set', 'sssd', 'service', 'Provider', 'ldap', 'LdapURI', 'ldap://127.0.0.1:1')
    await set('setprop', 'sssd', 'BindDN', 'cn=reader,dc=example,dc=org')
    const bind = secrets['bind password']
    const written = await watch.run(['teamchat', 'config', 'setprop', 'sssd', 'BindPassword', '-'], {
      input: bind,
    })
    t.same(written, { status: 0, stdout: '', stderr: '' })
    t.equal(await must(['teamchat', 'config', 'getprop', 'sssd', 'BindPassword']), `${bind}\n`)
    await refused(69, /cannot/, 'users', 'plan')
    await refused(69, /cannot/, 'users', 'sync')
    await look('doctor', 'status', 'users report')
    await watch.run(['mattermost-bulk-user-create'])
  })

  await t.test('in a rollback, a pause, and without a daemon', async () => {
    await set('setprop', 'mattermost', 'MaxUsersPerTeam', '500')
    await until('it is applied', async () => (await chat.run(['teamchat', 'plan'])).status === 0)
    await done('rollback', '2')
    await look('status', 'plan --diff', 'diff 3')
    await done('rollback', '--release')
    await done('pause', '--for', '2h', 'upgrade', 'day')
    await look('status', 'plan')
    await done('resume')
    await must(['systemctl', 'stop', 'teamchatd.service'])
    await look('status', 'plan --diff', 'history', 'diff 1')
    await done('retire', '--give-back', '--dry-run')
  })

  await must(['rm', `${HOME}/stand-in-faults.json`])
  await t.test('none of them turned up', async t => {
    await watch.run(['sh', '-c', 'sleep 0.2; : probe-of-the-watch'])
    t.ok(watch.inputs('probe-of-the-watch') > 0, 'command lines are seen')
    t.same(await watch.leaks(), [])
  })

  await t.test('files that hold them, and nobody else may read', async t => {
    const found = await watch.files()
    const [database, byHand, salt, ofFragment, , token, , bind] = Object.keys(secrets)
    t.same(
      found.map(({ path, access, secrets }) => [path, access, ...secrets]),
      [
        ['/etc/apache2/sites-available/mattermost.conf', '644 root', token],
        [SOURCE, '600 root', database],
        [MAIL, '600 root', ofFragment],
        [TOKEN, '600 root', token],
        [CONFIG, '600 mattermost', database, salt, ofFragment],
        ['/var/lib/nethserver/db/configuration', '640 root', bind],
        ['/var/lib/teamchatd/generations/0/config.json', '600 root', database, byHand, salt],
        // The text of a virtual host is kept whole: a rollback puts it back. It and its release are two of them.
        ...[2, 3, 4, 5, 6].map(number => [
          `/var/lib/teamchatd/generations/${number}.json`,
          '600 root',
          token,
        ]),
      ],
    )
    t.equal(await must(['find', '/var/lib/teamchatd', '-type', 'f', '!', '-perm', '600']), '')
    t.equal(await must(['find', '/var/lib/teamchatd', '-type', 'd', '!', '-perm', '700']), '')
    t.equal(await must(['find', '/var/lib/teamchatd', '!', '-user', 'root']), '')
  })
})
