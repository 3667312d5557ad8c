import fc from 'fast-check'
import t from 'tap'
import { normaliseDn, parseDn, rdnValue } from '../../../src/directory/ldap/dn.js'

t.test('the value of uid in the RDN', async t => {
  const cases: [dn: string, uid: string | undefined][] = [
    ['uid=pluto,ou=People,dc=x', 'pluto'],
    ['UID = pluto , ou=People,dc=x', 'pluto'],
    ['cn=Pluto Dog+uid=pluto,ou=People', 'pluto'],
    ['0.9.2342.19200300.100.1.1=pluto,dc=x', 'pluto'],
    ['uid=a\\,b\\+c,dc=x', 'a,b+c'],
    ['uid=Anna M\\C3\\BCller,dc=x', 'Anna Müller'],
    ['uid=Anna Müller,dc=x', 'Anna Müller'],
    ['uid=\\ blank\\ ,dc=x', ' blank '],
    ['uid="a, b",dc=x', 'a, b'],
    ['uid=😀\\😀x,dc=x', '😀😀x'],
    ['cn=Pluto,uid=goofy', undefined],
    ['uid=pluto\\', undefined],
    ['uid="pluto', undefined],
    ['no dn', undefined],
    ['', undefined],
  ]
  for (const [dn, uid] of cases) t.equal(rdnValue(dn, 'uid'), uid, dn)
})

t.test('spellings of one DN', async t => {
  const same = [
    'uid=Anna Müller,ou=People,dc=x',
    'UID=anna müller, OU=people , DC=X',
    'uid=Anna  M\\C3\\BCller;ou=People;dc=x',
    '0.9.2342.19200300.100.1.1="Anna Müller",ou=People,dc=x',
  ]
  t.equal(new Set(same.map(normaliseDn)).size, 1)
  t.equal(normaliseDn('cn=a+uid=b,dc=x'), normaliseDn('uid=b+cn=a,dc=x'))
  const different = ['uid=a,dc=x', 'uid=a\\,dc=x', 'uid=ab,dc=x', 'cn=a,dc=x', 'uid=a,dc=x,dc=y', 'uid=a', '']
  t.equal(new Set(different.map(normaliseDn)).size, different.length)
})

t.test('any value comes back from an escaped DN, any text is read without a crash', async t => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }).filter(isWellFormed), value => {
      const escaped = [...Buffer.from(value)].map(byte => `\\${byte.toString(16).padStart(2, '0')}`).join('')
      t.equal(rdnValue(`uid=${escaped},dc=x`, 'uid'), value)
    }),
  )
  const text = fc.string({ unit: fc.constantFrom(...'uid=a,+;"\\ 9é😀\ud800') })
  fc.assert(
    fc.property(text, dn => {
      parseDn(dn)
      t.equal(typeof normaliseDn(dn), 'string')
    }),
  )
})

function isWellFormed(text: string): boolean {
  return Buffer.from(text).toString() === text
}
