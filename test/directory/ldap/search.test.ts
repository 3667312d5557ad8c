import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import type { DirectoryEntry } from '../../../src/directory/attributes.js'
import { accountFilter } from '../../../src/directory/ldap/filter.js'
import { type Found, LdapConnection } from '../../../src/directory/ldap/search.js'
import { entry, person, reference, result } from './scripted-ldap-server.js'

/** The first search of a wire. */
const ID = 1001
const plain = { uid: ['user1'], entryUUID: ['00000000-0000-0000-0000-000000000001'] }

/** A wire that reads these bytes in these pieces: what it found, and why it broke. */
async function read(
  pieces: readonly Buffer[],
  binary: string[] = [],
): Promise<{ entries: DirectoryEntry[]; found: Found | undefined; error: unknown; broken: string[] }> {
  const socket = Object.assign(new EventEmitter(), { write: () => true, destroyed: false })
  const broken: string[] = []
  const wire = new LdapConnection(socket as unknown as Socket, binary, error => {
    broken.push(error.message)
    socket.destroyed = true
  })
  const entries: DirectoryEntry[] = []
  const search = { base: 'dc=x', scope: 'sub' as const, filter: accountFilter(), attributes: ['uid'] }
  let found: Found | undefined
  let error: unknown
  wire
    .search(search, one => entries.push(one))
    .then(
      value => {
        found = value
      },
      reason => {
        error = reason
      },
    )
  for (const piece of pieces) socket.emit('data', piece)
  await new Promise(resolve => setImmediate(resolve))
  return { entries, found, error, broken }
}

function textsIn(entries: DirectoryEntry[]): Record<string, unknown>[] {
  return entries.map(({ dn, values }) => ({ dn, ...Object.fromEntries(values as Map<string, unknown>) }))
}

const answers: { name: string; bytes: Buffer[]; entries: number; found: Partial<Found> }[] = [
  {
    name: 'a last page',
    bytes: [person(ID, 1), person(ID, 2), result(ID, 0x65, 0, '')],
    entries: 2,
    found: { cookie: undefined },
  },
  {
    name: 'a page with a cookie',
    bytes: [person(ID, 1), result(ID, 0x65, 0, 'c')],
    entries: 1,
    found: { cookie: Buffer.from('c') },
  },
  { name: 'no paging', bytes: [person(ID, 1), result(ID, 0x65)], entries: 1, found: { cookie: undefined } },
  {
    name: 'references',
    bytes: [reference(ID, 'ldap://x'), result(ID, 0x65)],
    entries: 0,
    found: { references: ['ldap://x'] },
  },
  {
    name: 'big entries',
    bytes: [
      person(ID, 1, { photo: ['x'.repeat(70_000)] }),
      person(ID, 2, { cn: ['y'.repeat(200)] }),
      result(ID, 0x65),
    ],
    entries: 2,
    found: {},
  },
]

for (const { name, bytes, entries, found } of answers) {
  t.test(`${name}, cut anywhere`, async t => {
    const whole = Buffer.concat(bytes)
    const expected = await read([whole])
    t.equal(expected.entries.length, entries)
    t.match(expected.found, { entries, ...found })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: whole.length }), { maxLength: 40 }), async cuts => {
        const places = [0, ...cuts.sort((a, b) => a - b), whole.length]
        t.strictSame(await read(places.slice(1).map((end, at) => whole.subarray(places[at], end))), expected)
      }),
      { numRuns: 50 },
    )
  })
}

t.test('byte by byte', async t => {
  const whole = Buffer.concat([person(ID, 1), result(ID, 0x65, 0, 'c')])
  t.strictSame(await read([...whole].map(byte => Buffer.from([byte]))), await read([whole]))
})

t.test('what values become', async t => {
  const bytes = Buffer.from([0xff, 0x00, 0x41])
  const given = {
    CN: ['Jörg 王 𝕏', ''],
    mail: ['ascii@example.org', bytes],
    odd: ['a \ufffd that stands there'],
    'photo;binary': ['text'],
    objectGUID: ['0123456789abcdef'],
    nothing: [],
  }
  const { entries } = await read([entry(ID, 'uid=jörg,dc=x', given), result(ID, 0x65)], ['objectGuid'])
  t.strictSame(textsIn(entries), [
    {
      dn: 'uid=jörg,dc=x',
      cn: ['Jörg 王 𝕏', ''],
      mail: ['ascii@example.org', bytes],
      odd: ['a \ufffd that stands there'],
      'photo;binary': [Buffer.from('text')],
      objectguid: [Buffer.from('0123456789abcdef')],
    },
  ])
})

