import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { createPaths, type Paths } from '../../../src/paths.js'
import { type LinkReading, LinkStore } from '../../../src/people/links/links.js'
import type { Link, LinkChange, Tombstone } from '../../../src/people/types.js'
import { idOf, link } from '../plan/people.js'

const AT = '2026-03-01T10:00:00.000Z'

function newPaths(): Paths & { remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'links-'))
  return { ...createPaths({ root }), remove: () => rmSync(root, { recursive: true, force: true }) }
}

function pathsOf(t: { teardown(end: () => unknown): unknown }): Paths {
  const paths = newPaths()
  t.teardown(paths.remove)
  return paths
}

async function opened(paths: Paths): Promise<LinkStore> {
  const store = new LinkStore(paths)
  await store.load()
  return store
}

function former(login: string, how: Tombstone['how'] = 'unlinked'): Tombstone {
  return { link: link(login), how, username: login, at: AT }
}

/** So many that a journal is worth its while. */
async function filled(paths: Paths, count = 400): Promise<LinkStore> {
  const store = await opened(paths)
  await store.change(
    Array.from({ length: count }, (_, n) => ({ put: link(`person${n}`, { userId: idOf(`u${n}x`) }) })),
  )
  return store
}

function tried<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

function contentOf(store: LinkReading): object {
  // Neither the order of items nor that of members counts.
  const members = (_: string, value: unknown) =>
    value instanceof Object && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value
  const sorted = <T>(items: T[]) => items.map(item => JSON.stringify(item, members)).sort()
  return { links: sorted(store.all()), ignored: sorted(store.ignored()), former: sorted(store.former()) }
}

t.test('a file of version 1 is read, and written as version 2', async t => {
  const paths = pathsOf(t)
  mkdirSync(dirname(paths.linksFile), { recursive: true })
  const old = { ...link('ann'), deactivated: { by: 'user-delete', at: AT } }
  writeFileSync(paths.linksFile, `{\n  "version": 1,\n  "links": [\n    ${JSON.stringify(old)}\n  ]\n}\n`)
  const store = await opened(paths)
  t.same(store.all(), [old])
  await store.put(link('bob'))
  t.match(JSON.parse(readFileSync(paths.linksFile, 'utf8')), { version: 2, links: [old, link('bob')] })
  t.same(contentOf(await opened(paths)), contentOf(store))
})

t.test('every member survives, in whatever layout the file is', async t => {
  const paths = pathsOf(t)
  const full: Link = {
    ...link('ann'),
    displayName: 'Ann "Ä"\u2028',
    origin: 'linked',
    joinedTeams: [idOf('team')],
    written: {
      username: 'ann',
      email: 'a@example.org',
      firstName: 'A',
      lastName: '',
      nickname: 'n',
      position: '',
    },
    goneSince: AT,
    goneReads: 2,
    deactivated: { by: 'gone', at: AT, bots: [idOf('bot')] },
    hold: { since: AT, until: AT, reason: 'parental leave' },
  }
  const store = await opened(paths)
  await store.change([
    { put: full },
    { ignore: { accountId: 'uuid-eve', login: 'eve', at: AT } },
    { ignore: { login: 'Mallory', at: AT } },
    { former: former('old', 'released') },
  ])
  const before = contentOf(store)
  t.same(contentOf(await opened(paths)), before)
  const whole = JSON.parse(readFileSync(paths.linksFile, 'utf8'))
  writeFileSync(paths.linksFile, JSON.stringify(whole, undefined, 2))
  const again = await opened(paths)
  t.same(contentOf(again), before)
  t.same(again.all(), [full])
  t.equal(again.ignoredOf({ accountId: 'uuid-eve', login: 'renamed' })?.login, 'eve')
  t.equal(again.ignoredOf({ accountId: 'uuid-m', login: 'mallory' })?.login, 'Mallory', 'by login')
  t.equal(again.ignoredOf({ accountId: 'uuid-x', login: 'eve' }), undefined, 'a namesake is another one')
  t.equal(again.formerOfUser(idOf('old'))?.how, 'released')
})

