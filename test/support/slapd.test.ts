import { readFileSync } from 'node:fs'
import { Client } from 'ldapts'
import t from 'tap'
import { skipWithoutHost, startHost } from './host/host.js'
import { debianAcl, personLdif, type Slapd, startSlapd } from './slapd.js'

async function search(slapd: Slapd, url: string, bind: 'service' | 'anonymous', filter: string) {
  const ca = [readFileSync(slapd.caFile)]
  const client = new Client({
    url,
    timeout: 5000,
    ...(url.startsWith('ldaps') ? { tlsOptions: { ca } } : {}),
  })
  try {
    if (bind === 'service') await client.bind(slapd.bindDn, slapd.bindPassword)
    return (await client.search(slapd.userDn, { filter, scope: 'one', paged: { pageSize: 500 } }))
      .searchEntries
  } finally {
    await client.unbind()
  }
}

t.test('a directory as NethServer has it', skipWithoutHost(), async t => {
  const host = await startHost(t, { systemd: false, network: 'shared' })
  const slapd = await startSlapd(t, host, { users: 1200 })
  const everybody = '(objectClass=posixAccount)'

  await t.test('the service account reads all, page by page, over each transport', async t => {
    t.equal((await search(slapd, slapd.uri, 'service', everybody)).length, 1200)
    t.equal((await search(slapd, slapd.ldapsUri, 'service', '(uid=user00042)'))[0]?.mail, 'user00042@nh.test')
    const client = new Client({ url: slapd.uri, timeout: 5000 })
    await client.startTLS({ ca: [readFileSync(slapd.caFile)], host: '127.0.0.1' })
    await client.bind(slapd.bindDn, slapd.bindPassword)
    const root = await client.search(slapd.baseDn, { scope: 'base', attributes: ['contextCSN'] })
    t.match(root.searchEntries[0]?.contextCSN, /^\d{14}\.\d{6}Z#/)
    await t.rejects(client.search(slapd.userDn, { filter: everybody }), { code: 4 }, 'the size limit holds')
    await client.unbind()
  })

  await t.test('anonymous sees nothing', async t => {
    await t.rejects(search(slapd, slapd.uri, 'anonymous', everybody), { code: 32 })
  })

  await t.test('people are added, changed, locked and deleted', async t => {
    const ldif = personLdif(
      { uid: 'jörg+1', cn: 'Jörg Ä', sn: 'Ä', mails: ['a@x.test', 'b@x.test'] },
      slapd.userDn,
    )
    await slapd.add(ldif + personLdif({ uid: 'ida', cn: 'Ida', sn: 'I', locked: true }, slapd.userDn))
    const [joerg] = await search(slapd, slapd.uri, 'service', '(uid=jörg+1)')
    t.match(joerg, { cn: 'Jörg Ä', objectClass: ['inetOrgPerson', 'posixAccount', 'shadowAccount'] })
    t.strictSame([joerg?.mail].flat().sort(), ['a@x.test', 'b@x.test'])
    t.match((await search(slapd, slapd.uri, 'service', '(uid=ida)'))[0]?.userPassword, /^\{CRYPT\}!/)
    await slapd.modify(`dn: uid=ida,${slapd.userDn}\nchangetype: modify\nreplace: sn\nsn: Other\n`)
    t.equal((await search(slapd, slapd.uri, 'service', '(uid=ida)'))[0]?.sn, 'Other')
    await slapd.delete(`uid=ida,${slapd.userDn}`)
    t.equal((await search(slapd, slapd.uri, 'service', '(uid=ida)')).length, 0)
    await t.rejects(slapd.delete(`uid=ida,${slapd.userDn}`), /No such object/)
  })

  await t.test('stopped it refuses, started again it has its entries', async t => {
    await slapd.stop()
    await t.rejects(search(slapd, slapd.uri, 'service', everybody), /ECONNREFUSED/)
    await slapd.start()
    t.equal((await search(slapd, slapd.uri, 'service', '(uid=user00001)')).length, 1)
  })
})

t.test("with Debian's own rules nobody looks locked", skipWithoutHost(), async t => {
  const host = await startHost(t, { systemd: false, network: 'shared' })
  const parent = 'ou=People,dc=directory,dc=nh'
  const users = personLdif({ uid: 'ida', cn: 'Ida', sn: 'I', locked: true }, parent)
  const slapd = await startSlapd(t, host, { users, acl: debianAcl })
  const [ida] = await search(slapd, slapd.uri, 'service', '(uid=ida)')
  t.equal(ida?.cn, 'Ida')
  t.strictSame(ida?.userPassword ?? [], [])
})
