import fc from 'fast-check'
import t from 'tap'
import { PageGuard } from '../../src/directory/page-guard.js'
import { person, reference, result } from './scripted-ldap-server.js'

const answers = [
  {
    name: 'a last page',
    bytes: [person(7, 1), person(7, 2), result(7, 0x65, 0, '')],
    entries: 2,
    more: false,
  },
  { name: 'a page with a cookie', bytes: [person(7, 1), result(7, 0x65, 0, 'c')], entries: 1, more: true },
  { name: 'an empty page with a cookie', bytes: [result(70_000, 0x65, 0, 'c')], entries: 0, more: true },
  { name: 'no paging', bytes: [person(7, 1), result(7, 0x65)], entries: 1, more: false },
  { name: 'references', bytes: [reference(7, 'ldap://x'), result(7, 0x65)], entries: 0, more: false },
  {
    name: 'big entries',
    bytes: [
      person(7, 1, { photo: ['x'.repeat(70_000)] }),
      person(7, 2, { cn: ['y'.repeat(200)] }),
      result(7, 0x65),
    ],
    entries: 2,
    more: false,
  },
]

for (const { name, bytes, entries, more } of answers) {
  t.test(`${name}, cut anywhere`, async t => {
    const whole = Buffer.concat(bytes)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: whole.length }), { maxLength: 40 }), cuts => {
        const guard = new PageGuard()
        const places = [0, ...cuts.sort((a, b) => a - b), whole.length]
        for (const [at, end] of places.slice(1).entries()) guard.read(whole.subarray(places[at], end))
        t.strictSame(guard.take(), { entries, more })
        t.strictSame(guard.take(), { entries: 0, more: false }, 'what was taken is gone')
      }),
      { numRuns: 50 },
    )
  })
}

t.test('byte by byte', async t => {
  const guard = new PageGuard()
  for (const byte of Buffer.concat([person(7, 1), result(7, 0x65, 0, 'c')])) guard.read(Buffer.from([byte]))
  t.strictSame(guard.take(), { entries: 1, more: true })
})

t.test('any bytes: no crash, and what is no LDAP is said', async t => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), chunks => {
      const guard = new PageGuard()
      for (const chunk of chunks) guard.read(Buffer.from(chunk))
      guard.take()
    }),
  )
  for (const bytes of [
    [0x16, 3, 1],
    [0x30, 0x80, 1, 2],
    [0x30, 0x88, 1, 2],
    [0x30, 0x20, 2, 50, ...Array(20).fill(0)],
  ]) {
    const guard = new PageGuard()
    guard.read(Buffer.from(bytes))
    guard.read(result(7, 0x65))
    t.equal(guard.take(), undefined, bytes.join(' '))
  }
})