t.test('more names of attributes than are known at sight', async t => {
  const given = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`Attribute-${n}`, [String(n)]]))
  const { entries } = await read([entry(ID, 'dc=1', given), entry(ID, 'dc=2', given), result(ID, 0x65)])
  const values = Object.fromEntries(Object.entries(given).map(([name, one]) => [name.toLowerCase(), one]))
  t.strictSame(textsIn(entries), [
    { dn: 'dc=1', ...values },
    { dn: 'dc=2', ...values },
  ])
})

t.test('any entry comes out as it went in', async t => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array().map(Buffer.from))
  const attributes = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/), fc.array(value), {
    noNullPrototype: true,
  })
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), attributes, async (dn, given) => {
      const { entries } = await read([entry(ID, dn, given), result(ID, 0x65)])
      t.equal(entries.length, 1)
      t.equal(entries[0]?.dn, dn)
      const shown = Object.entries(given).filter(([, one]) => one.length > 0)
      t.equal(entries[0]?.values.size, shown.length)
      for (const [name, one] of shown) {
        const bytes = (values: readonly (string | Buffer)[]) =>
          values.map(each => Buffer.from(each).toString('hex'))
        t.strictSame(bytes(entries[0]?.values.get(name) ?? []), bytes(one))
      }
    }),
    { numRuns: 100 },
  )
})

t.test('any bytes: no crash, and what is not LDAP is said', async t => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), async chunks => {
      await read(chunks.map(chunk => Buffer.from(chunk)))
    }),
  )
  const good = Buffer.concat([person(ID, 1), result(ID, 0x65)])
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 }), async (at, byte) => {
      const bytes = Buffer.from(good)
      bytes[at] = byte
      const { entries, broken } = await read([bytes])
      t.ok(entries.length <= 1 && broken.length <= 1)
    }),
  )
  for (const bytes of [
    [0x16, 3, 1],
    [0x30, 0x80, 1, 2],
    [0x30, 0x88, 1, 2],
    [0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 2, 1],
    [0x30, 0x20, 2, 50, ...Array(20).fill(0)],
    [0x30, 0x02, 2, 0],
    [0x30, 0x03, 2, 1, 7, 0x64],
  ]) {
    const { broken } = await read([Buffer.from(bytes), result(ID, 0x65)])
    t.match(broken, [/it was garbled/], bytes.join(' '))
  }
})

t.test('refusals, the size that was asked for, and what a caller throws', async t => {
  const refused = await read([person(ID, 1), result(ID, 0x65, 50, undefined, 'not you')])
  t.match(refused.error, { code: 50, message: /not you/ })
  t.same(refused.broken, [])

  const socket = Object.assign(new EventEmitter(), { write: () => true, destroyed: false })
  const wire = new LdapConnection(socket as unknown as Socket, [], () => t.fail('the connection is well'))
  const search = { base: 'dc=x', scope: 'sub' as const, filter: accountFilter(), attributes: ['uid'] }
  const some = wire.search({ ...search, most: 1 }, () => undefined)
  socket.emit('data', Buffer.concat([entry(ID, 'uid=user1', plain), result(ID, 0x65, 4)]))
  t.match(await some, { entries: 1 })
  const thrown = wire.search(search, () => {
    throw new Error('hidden')
  })
  thrown.catch(() => undefined)
  const next = wire.search(search, () => undefined)
  socket.emit('data', Buffer.concat([person(ID + 1, 1), person(ID + 1, 2), result(ID + 1, 0x65)]))
  socket.emit('data', Buffer.concat([person(ID + 2, 1), result(ID + 2, 0x65)]))
  await t.rejects(thrown, { message: 'hidden' })
  t.match(await next, { entries: 1 })
})
