import t from 'tap'
import { MattermostClient } from '../../src/mattermost/client.js'
import { ReadWriteLock } from '../../src/system/concurrency/read-write-lock.js'
import { startMattermost } from '../support/mattermost/start.js'

const server = await startMattermost(t)
const client = new MattermostClient({
  socket: server.socketPath,
  root: '',
  allowedUids: async () => [process.getuid?.() ?? 0],
})

const person = (username: string, more: object = {}) => ({
  username,
  email: `${username}@example.org`,
  password: 'Password,1234',
  first_name: 'Žofie',
  last_name: '王',
  position: 'Dog',
  ...more,
})

/** What a call that must fail is refused with. */
function refusal(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    error => error,
  )
}

t.test('an empty server', async t => {
  await t.resolves(client.ping())
  t.same(await client.health(), { databaseOk: true, fileStoreOk: true })
  const facts = await client.serverFacts()
  t.equal(facts.noAccounts, true)
  t.match(facts.version, /^1\d\./)
  t.match(await client.passwordPolicy(), { minimumLength: 8, symbol: false })
  t.same(await client.users(), [])
  t.equal(await client.userByUsername('nobody'), undefined)
  t.equal(await client.userByEmail('nobody@example.org'), undefined)
  t.equal(await client.userById('a'.repeat(26)), undefined)
  t.equal(await client.teamByName('nothing'), undefined)
  t.equal(await client.team('a'.repeat(26)), undefined)
  t.same(await client.activeAdministrators(), [])
})

t.test('users', async t => {
  const pluto = await client.createUser(person('pluto'))
  t.match(pluto, { username: 'pluto', first_name: 'Žofie', last_name: '王', position: 'Dog', delete_at: 0 })
  t.match(await client.activeAdministrators(), [{ username: 'pluto' }], 'the first account is administrator')
  t.equal((await client.serverFacts()).noAccounts, false)
  const unusual = await client.createUser(person('unusual', { email: 'ünï+x@example.org' }))
  t.equal((await client.userByEmail('ünï+x@example.org'))?.id, unusual.id)
  t.same(
    (await client.usersByIds([pluto.id, 'a'.repeat(26)])).map(user => user.username),
    ['pluto'],
  )
  t.match(await refusal(client.createUser(person('pluto', { email: 'o@example.org' }))), {
    id: 'app.user.save.username_exists.app_error',
    status: 400,
    words: 'the username is taken',
  })
  await client.setActive(unusual.id, false)
  t.ok(((await client.userById(unusual.id))?.delete_at ?? 0) > 0)
  await client.setActive(unusual.id, true)
  await client.setRoles(unusual.id, 'system_user system_admin')
  t.equal((await client.activeAdministrators()).length, 2)
})

t.test('pages', async t => {
  for (let start = 0; start < 205; start += 5) {
    await Promise.all(
      [0, 1, 2, 3, 4].map(step => client.createUser(person(`many${String(start + step).padStart(3, '0')}`))),
    )
  }
  const users = (await client.users()).filter(user => user.username.startsWith('many'))
  t.equal(users.length, 205)
  t.equal(new Set(users.map(user => user.id)).size, 205)
})

t.test('teams', async t => {
  const team = await client.createTeam('example', 'Example Org')
  t.match(team, { name: 'example', display_name: 'Example Org', delete_at: 0 })
  t.equal((await client.teamByName('example'))?.id, team.id)
  const pluto = await client.userByUsername('pluto')
  await client.addMember(team.id, pluto?.id ?? '')
  await t.resolves(client.addMember(team.id, pluto?.id ?? ''), 'twice is no error')
  t.match(await refusal(client.addMember('a'.repeat(26), pluto?.id ?? '')), {
    words: 'there is no such team',
  })
  t.match(await refusal(client.createTeam('postal', 'Postal')), {
    id: 'model.team.is_valid.reserved.app_error',
  })
})

t.test('configuration', async t => {
  await client.patchConfig({ TeamSettings: { MaxUsersPerTeam: 777 } })
  t.match(await client.config(), { TeamSettings: { MaxUsersPerTeam: 777 } })
  await t.resolves(client.reloadConfig())
})

t.test('a request waits for its turn', async t => {
  const requests = new ReadWriteLock()
  const polite = new MattermostClient({
    socket: server.socketPath,
    root: '',
    allowedUids: async () => [process.getuid?.() ?? 0],
    turn: work => requests.read(work),
  })
  const seen: string[] = []
  let release = () => {}
  const restart = requests.write(() => new Promise<void>(resolve => (release = resolve)))
  const asked = polite.ping().then(() => seen.push('answered'))
  await client.ping()
  seen.push('restart is over')
  release()
  await Promise.all([restart, asked])
  t.same(seen, ['restart is over', 'answered'])
})
