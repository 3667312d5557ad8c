import fc from 'fast-check'
import t from 'tap'
import { byByteOrder } from '../../src/directory/byte-order.js'

t.test('the order is that of the UTF-8 bytes', async t => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
      t.equal(Math.sign(byByteOrder(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
  )
  // UTF-16 has it the other way round.
  t.ok(byByteOrder('\uffee', '\u{1f600}') < 0)
  t.strictSame(['b@x', 'a@x', 'B@x', 'é@x'].sort(byByteOrder), ['B@x', 'a@x', 'b@x', 'é@x'])
})
