import fc from 'fast-check'
import t from 'tap'
import { checkPassword, personPassword } from '../../../src/people/credentials/password.js'

const policies = fc.record({
  minimumLength: fc.integer({ min: 5, max: 72 }),
  lowercase: fc.boolean(),
  uppercase: fc.boolean(),
  number: fc.boolean(),
  symbol: fc.boolean(),
})

t.test('every random password meets the rule, and can be read from paper', async t => {
  fc.assert(
    fc.property(policies, policy => {
      const password = personPassword(policy)
      t.equal(checkPassword(password, policy), undefined, password)
      t.ok(password.length >= 12 && password.length <= 72)
      t.match(password, /^[a-zA-Z][a-zA-Z2-9.,:+_-]*$/)
      t.notMatch(password, /[lioIO01]/)
    }),
  )
  const policy = { minimumLength: 8, lowercase: false, uppercase: false, number: false, symbol: false }
  const many = new Set(Array.from({ length: 500 }, () => personPassword(policy)))
  t.equal(many.size, 500)
})

t.test('given passwords', async t => {
  const lax = { minimumLength: 8, lowercase: false, uppercase: false, number: false, symbol: false }
  const strict = { minimumLength: 10, lowercase: true, uppercase: true, number: true, symbol: true }
  const cases: [string, typeof lax, RegExp | undefined][] = [
    ['Password,1234', strict, undefined],
    ['Password1234', strict, /a symbol/],
    ['password,1234', strict, /an upper-case letter/],
    ['PASSWORD,ABCD', strict, /a lower-case letter and a digit/],
    ['brief', lax, /shorter than 8/],
    ['abcd', { ...lax, minimumLength: 0 }, /shorter than 5/],
    ['x'.repeat(72), lax, undefined],
    ['x'.repeat(73), lax, /longer than 72/],
    ['ü'.repeat(37), lax, /longer than 72/],
    ['eight\nlines', lax, /control character/],
  ]
  for (const [given, policy, expected] of cases) {
    const reason = checkPassword(given, policy)
    if (expected === undefined) t.equal(reason, undefined, given)
    else t.match(reason, expected, given)
    t.notMatch(reason ?? '', given)
  }
})
