import t from 'tap'
import {
  type ChangeMark,
  changedFrom,
  compareMarks,
  type MarkChange,
} from '../../src/directory/change-mark.js'
import { suffixOf } from '../../src/directory/openldap/openldap.js'

const csn = (second: number, sid: string, count = 0) =>
  `202606151200${String(second).padStart(2, '0')}.000000Z#${String(count).padStart(6, '0')}#${sid}#000000`
const csns = (...values: string[]): ChangeMark => ({ kind: 'csn', values })
const usn = (value: bigint, server = 'a', url = 'ldaps://dc1'): ChangeMark => ({
  kind: 'usn',
  server,
  url,
  usn: value,
})

const cases: [string, ChangeMark, ChangeMark, MarkChange, string | undefined][] = [
  ['the same', csns(csn(1, '001')), csns(csn(1, '001')), 'same', undefined],
  ['one server has written', csns(csn(1, '001')), csns(csn(2, '001')), 'moved', csn(1, '001')],
  ['within one microsecond', csns(csn(1, '001')), csns(csn(1, '001', 1)), 'moved', csn(1, '001')],
  [
    'of two servers the one whose clock is behind',
    csns(csn(1, '001'), csn(9, '002')),
    csns(csn(2, '001'), csn(9, '002')),
    'moved',
    csn(1, '001'),
  ],
  [
    'both: from the older one on',
    csns(csn(5, '001'), csn(3, '002')),
    csns(csn(6, '001'), csn(4, '002')),
    'moved',
    csn(3, '002'),
  ],
  [
    'the first change after slapadd -w brings a new SID',
    csns(csn(1, '000')),
    csns(csn(1, '000'), csn(2, '001')),
    'other',
    undefined,
  ],
  ['a SID has gone', csns(csn(1, '000'), csn(2, '001')), csns(csn(2, '001')), 'other', undefined],
  ['an older backup', csns(csn(2, '001')), csns(csn(1, '001')), 'other', undefined],
  [
    'one on, one back',
    csns(csn(1, '001'), csn(9, '002')),
    csns(csn(2, '001'), csn(8, '002')),
    'other',
    undefined,
  ],
  ['no CSN', csns('x'), csns('y'), 'other', undefined],
  ['no CSN, and the same', csns('x'), csns('x'), 'same', undefined],
  ['USN: the same', usn(7n), usn(7n), 'same', undefined],
  ['USN: moved', usn(9_007_199_254_740_992n), usn(9_007_199_254_740_993n), 'moved', undefined],
  ['USN: went back', usn(7n), usn(6n), 'other', undefined],
  ['USN: another controller', usn(7n), usn(8n, 'b'), 'other', undefined],
  ['USN: another address of the same one', usn(7n), usn(7n, 'a', 'ldaps://dc'), 'same', undefined],
  ['another kind of server', csns(csn(1, '001')), usn(1n), 'other', undefined],
]

t.test('what lies between two marks', async t => {
  for (const [name, before, now, expected, from] of cases) {
    t.equal(compareMarks(before, now), expected, name)
    if (before.kind === 'csn' && now.kind === 'csn' && expected !== 'same')
      t.equal(changedFrom(before.values, now.values), from, name)
  }
})

t.test('the suffix that holds contextCSN', async t => {
  const contexts = ['dc=nh', 'dc=Directory, dc=nh', 'cn=config', 'ou=People,dc=other']
  for (const [base, expected] of [
    ['ou=People,dc=directory,dc=nh', 'dc=Directory, dc=nh'],
    ['dc=directory,dc=nh', 'dc=Directory, dc=nh'],
    ['ou=x,dc=nh', 'dc=nh'],
    ['dc=x', 'dc=x'],
    ['People,dc=nh', 'People,dc=nh'],
  ] as const)
    t.equal(suffixOf(base, contexts), expected, base)
  t.equal(suffixOf('dc=x', []), 'dc=x')
})
