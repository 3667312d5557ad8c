import fc from 'fast-check'
import { BerReader, BerWriter, FilterParser } from 'ldapts'
import t from 'tap'
import {
  accountFilter,
  accountFilterText,
  namedFilters,
  passwordFilter,
} from '../../../src/directory/ldap/filter.js'

t.test('the filters as text', async t => {
  t.equal(accountFilter().toString(), accountFilterText)
  t.equal(passwordFilter().toString(), '(&(objectClass=posixAccount)(userPassword=*))')
})

t.test('whoever is asked for, and the others', async t => {
  const uuid = 'A28A18F6-7B7A-1041-9739-0520A3389BA1'
  const { named, others } = namedFilters({ logins: ['pluto', ''], ids: [uuid, 'dn-0123'] })
  const each = `(|(uid=pluto)(entryUUID=${uuid.toLowerCase()}))`
  t.equal(named?.toString(), `(&(objectClass=posixAccount)${each})`)
  t.equal(others.toString(), `(&(objectClass=posixAccount)(!${each}))`)
  t.strictSame(namedFilters({ logins: [], ids: ['dn-0123'] }).named, undefined)
  t.equal(namedFilters({ logins: [], ids: [] }).others.toString(), accountFilterText)
})

t.test('any name stays one value of one clause on the wire', async t => {
  const odd = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.string({ unit: fc.constantFrom(...'*()\\|&!=~<>: \0a'), minLength: 1 }),
  )
  fc.assert(
    fc.property(odd, login => {
      const { named } = namedFilters({ logins: [login], ids: [] })
      const writer = new BerWriter()
      named?.write(writer)
      t.match(FilterParser.parse(new BerReader(writer.buffer)), {
        filters: [
          { attribute: 'objectclass', value: 'posixaccount' },
          { filters: [{ attribute: 'uid', value: login }] },
        ],
      })
      // As text, too: what is logged or shown reads back as the same filter.
      t.match(FilterParser.parseString(named?.toString() ?? ''), {
        filters: [{}, { filters: [{ attribute: 'uid', value: login }] }],
      })
    }),
  )
})
