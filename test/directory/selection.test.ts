import { BerWriter, type Filter, FilterParser } from 'ldapts'
import t from 'tap'
import { parseLdapFilter } from '../../src/configdb/schema/ldap-filter.js'
import { excludedBy, userFilter } from '../../src/directory/selection.js'

t.test('who is excluded', async t => {
  const cases: [patterns: string[], excluded: string[], left: string[]][] = [
    [[], [], ['', 'pluto', '*']],
    [
      ['pluto', 'Goofy'],
      ['pluto', 'PLUTO', 'goofy'],
      ['pluto2', 'aplu', ''],
    ],
    [['svc-*'], ['svc-', 'svc-backup', 'SVC-x'], ['a-svc-x', 'svc']],
    [['*-bot'], ['a-bot', '-bot'], ['a-bot2']],
    [['a?'], ['ab', 'a.', 'a🐕'], ['a', 'abc']],
    [
      ['a.b', '(x)*'],
      ['a.b', '(x)y'],
      ['aab', 'xy'],
    ],
    [['jörg'], ['Jörg', 'JO\u0308RG'], ['jorg']],
  ]
  for (const [patterns, excluded, left] of cases) {
    const is = excludedBy(patterns)
    for (const login of excluded) t.equal(is(login), true, `${patterns} ${login}`)
    for (const login of left) t.equal(is(login), false, `${patterns} ${login}`)
  }
})

function bytesOf(filter: Filter): string {
  const writer = new BerWriter()
  filter.write(writer)
  return writer.buffer.toString('latin1')
}

function ours(text: string): string {
  const parsed = parseLdapFilter(text)
  if ('wrong' in parsed) throw new Error(parsed.wrong)
  return bytesOf(userFilter(parsed.filter))
}

t.test('the same bytes as the library makes of plain filters', async t => {
  const filters = [
    '(ou=IT)',
    '(mail=*)',
    '(&(objectClass=person)(|(ou=IT)(ou=HR))(!(cn=x*y*z)))',
    '(cn=*end)',
    '(uidNumber>=1000)',
    '(uidNumber<=1000)',
    '(cn~=pluto)',
    '(memberOf:1.2.840.113556.1.4.1941:=CN=Staff,DC=ad)',
    '(ou:dn:=IT)',
  ]
  for (const text of filters) t.equal(ours(text), bytesOf(FilterParser.parseString(text)), text)
})

t.test('where the library takes bytes for characters', async t => {
  t.match(ours('(cn=J\\c3\\b6rg)'), Buffer.from('Jörg').toString('latin1'))
  t.match(ours('(objectGUID=\\00\\ff\\fe)'), '\u0000\u00ff\u00fe')
})
