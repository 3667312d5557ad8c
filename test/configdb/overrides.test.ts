import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { hostFacts, hostOverrides, isDefaultDb } from '../../src/configdb/overrides.js'
import { createPaths } from '../../src/paths.js'

const noLink = () => {
  throw new Error('EINVAL')
}

t.test('Overrides: what the host says', async t => {
  const full = hostOverrides({
    hostname: () => 'srv.example.org',
    readLink: () => '../usr/share/zoneinfo/Europe/Rome',
  })
  t.strictSame(Object.fromEntries(full), {
    SystemName: 'srv',
    DomainName: 'example.org',
    TimeZone: 'Europe/Rome',
  })
  const short = hostOverrides({ hostname: () => 'srv', readLink: noLink })
  t.strictSame(Object.fromEntries(short), { TimeZone: 'UTC' }, 'a short name says nothing')
})

t.test('Overrides: in the default DB only', async t => {
  t.equal(isDefaultDb(createPaths({ env: {} })), true)
  t.equal(isDefaultDb(createPaths({ env: { DBPATH: '/tmp/db' } })), false)
  const root = t.testdir({})
  mkdirSync(join(root, 'etc/e-smith'), { recursive: true })
  t.equal(isDefaultDb(createPaths({ root, env: {} })), false)
  t.strictSame(hostFacts(createPaths({ root, env: {} })), { hostname: undefined, isEsmith: true })
})
