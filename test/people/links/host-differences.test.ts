import t from 'tap'
import { assessHost } from '../../../src/doctor/host.js'
import { hostDifferences, knownHost } from '../../../src/people/links/host.js'

const known = { machine: 'a', mattermost: 'm' }

for (const [what, before, seen, words] of [
  ['the same', known, { machine: 'a', mattermost: 'm' }, []],
  ['nothing was known', undefined, { machine: 'a', mattermost: 'm' }, []],
  ['another machine', known, { machine: 'b', mattermost: 'm' }, [/machine-id/]],
  ['another Mattermost', known, { machine: 'a', mattermost: 'n' }, [/another database/]],
  ['both', known, { machine: 'b', mattermost: 'n' }, [/machine-id/, /another database/]],
  ['a machine without an id', known, { machine: undefined, mattermost: 'm' }, []],
  [
    'a Mattermost that is down, on another machine',
    known,
    { machine: 'b', mattermost: undefined },
    [/machine-id/],
  ],
  [
    'links that were there, and are',
    { ...known, links: true },
    { machine: 'a', mattermost: 'm', links: true },
    [],
  ],
  ['links that were never there', known, { machine: 'a', mattermost: 'm', links: false }, []],
  ['lost links', { ...known, links: true }, { machine: 'a', mattermost: 'm', links: false }, [/links\.json/]],
  ['links nobody has looked for', { ...known, links: true }, { machine: 'a', mattermost: 'm' }, []],
  ['a machine that had no id', { mattermost: 'm' }, { machine: 'b', mattermost: 'm' }, []],
] as const) {
  t.test(what, async t => {
    const found = hostDifferences(before, seen)
    t.match(found, words)
    t.equal(found.length, words.length)
    const verdict = before === undefined ? 'skip' : words.length === 0 ? 'pass' : 'warn'
    t.match(assessHost(before, seen), [{ verdict }])
    t.same(hostDifferences(knownHost(before, seen), seen), [], 'accepted')
  })
}

t.test('what cannot be told now stays known', async t => {
  t.same(knownHost({ ...known, links: true }, { machine: undefined, mattermost: 'n' }), {
    machine: 'a',
    mattermost: 'n',
    links: true,
  })
})
