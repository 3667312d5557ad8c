import fc from 'fast-check'
import t from 'tap'
import { type LdapFilter, parseLdapFilter } from '../../src/configdb/schema/ldap-filter.js'

t.test('filters', async t => {
  const cases: [text: string, filter: LdapFilter][] = [
    ['(ou=IT)', { kind: 'equal', attribute: 'ou', value: 'IT', binary: false }],
    ['  (ou=IT) ', { kind: 'equal', attribute: 'ou', value: 'IT', binary: false }],
    ['(ou=)', { kind: 'equal', attribute: 'ou', value: '', binary: false }],
    ['(cn=a=b)', { kind: 'equal', attribute: 'cn', value: 'a=b', binary: false }],
    [
      '(cn=J\\c3\\b6rg \\28x\\29 \\2a)',
      { kind: 'equal', attribute: 'cn', value: 'Jörg (x) *', binary: false },
    ],
    ['(cn=Jörg)', { kind: 'equal', attribute: 'cn', value: 'Jörg', binary: false }],
    ['(objectGUID=\\00\\ff)', { kind: 'equal', attribute: 'objectGUID', value: '00ff', binary: true }],
    ['(mail=*)', { kind: 'present', attribute: 'mail' }],
    ['(cn=a*b*c)', { kind: 'substrings', attribute: 'cn', initial: 'a', any: ['b'], final: 'c' }],
    ['(cn=*b)', { kind: 'substrings', attribute: 'cn', initial: '', any: [], final: 'b' }],
    ['(cn;lang-de~=x)', { kind: 'approximate', attribute: 'cn;lang-de', value: 'x' }],
    ['(uidNumber>=1000)', { kind: 'at-least', attribute: 'uidNumber', value: '1000' }],
    ['(2.5.4.3<=m)', { kind: 'at-most', attribute: '2.5.4.3', value: 'm' }],
    [
      '(userAccountControl:1.2.840.113556.1.4.803:=2)',
      {
        kind: 'extensible',
        attribute: 'userAccountControl',
        rule: '1.2.840.113556.1.4.803',
        dn: false,
        value: '2',
      },
    ],
    ['(ou:dn:=IT)', { kind: 'extensible', attribute: 'ou', rule: '', dn: true, value: 'IT' }],
    [
      '(&(ou=IT)(!(cn=x)))',
      {
        kind: 'and',
        parts: [
          { kind: 'equal', attribute: 'ou', value: 'IT', binary: false },
          { kind: 'not', part: { kind: 'equal', attribute: 'cn', value: 'x', binary: false } },
        ],
      },
    ],
  ]
  for (const [text, filter] of cases) t.strictSame(parseLdapFilter(text), { filter }, text)
})

t.test('what is no filter, and why', async t => {
  const cases: [text: string, wrong: RegExp][] = [
    ['', /a "\(" is missing at its end/],
    ['ou=IT', /a "\(" is missing at "ou=IT"/],
    ['(ou=IT', /the "\)" of "\(ou=IT" is missing/],
    ['(ou=IT))', /behind its last "\)" there is more: "\)"/],
    ['(ou=IT)(cn=x)', /there is more/],
    ['(&)', /there is nothing in "\(&\)"/],
    ['(&(ou=IT)', /a "\)" is missing at its end/],
    ['(|(ou=IT)x)', /a "\)" is missing at "x\)"/],
    ['(!ou=IT)', /a "\(" is missing at "ou=IT\)"/],
    ['()', /not a comparison/],
    ['(=x)', /not a comparison/],
    ['(department)', /\(department\) is not a comparison/],
    ['(a b=c)', /"a b" in \(a b=c\) is not the name of an attribute/],
    ['(cn=a(b)', /a "\(" within a value is written \\28/],
    ['(cn=a\\b)', /not followed by two hexadecimal digits/],
    ['(cn>=\\ff)', /not text/],
    [':=x', /is missing/],
    ['(:=x)', /not a comparison by a matching rule/],
    [`${'(!'.repeat(60)}(a=b)${')'.repeat(60)}`, /nested more than 50 deep/],
  ]
  for (const [text, wrong] of cases) {
    const parsed = parseLdapFilter(text)
    t.match('wrong' in parsed ? parsed.wrong : '', wrong, text)
  }
})

t.test('no text ends in anything but a filter or a reason', async () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'()&|!=*<>~:\\aö4 ') }), text => {
      const parsed = parseLdapFilter(text)
      return 'filter' in parsed || parsed.wrong !== ''
    }),
  )
})
