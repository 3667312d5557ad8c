import { randomBytes } from 'node:crypto'
import t from 'tap'
import { HOME, mattermostRecord, startChatHost } from '../support/chat-host.js'
import { skipWithoutHost } from '../support/host/host.js'
import type { Faults } from '../support/mattermost/faults.js'
import { realRelease } from '../support/mattermost/start.js'
import { SecretWatch } from '../support/secret-watch.js'
import { personLdif, startSlapd } from '../support/slapd.js'

const STATE = '/var/lib/teamchatd'
const SITE = 'https://chat.example.org'
const BULK = 'mattermost-bulk-user-create'
const random = () => randomBytes(8).toString('hex')

t.test('passwords of people are where they belong, and nowhere else', skipWithoutHost(), async t => {
  const chat = await startChatHost(t)
  const { host, must, until, login, database } = chat
  const secrets = {
    'given on standard input': `Given,1-"${random()}"`,
    'given as an argument': `Argument,1-${random()}`,
    'given, and against the rule of the server': `weak-${random()}`,
    'in the directory': `Own,1-${random()}`,
    'of another reader': `Wrong,1-${random()}`,
  }
  const person = (uid: string) => {
    const password = secrets['in the directory']
    const one = { uid, cn: `${uid} Duck`, sn: 'Duck', mails: [`${uid}@example.org`], password }
    return personLdif(one, 'ou=People,dc=directory,dc=nh')
  }
  const slapd = await startSlapd(t, host, { users: ['minnie', 'pluto'].map(person).join('') })
  const owner = 'mattermost:mattermost'
  const shipped = { PasswordSettings: { MinimumLength: 14, Uppercase: true } }
  await host.write(`${HOME}/config/config.json`, JSON.stringify(shipped), { mode: 0o600, owner })
  await host.write('/etc/teamchatd/secrets/mattermost', `${database.password}\n`, { mode: 0o600 })
  const config = (...args: string[]) => must(['teamchat', 'config', ...args])
  await config('set', 'DomainName', 'example.org')
  await config('set', 'OrganizationContact', 'configuration', 'Company', 'Example Org')
  await config('set', 'apache2', 'service', 'status', 'enabled')
  await config('set', ...mattermostRecord(chat))

  const watch = await SecretWatch.start(chat)
  for (const [name, secret] of Object.entries(secrets)) watch.know(name, secret)
  watch.know('bind password', slapd.bindPassword)
  const say = (...args: string[]) => watch.run(['teamchat', ...args])
  const fire = (...args: string[]) => say('signal-event', ...args)
  const bind = (input: string) =>
    watch.run(['teamchat', 'config', 'setprop', 'sssd', 'BindPassword', '-'], { input })
  /** What looks at people, as text and as JSON. */
  const look = async () => {
    for (const command of ['users plan', 'users report', 'status']) {
      await say(...command.split(' '))
      await say(...command.split(' '), '--json')
    }
  }
  const faults = (wanted: Faults) =>
    host.write(`${HOME}/stand-in-faults.json`, JSON.stringify(wanted), { owner })
  /** Whose passwords are kept; the watch knows them from now on. */
  const knowKept = async () => {
    const { stdout } = await watch.run(['teamchat', 'users', 'credentials', '--json'], { own: true })
    const kept = JSON.parse(stdout).credentials as { login: string; password: string; state: string }[]
    for (const { login, password } of kept) watch.know(`random one of ${login}`, password)
    return kept
      .filter(({ state }) => state === 'issued')
      .map(({ login }) => login)
      .sort()
  }
  const canLogIn = async (name: string, password: string) => (await login(SITE, name, password)) === 200
  await config('set', 'sssd', 'service', 'Provider', 'ldap', 'LdapURI', slapd.uri, 'CaFile', slapd.caFile)
  await bind(slapd.bindPassword)
  await must(['systemctl', 'enable', '--now', 'teamchatd.service'])
  await until('Mattermost is up', async () => (await chat.run(['teamchat', 'plan'])).status === 0)

  await t.test('the bulk command: a given password in its lines alone', async t => {
    const weak = secrets['given, and against the rule of the server']
    const refused = await watch.run([BULK, '--password-stdin'], { input: weak })
    t.not(refused.status, 0)
    t.match(refused.stderr, /password/)
    const given = secrets['given on standard input']
    if (realRelease() === undefined) {
      await faults({ error500: 'POST /api/v4/users$' })
      const failed = await watch.run([BULK, '--password-stdin'], { input: given })
      t.equal(failed.status, 1, failed.stderr)
      t.match(failed.stdout, /'minnie' \.\.\. FAILED/)
      await faults({})
      await look()
    }
    const done = await watch.run([BULK, '--password-stdin', '--json'], { input: `${given}\n`, own: true })
    t.equal(done.status, 0, done.stderr)
    const lines = JSON.parse(done.stdout).lines as { kind: string; password?: string }[]
    t.same(
      lines.filter(({ kind }) => kind === 'created').map(({ password }) => password),
      [given, given],
    )
    t.ok(await canLogIn('pluto', given))
    await slapd.add(person('goofy'))
    const argument = secrets['given as an argument']
    const more = await watch.run([BULK, argument], { own: true })
    t.equal(more.stdout.includes(`Creating user: 'goofy' with password '${argument}' ... OK`), true)
    t.ok(await canLogIn('goofy', argument))
    t.same(
      (await watch.files()).filter(({ path }) => path.startsWith(STATE)),
      [],
      'printed is forgotten',
    )
  })

  await t.test('the daemon: random passwords in the credentials alone', async t => {
    for (const uid of ['daisy', 'donald']) {
      await slapd.add(person(uid))
      t.match(await fire('user-create', uid), { status: 0 })
    }
    t.same(await knowKept(), ['daisy', 'donald'])
    t.same(
      (await watch.files()).filter(({ path }) => path.startsWith(STATE)).map(({ access }) => access),
      ['600 root', '600 root'],
    )
    await slapd.modify(
      `dn: uid=daisy,${slapd.userDn}\nchangetype: modify\nreplace: userPassword\nuserPassword: {CRYPT}!${secrets['in the directory']}\n-\n\n`,
    )
    t.match(await fire('user-lock', 'daisy'), { status: 0, stdout: /deactivated 'daisy' \(locked/ })
    await fire('password-modify', 'donald')
    await look()
  })

  await t.test('in errors: Mattermost refuses, the directory refuses', async t => {
    await slapd.add(person('scrooge'))
    if (realRelease() === undefined) {
      await faults({ error500: 'POST /api/v4/users$' })
      const failed = await fire('user-create', 'scrooge')
      t.match(failed.stdout + failed.stderr, /scrooge/)
      await look()
      await faults({})
    }
    t.match(await bind(secrets['of another reader']), { status: 0, stdout: '', stderr: '' })
    t.equal((await say('users', 'plan')).status, 78)
    await fire('--no-wait', 'user-modify', 'donald')
    await until('the refusal is told', async () =>
      /refuse|password|bind/i.test((await chat.run(['teamchat', 'status'])).stdout),
    )
    await look()
    await say('doctor')
    await watch.run([BULK])
    await bind(slapd.bindPassword)
    await until('scrooge is there', async () => (await knowKept()).includes('scrooge'))
  })

  await t.test('handed out and removed; without a daemon', async t => {
    for (const form of [[], ['--csv'], ['--print', '--forget']])
      await watch.run(['teamchat', 'users', 'credentials', ...form], { own: true })
    await must(['systemctl', 'stop', 'teamchatd.service'])
    await look()
    t.match(await say('users', 'credentials'), { stderr: /no password is kept/ })
  })

  await t.test('none of them turned up', async t => {
    const byHand = ({ secret, place }: { secret: string; place: string }) =>
      secret === 'given as an argument' && place.startsWith('command line')
    t.same(
      (await watch.leaks()).filter(finding => !byHand(finding)),
      [],
    )
    t.same(await watch.files(), [
      {
        path: '/var/lib/nethserver/db/configuration',
        access: '640 root',
        secrets: ['bind password'],
      },
    ])
    t.equal(await must(['find', STATE, '-type', 'f', '!', '-perm', '600']), '')
    t.equal(await must(['find', STATE, '-type', 'd', '!', '-perm', '700']), '')
  })
})
