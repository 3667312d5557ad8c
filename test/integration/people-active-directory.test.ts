import t, { type Test } from 'tap'
import type { ProviderSettings } from '../../src/configdb/settings.js'
import { createProvider } from '../../src/directory/provider.js'
import { World } from '../people/people-world.js'
import { skipWithoutHost, startHost } from '../support/host/host.js'
import { startMattermost } from '../support/mattermost/start.js'
import { entryLdif } from '../support/person-ldif.js'
import { providerSettings } from '../support/provider-settings.js'
import { type AdPerson, adPersonLdif, type SambaDc, sambaPackages, startSambaDc } from '../support/samba.js'

const baseDn = 'DC=ad,DC=nh,DC=test'
const staffDn = `OU=Staff,${baseDn}`
const salesDn = `OU=Sales,${staffDn}`
const leftDn = `OU=Left,${baseDn}`
const HOUR = 3_600_000

const units = [staffDn, salesDn, leftDn]
  .map(dn => entryLdif(dn, { objectClass: 'organizationalUnit', ou: dn.slice(3, dn.indexOf(',')) }))
  .join('')

function person(login: string, attributes: AdPerson['attributes'] = {}, parentDn = staffDn): string {
  return adPersonLdif({ login, parentDn, attributes: { mail: `${login}@nh.test`, ...attributes } })
}

function replace(cn: string, attribute: string, ...values: string[]): string {
  const lines = values.map(value => `${attribute}: ${value}\n`).join('')
  return `dn: CN=${cn},${staffDn}\nchangetype: modify\nreplace: ${attribute}\n${lines}\n`
}

/** A site that follows a real domain, with an administrator by hand; everybody of the OU is created. */
async function following(t: Test, people: string[]) {
  const host = await startHost(t, { systemd: false, network: 'shared', packages: sambaPackages })
  const dc = await startSambaDc(t, host, { ldif: units + people.join('') })
  const hostState = new World(
    t,
    await startMattermost(t, { config: { TeamSettings: { MaxUsersPerTeam: 1000 } } }),
  )
  const clock = { ms: Date.now() }
  hostState.now = () => new Date(clock.ms)
  hostState.directory = createProvider(settingsOf(dc), {
    below: path => path,
    readSecret: async () => undefined,
    now: () => clock.ms,
    timeoutMs: 10_000,
  })
  const root = { username: 'root', email: 'root@example.org', password: 'Password,1234' }
  await hostState.client().createUser({ ...root, first_name: '', last_name: '', position: '' })
  hostState.mattermost = { userSync: 'full', maxCreate: 1000 }
  await hostState.service.confirm()
  t.match(await hostState.service.syncAll(), { created: people.length, failed: 0, held: 0 })
  return { hostState, dc, clock }
}

function settingsOf(dc: SambaDc): ProviderSettings {
  return providerSettings({
    provider: 'ad',
    uri: dc.ldapsUri,
    baseDn,
    userDn: staffDn,
    bindDn: dc.reader.upn,
    bindPassword: dc.reader.password,
    caFile: dc.caFile,
    pageSize: 20,
    activeDirectory: { realm: dc.realm, discover: 'ldapuri' },
  })
}

