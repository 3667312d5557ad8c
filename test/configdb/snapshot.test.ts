import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createSnapshot, readSnapshot } from '../../src/configdb/snapshot.js'

const of = (text: string) => createSnapshot('/db', Buffer.from(text, 'utf8'))

t.test('what a reader sees', async t => {
  const snapshot = of('DomainName=example.org\nm=service|Name|Zürich|Note|a\\|b\\nc\nbare=\nuntyped=|p|v\n')
  t.equal(snapshot.value('DomainName'), 'example.org')
  t.equal(snapshot.prop('m', 'Name'), 'Zürich', 'rule 7: UTF-8 outside')
  t.equal(snapshot.prop('m', 'Note'), 'a|b\nc', 'rules 11 and 12: | and newline')
  t.equal(snapshot.prop('m', 'nope'), undefined)
  t.equal(snapshot.prop('nope', 'x'), undefined)
  t.strictSame([...(snapshot.record('m')?.properties.keys() ?? [])], ['Name', 'Note'])
  t.equal(snapshot.record('untyped')?.type, '', 'rule 13')
  t.equal(snapshot.prop('untyped', 'p'), 'v', 'rule 13')
  t.equal(snapshot.prop('m', '__proto__'), undefined)
  t.strictSame(snapshot.problems, [])
})

t.test('the revision is that of the records', async t => {
  const one = of('# updated: Sun Nov 22 14:59:30 2026\nb=1\na=2\n').revision
  t.match(one, /^[0-9a-f]{12}$/)
  t.equal(of('# updated: another day\na=2\nb=1').revision, one, 'header and order do not count')
  t.not(of('a=2\nb=2\n').revision, one)
})

t.test('of a file that is no DB at all a few lines are told, and how many more there are', async t => {
  const lines = (count: number) => of('x\n'.repeat(count)).problems.map(problem => problem.message)
  t.equal(lines(5).length, 5)
  t.match(lines(6).slice(5), ['cannot use 1 more line of /db, from line 6 on'])
  t.match(lines(100_000).slice(5), ['cannot use 99995 more lines of /db, from line 6 on'])
})

t.test('broken lines are named, and never shown', async t => {
  const [first, second] = of('a=1\ntail-of-a-password\n x=1\n').problems
  t.equal(first?.property, 'line 2')
  t.match(first?.message, /line 2 of \/db/)
  t.match(first?.hint, /line 2/)
  t.notMatch(JSON.stringify(first), /password/)
  t.equal(second?.property, 'line 3')
})

t.test('files', async t => {
  const folder = t.testdir({})
  const path = join(folder, 'configuration')
  t.match(await readSnapshot(path), { exists: false, problems: [] }, 'rule 2: a missing file is empty')
  writeFileSync(path, '')
  t.match(await readSnapshot(path), { exists: true })
  await t.rejects(readSnapshot(folder), { code: 'db.unreadable', message: new RegExp(folder) })
})
