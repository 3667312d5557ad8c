import fc from 'fast-check'
import t from 'tap'
import { type Json, parseJson, sameJson, valueAt } from '../../src/config/json/json.js'
import { newText, setValues } from '../../src/config/json/json-edit.js'
import { type DesiredSetting, isShipped, type LeafBase, mergeLeaves } from '../../src/config/merge.js'

function setting(more: Partial<DesiredSetting> = {}): DesiredSetting {
  return {
    name: 'S.K',
    path: ['S', 'K'],
    value: 'ours',
    class: 'initial',
    how: 'reload',
    explicit: false,
    keepInitial: false,
    shipped: ['shipped'],
    compare: 'exact',
    secret: false,
    causes: [],
    ...more,
  }
}

t.test('leaf by leaf', async t => {
  const enforced = { class: 'enforced' } as const
  const explicit = { explicit: true }
  const restored = { explicit: true, restored: true }
  const done: LeafBase = { value: 'ours', explicit: false, done: true }
  const tracked: LeafBase = { value: 'ours', explicit: true, done: true }
  const cases: [
    string,
    Partial<DesiredSetting>,
    Json | undefined,
    LeafBase | undefined,
    'write' | 'keep' | 'drift',
  ][] = [
    ['enforced: missing', enforced, undefined, undefined, 'write'],
    ['enforced: equal', enforced, 'ours', undefined, 'keep'],
    ['enforced: another', enforced, 'theirs', done, 'write'],
    ['initial: missing', {}, undefined, undefined, 'write'],
    ['initial: null', {}, null, undefined, 'write'],
    ['initial: shipped', {}, 'shipped', undefined, 'write'],
    ['initial: the site’s own', {}, 'theirs', undefined, 'keep'],
    ['initial: once is enough', {}, 'shipped', done, 'keep'],
    ['initial: the property is gone', {}, 'ours', tracked, 'keep'],
    ['tracked: first', explicit, 'theirs', undefined, 'write'],
    ['tracked: new in the DB', explicit, 'theirs', done, 'write'],
    ['tracked: another value in the DB', explicit, 'theirs', { ...tracked, value: 'old' }, 'write'],
    ['tracked: edited in the file', explicit, 'theirs', tracked, 'drift'],
    ['tracked: equal', explicit, 'ours', { ...tracked, value: 'old' }, 'keep'],
    ['tracked: after an adoption', explicit, 'theirs', { explicit: false, done: true }, 'write'],
    ['gentle: the site’s own', { ...explicit, keepInitial: true }, 'theirs', undefined, 'keep'],
    ['gentle: shipped', { ...explicit, keepInitial: true }, 'shipped', undefined, 'write'],
    [
      'gentle: the other record changed',
      { ...explicit, keepInitial: true },
      'theirs',
      { ...tracked, value: 'old' },
      'write',
    ],
    ['gentle: it did not', { ...explicit, keepInitial: true }, 'theirs', tracked, 'drift'],
    ['restored: as we last wrote it', restored, 'old', { ...tracked, value: 'old' }, 'write'],
    ['restored: also without a property', { restored: true }, 'old', { ...done, value: 'old' }, 'write'],
    ['restored: edited in between', restored, 'theirs', { ...tracked, value: 'old' }, 'drift'],
    ['restored: edited afterwards', restored, 'theirs', tracked, 'drift'],
    ['restored: never ours', restored, 'theirs', { explicit: false, done: true }, 'drift'],
    ['restored: equal', restored, 'ours', { ...tracked, value: 'old' }, 'keep'],
    ['restored, enforced', { ...enforced, restored: true }, 'theirs', done, 'write'],
    ['a folder with its slash', { ...enforced, compare: 'folder', value: '/a' }, '/a/', undefined, 'keep'],
  ]
  for (const [name, more, live, base, expected] of cases) {
    const section: Json = live === undefined ? {} : { K: live }
    const merge = mergeLeaves({ S: section }, [setting(more)], base === undefined ? {} : { 'S.K': base })
    const got = merge.changes.length > 0 ? 'write' : merge.drift.length > 0 ? 'drift' : 'keep'
    t.equal(got, expected, name)
    t.equal(merge.bases['S.K']?.done, true, `${name}: known afterwards`)
  }
})