t.test('a person’s life in a domain is followed', skipWithoutHost(), async t => {
  const { hostState, dc, clock } = await following(t, [
    person('ann'),
    person('bob'),
    person('carl', { proxyAddresses: ['smtp:a@alias.test', 'SMTP:carl@nh.test'] }),
    person('Jörg Müller', { mail: 'j@nh.test' }),
    person('dora'),
  ])
  const userOf = (username: string) => hostState.client().userByUsername(username)
  const idOf = async (username: string) => (await userOf(username))?.id ?? ''
  const [ann, bob, dora] = [await idOf('ann'), await idOf('bob'), await idOf('dora')]

  await t.test('odd names; an e-mail address stays while it is one of the account’s', async t => {
    t.match(await userOf('jorg.muller'), { email: 'j@nh.test' })
    t.match(await userOf('carl'), { email: 'carl@nh.test' })
    await dc.modify(
      replace('carl', 'mail', 'a@alias.test') +
        replace('carl', 'proxyAddresses', 'SMTP:a@alias.test', 'smtp:carl@nh.test'),
    )
    t.match(await hostState.service.syncAll(), { updated: 0 })
    await dc.modify(replace('carl', 'proxyAddresses', 'SMTP:a@alias.test'))
    t.match(await hostState.service.syncAll(), { updated: 1 })
    t.match(await userOf('carl'), { email: 'a@alias.test' })
  })

  await t.test('rename and swap', async t => {
    await dc.modify(replace('carl', 'sAMAccountName', 'karl'))
    t.match(await hostState.sync('karl'), /^done: renamed 'carl' becomes 'karl'/)
    await dc.modify(
      replace('ann', 'sAMAccountName', 'swap') +
        replace('bob', 'sAMAccountName', 'ann') +
        replace('ann', 'sAMAccountName', 'bob'),
    )
    t.match(await hostState.service.syncAll(), { renamed: 2, failed: 0 })
    t.match(await userOf('bob'), { id: ann })
    t.match(await userOf('ann'), { id: bob })
  })

  await t.test('disabled, enabled, locked out, password expired, ended', async t => {
    await dc.tool(['user', 'disable', 'dora'])
    t.match(await hostState.lock('dora'), /deactivated 'dora' \(locked in the directory\)/)
    await dc.tool(['user', 'enable', 'dora'])
    t.match(await hostState.sync('dora'), /^done: reactivated 'dora'/)
    await dc.modify(replace('dora', 'lockoutTime', '134000000000000000') + replace('dora', 'pwdLastSet', '0'))
    t.match(await hostState.service.syncAll(), { deactivated: 0 }, 'wrong passwords and old ones end nobody')
    await dc.tool(['user', 'setexpiry', 'dora', '--days=1'])
    t.match(await hostState.service.syncAll(), { deactivated: 0 })
    clock.ms += 3 * 24 * HOUR
    t.match(await hostState.service.syncAll(), { deactivated: 1 }, 'no entry has changed, only the day')
    await dc.tool(['user', 'setexpiry', 'dora', '--noexpiry'])
    t.match(await hostState.service.syncAll(), { reactivated: 1 })
  })

  await t.test('moved out of the OU: gone after a day and two reads, and back at once', async t => {
    await dc.tool(['user', 'move', 'karl', leftDn])
    t.match(await hostState.service.syncAll(), { deactivated: 0, held: 1 })
    clock.ms += 25 * HOUR
    t.match(await hostState.service.syncAll(), { deactivated: 1, held: 0 })
    await dc.tool(['user', 'move', 'karl', staffDn])
    t.match(await hostState.service.syncAll(), { reactivated: 1 })
  })

  await t.test('deleted, and made again with the same name', async t => {
    await dc.tool(['user', 'delete', 'dora'])
    t.match(await hostState.delete('dora'), /^done: deactivated 'dora'/)
    await dc.add(person('dora'))
    t.match(
      await hostState.sync('dora'),
      /^failed: .*belongs to another account of the directory, of a former person/,
    )
    t.match(await hostState.client().userById(dora), { username: 'dora' })
  })
})

t.test('a branch that cannot be read any more, and names that collide', skipWithoutHost(), async t => {
  const names = (letter: string, count: number) => Array.from({ length: count }, (_, n) => `${letter}${n}`)
  const { hostState, dc, clock } = await following(t, [
    ...names('p', 30).map(login => person(login)),
    ...names('s', 12).map(login => person(login, {}, salesDn)),
  ])
  const active = async () => (await hostState.client().users()).filter(user => user.delete_at === 0).length

  // AU: whoever has logged in; LC: may list what is below.
  await dc.tool(['dsacl', 'set', `--objectdn=${salesDn}`, '--sddl=(D;;LC;;;AU)'])
  t.match(await hostState.service.syncAll(), { deactivated: 0, held: 12 })
  clock.ms += 25 * HOUR
  const later = await hostState.service.syncAll()
  t.match(later, { deactivated: 0, held: 12 })
  t.match(later.waits[0], /12 people are gone, more than MaxDeactivate lets through in an hour \(4\)/)
  t.equal(await active(), 43)
  const readable = 'O:DAG:DAD:(A;;RPLCLORC;;;AU)(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)'
  const shown = `replace: nTSecurityDescriptor\nnTSecurityDescriptor: ${readable}\n`
  await dc.modify(`dn: ${salesDn}\nchangetype: modify\n${shown}\n`)
  t.match(await hostState.service.syncAll(), { deactivated: 0, held: 0, skipped: 42 })

  await dc.add(person('Jörg Lang', { mail: 'one@nh.test' }) + person('Jorg Lang', { mail: 'two@nh.test' }))
  const collided = await hostState.service.syncAll()
  t.match(collided, { created: 0, refused: 2 })
  t.match(
    collided.problems[0],
    /^Jorg Lang: another account has the same username 'jorg\.lang': CN=Jörg Lang,/,
  )
  await dc.add(person('JORG.LANG', { mail: 'three@nh.test' }))
  t.match(
    await hostState.service.syncAll(),
    { created: 1, refused: 2 },
    'who has the name to the letter gets it',
  )
  t.match(await hostState.client().userByUsername('jorg.lang'), { email: 'three@nh.test' })
})

t.test('a domain made anew, with other ids for all, changes nobody', skipWithoutHost(), async t => {
  const people = Array.from({ length: 40 }, (_, n) => `p${n}`)
  const { hostState, dc } = await following(
    t,
    people.map(login => person(login)),
  )
  const deletions = people.map(login => `dn: CN=${login},${staffDn}\nchangetype: delete\n\n`)
  await dc.modify(deletions.join(''))
  await dc.add(people.map(login => person(login)).join(''))
  const report = await hostState.service.syncAll()
  t.match(report, { created: 0, deactivated: 0 })
  t.match(report.problems.join('\n'), /40 of 40 linked people have another id .*teamchat users relink/)

  await t.test('a controller that stops changes nobody', async t => {
    await dc.stop()
    await t.rejects(hostState.service.syncAll(), { code: 'directory.unreachable' })
    t.equal((await hostState.client().users()).filter(user => user.delete_at === 0).length, 41)
  })
})