const refused: [string, LinkChange[], RegExp][] = [
  ['a linked user', [{ put: link('new', { userId: idOf('ann') }) }], /linked to another account already/],
  ['a tombstone', [{ put: link('new', { userId: idOf('old') }) }], /was linked to another account before/],
  [
    'the second step',
    [
      { drop: 'uuid-ann' },
      { former: former('ann') },
      { ignore: { login: 'x', at: AT } },
      { put: link('new', { userId: idOf('ann') }) },
    ],
    /before/,
  ],
]
for (const [name, changes, message] of refused) {
  t.test(`refused as a whole: ${name}`, async t => {
    const paths = pathsOf(t)
    const store = await opened(paths)
    await store.change([{ put: link('ann') }, { former: former('old') }])
    const before = contentOf(store)
    await t.rejects(store.change(changes), message)
    t.same(contentOf(store), before)
    t.same(contentOf(await opened(paths)), before)
    await store.put(link('bob'))
    t.equal((await opened(paths)).size, 2)
  })
}

t.test(
  'users can change places in one step, and a tombstone goes where the administrator says so',
  async t => {
    const store = await opened(pathsOf(t))
    await store.change([{ put: link('ann') }, { put: link('bob') }, { former: former('old') }])
    await store.change([
      { drop: 'uuid-ann' },
      { drop: 'uuid-bob' },
      { put: link('ann', { userId: idOf('bob') }) },
      { put: link('bob', { userId: idOf('ann') }) },
      { forget: idOf('old') },
      { put: link('new', { userId: idOf('old') }) },
    ])
    t.equal(store.ofUser(idOf('ann'))?.login, 'bob')
    t.equal(store.ofUser(idOf('old'))?.login, 'new')
    t.same(store.former(), [])
  },
)

t.test('a change of many links is a line of a journal, which is folded in when it has grown', async t => {
  const paths = pathsOf(t)
  const store = await filled(paths)
  t.notOk(existsSync(paths.linksJournal))
  const whole = statSync(paths.linksFile)
  for (let n = 0; n < 20; n++) await store.put(link(`person${n}`, { userId: idOf(`u${n}x`), goneReads: n }))
  t.equal(statSync(paths.linksFile).mtimeMs, whole.mtimeMs, 'untouched')
  t.equal(statSync(paths.linksJournal).mode & 0o777, 0o600)
  t.equal(readFileSync(paths.linksJournal, 'utf8').split('\n').length, 22)
  t.same(contentOf(await opened(paths)), contentOf(store))
  let largest = 0
  for (let n = 0; n < 400; n++) {
    await store.put(link(`person${n}`, { userId: idOf(`u${n}x`), goneSince: AT }))
    if (existsSync(paths.linksJournal)) largest = Math.max(largest, statSync(paths.linksJournal).size)
  }
  t.ok(largest <= statSync(paths.linksFile).size / 2 + 500, `at most half: ${largest}`)
  t.same(contentOf(await opened(paths)), contentOf(store))
})

t.test('what a crash cut off was told to nobody; nothing is added behind it', async t => {
  const paths = pathsOf(t)
  const store = await filled(paths)
  await store.put(link('kept'))
  const before = contentOf(store)
  const size = statSync(paths.linksJournal).size
  for (const rest of ['[', '[{"put":{"prov', '\0\0\0\0', '\0\0\n', '[{"put":']) {
    truncateSync(paths.linksJournal, size)
    appendFileSync(paths.linksJournal, rest)
    const again = await opened(paths)
    t.same(contentOf(again), before, JSON.stringify(rest))
  }
  const last = await opened(paths)
  await last.put(link('after'))
  t.notOk(existsSync(paths.linksJournal), 'folded in')
  t.same(contentOf(await opened(paths)), contentOf(last))
})

t.test('a crash between the two files leaves a journal that does not count', async t => {
  const paths = pathsOf(t)
  const store = await filled(paths)
  await store.put(link('person1', { userId: idOf('u1x'), goneReads: 1 }))
  const journal = readFileSync(paths.linksJournal)
  const accounts = Array.from({ length: 400 }, (_, n) => `uuid-person${n}`)
  await store.change(accounts.flatMap(id => [{ drop: id }, { ignore: { accountId: id, login: id, at: AT } }]))
  t.notOk(existsSync(paths.linksJournal))
  writeFileSync(paths.linksJournal, journal)
  const again = await opened(paths)
  t.equal(again.size, 0, 'the journal would bring somebody back')
  await again.put(link('new'))
  t.same((await opened(paths)).all(), [link('new')])
})

