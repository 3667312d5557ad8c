import fc from 'fast-check'
import t from 'tap'
import { guidBytes, guidText } from '../../../src/directory/active-directory/guid.js'

t.test('as Windows writes it', async t => {
  const cases: [hex: string, text: string][] = [
    ['00112233445566778899aabbccddeeff', '33221100-5544-7766-8899-aabbccddeeff'],
    ['ae4f1df8ec7dd011a76500a0c91e6bf6', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
  ]
  for (const [hex, text] of cases) {
    t.equal(guidText(Buffer.from(hex, 'hex')), text)
    t.equal(guidBytes(text.toUpperCase())?.toString('hex'), hex)
  }
})

t.test('there and back', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), bytes => {
      const text = guidText(Buffer.from(bytes)) ?? ''
      return guidBytes(text)?.equals(bytes) === true
    }),
  )
})

t.test('what is none', async t => {
  for (const length of [0, 13, 15, 17]) t.equal(guidText(Buffer.alloc(length)), undefined)
  for (const text of [
    '',
    '*',
    'ae4f1df8ec7dd011a76500a0c91e6bf6',
    '{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}',
  ]) {
    t.equal(guidBytes(text), undefined, text)
  }
})