t.test('what somebody changed is said to be put back; secrets are never remembered', async t => {
  const enforced = setting({ class: 'enforced' })
  const base = { 'S.K': { value: 'ours', explicit: false, done: true } }
  t.equal(mergeLeaves({ S: { K: 'theirs' } }, [enforced], base).changes[0]?.putBack, true)
  t.equal(mergeLeaves({ S: { K: 'theirs' } }, [enforced], {}).changes[0]?.putBack, false)
  const hidden = setting({ class: 'enforced', secret: true })
  const { bases } = mergeLeaves(undefined, [hidden], {})
  t.match(bases['S.K'], { mark: /^[0-9a-f]{12}$/, explicit: false, done: true })
  t.notMatch(JSON.stringify(bases), 'ours')
  t.equal(mergeLeaves({ S: { K: 'theirs' } }, [hidden], bases).changes[0]?.putBack, true)
  const another = { ...hidden, value: 'other' }
  t.equal(mergeLeaves({ S: { K: 'ours' } }, [another], bases).changes[0]?.putBack, false)
})

t.test('shipped', async t => {
  t.ok(isShipped(setting({ shipped: ['./data/'], compare: 'folder' }), './data'))
  t.notOk(isShipped(setting(), 'theirs'))
})

const names = fc.constantFrom('A', 'B', 'C', 'a.b', '__proto__', 'ü"\\')
const scalars = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.double({ noNaN: true }),
)
const sections = fc.dictionary(names, fc.oneof(scalars, fc.array(scalars), fc.dictionary(names, scalars)))
const wanted = fc.uniqueArray(
  fc.record({
    section: names,
    key: names,
    value: fc.oneof(fc.string(), fc.boolean(), fc.integer()),
    class: fc.constantFrom('enforced' as const, 'initial' as const),
    explicit: fc.boolean(),
    gentle: fc.boolean(),
  }),
  { selector: one => `${one.section}\n${one.key}`, maxLength: 6 },
)

t.test('a second merge changes nothing, and nobody else’s member ever moves', async t => {
  fc.assert(
    fc.property(
      fc.dictionary(names, sections),
      wanted,
      fc.constantFrom(undefined, 2, 4, '\t'),
      (live, given, space) => {
        const text = JSON.stringify(live, null, space)
        const wanted = given.map(({ section, key, ...more }) =>
          setting({ name: `${section}\n${key}`, path: [section, key], shipped: [], ...more }),
        )
        const before = parseJson(text)
        const merge = mergeLeaves(before, wanted, {})
        const values = merge.changes.map(change => ({
          path: change.setting.path,
          value: change.setting.value,
        }))
        const after = parseJson(setValues(text, values))
        for (const { setting: one } of merge.changes)
          if (!sameJson(valueAt(after, one.path), one.value)) return false
        if (mergeLeaves(after, wanted, merge.bases).changes.length > 0) return false
        const written = new Set(merge.changes.map(change => change.setting.name))
        return leaves(before).every(
          ([name, value]) => written.has(name) || sameJson(value, new Map(leaves(after)).get(name)),
        )
      },
    ),
    { numRuns: 300 },
  )
  t.pass()
})

function leaves(value: Json): [string, Json][] {
  return Object.entries(value ?? {}).flatMap(([section, inner]) =>
    Object.entries(inner as object).map(
      ([key, leaf]) => [`${section}\n${key}`, leaf as Json] as [string, Json],
    ),
  )
}

t.test('text: what is not ours stays byte for byte', async t => {
  const text = `{
    "A": {
        "big": 12345678901234567890.10,
        "K": "old" ,
        "twice": 1, "twice": 2
    }, "N": null,
    "empty": {}
}
`
  const edited = setValues(text, [
    { path: ['A', 'K'], value: 'new' },
    { path: ['A', 'twice'], value: 3 },
    { path: ['A', 'more'], value: true },
    { path: ['empty', 'x'], value: 'y' },
    { path: ['N', 'x'], value: 1 },
    { path: ['Z', 'deep', 'er'], value: [] },
  ])
  t.equal(
    edited,
    `{
    "A": {
        "big": 12345678901234567890.10,
        "K": "new" ,
        "twice": 1, "twice": 3, "more": true
    }, "N": {
        "x": 1
    },
    "empty": {
        "x": "y"
    },
    "Z": {
        "deep": {
            "er": []
        }
    }
}
`,
  )
  t.equal(newText([{ path: ['A', 'b'], value: 1 }]), '{\n    "A": {\n        "b": 1\n    }\n}\n')
})