const damaged: [string, (paths: Paths) => void][] = [
  ['links.json went', paths => rmSync(paths.linksFile)],
  ['an old links.json came back', paths => writeFileSync(paths.linksFile, '{"version":1,"links":[]}')],
  [
    'a line in the middle',
    paths =>
      writeFileSync(paths.linksJournal, readFileSync(paths.linksJournal, 'utf8').replace('{"put"', '{"pu')),
  ],
  ['a step that is none', paths => appendFileSync(paths.linksJournal, '[{"puts":1}]\n')],
  [
    'links.json ends in the middle',
    paths => truncateSync(paths.linksFile, statSync(paths.linksFile).size - 3),
  ],
]
for (const [name, damage] of damaged) {
  t.test(`refused rather than guessed: ${name}`, async t => {
    const paths = pathsOf(t)
    const store = await filled(paths)
    await store.put(link('one'))
    await store.put(link('two'))
    damage(paths)
    await t.rejects(opened(paths), { code: 'state.unreadable', hint: /backup/ })
    await t.rejects(store.put(link('three')), { code: 'files.write' }, 'nor overwritten')
    await t.rejects(store.put(link('four')), { code: 'files.write' }, 'nothing is taken until it was read')
    await t.rejects(store.load(), { code: 'state.unreadable' })
  })
}

t.test('files that somebody replaced are read anew, others are not read again', async t => {
  const paths = pathsOf(t)
  const store = await filled(paths)
  await store.put(link('one'))
  const held = store.ofAccount('uuid-one')
  await store.load()
  t.equal(store.ofAccount('uuid-one'), held, 'the same object: nothing was read')
  const other = await opened(paths)
  await other.put(link('two'))
  await t.rejects(store.put(link('three')), { code: 'files.write', message: /changed by somebody else/ })
  await store.load()
  t.same(contentOf(store), contentOf(other))
  await store.put(link('three'))
  t.equal((await opened(paths)).size, 403)
})

t.test('a step that is refused takes back those before it, also what could not be put anew', async t => {
  const paths = pathsOf(t)
  const store = await filled(paths)
  await store.put(link('ann', { userId: idOf('eve') }))
  await store.change([{ former: former('eve') }])
  const before = JSON.stringify(contentOf(store))
  const again = { put: link('ann', { userId: idOf('eve') }) }
  await t.rejects(store.change([{ drop: 'uuid-ann' }, again]), /was linked to another account before/)
  t.equal(JSON.stringify(contentOf(store)), before)
  t.equal(JSON.stringify(contentOf(await opened(paths))), before)
})

t.test(
  'any sequence of changes, wherever the power goes, reads back as it stood after one of them',
  async t => {
    const names = fc.constantFrom('ann', 'bob', 'Eve', 'mallory')
    const steps: fc.Arbitrary<LinkChange> = fc.oneof(
      fc.tuple(names, names, fc.nat(3)).map(([login, user, goneReads]) => ({
        put: link(login, { userId: idOf(user.toLowerCase()), goneReads }),
      })),
      names.map(login => ({ drop: `uuid-${login.toLowerCase()}` })),
      names.map(login => ({ ignore: { accountId: `uuid-${login}`, login, at: AT } })),
      names.map(login => ({ heed: { accountId: `uuid-${login}`, login } })),
      names.map(login => ({ former: former(login.toLowerCase()) })),
      names.map(login => ({ forget: idOf(login.toLowerCase()) })),
    )
    const changes = fc.array(fc.array(steps, { minLength: 1, maxLength: 4 }), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(changes, fc.nat(2000), async (all, cut) => {
        const paths = newPaths()
        try {
          const store = await filled(paths, 200)
          const states = [JSON.stringify(contentOf(store))]
          for (const some of all) {
            const preview = tried(() => contentOf(store.preview(some)))
            await store.change(some).catch(() => undefined)
            // What is refused is refused by both.
            if (JSON.stringify(preview ?? contentOf(store)) !== JSON.stringify(contentOf(store))) return false
            states.push(JSON.stringify(contentOf(store)))
          }
          if (JSON.stringify(contentOf(await opened(paths))) !== states.at(-1)) return false
          if (!existsSync(paths.linksJournal)) return true
          truncateSync(paths.linksJournal, Math.max(16, statSync(paths.linksJournal).size - cut))
          const after = await opened(paths)
          if (!states.includes(JSON.stringify(contentOf(after)))) return false
          await after.put(link('last'))
          return JSON.stringify(contentOf(await opened(paths))) === JSON.stringify(contentOf(after))
        } finally {
          paths.remove()
        }
      }),
      { numRuns: 60 },
    )
    t.pass()
  },
)
