import fc from 'fast-check'
import t from 'tap'
import { randomPassword } from '../../src/system/random-password.js'

t.test('a random password holds one of each class, and begins with a letter', async t => {
  const classes = ['abc', 'XYZ', '123', '-+'] as const
  fc.assert(
    fc.property(fc.integer({ min: 5, max: 72 }), length => {
      const password = randomPassword({ length, classes: [...classes] })
      t.equal(password.length, length)
      t.match(password, /^[abcXYZ][abcXYZ123+-]*$/)
      for (const letters of classes) t.ok([...letters].some(letter => password.slice(1).includes(letter)))
    }),
  )
})

t.test('it follows the source of numbers', async t => {
  t.equal(
    randomPassword({ length: 6, classes: ['ab', 'XY'] }, () => 0),
    'aXaaaa',
  )
})
