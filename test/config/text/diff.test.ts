import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { differingLines, linesOf, unifiedDiff } from '../../../src/config/text/diff.js'

t.test('lines that differ', async t => {
  t.same(differingLines('a\nb\nc\n', 'a\nx\nc\nd\n'), ['- b', '+ x', '+ d'])
  t.same(differingLines('', 'a\n'), ['+ a'])
  t.same(differingLines('a\n', 'a\n'), [])
  const many = (prefix: string) => Array.from({ length: 1100 }, (_, index) => `${prefix}${index}\n`).join('')
  t.same(differingLines(many('a'), many('b')), ['1100 lines → 1100 lines'])
})

t.test('nothing is said twice and nothing is lost', async t => {
  const texts = fc
    .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 })
    .map(lines => lines.map(line => `${line}\n`).join(''))
  const count = (lines: string[], line: string) => lines.filter(one => one === line).length
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const lines = differingLines(before, after)
      return ['a', 'b', 'c'].every(
        line =>
          count(after.split('\n'), line) - count(before.split('\n'), line) ===
          count(lines, `+ ${line}`) - count(lines, `- ${line}`),
      )
    }),
  )
  t.pass()
})

t.test('a unified diff is what diff -u prints', async t => {
  const labels = ['a', 'b'] as const
  t.same(unifiedDiff('same\n', 'same\n', { labels }), [])
  t.same(unifiedDiff('', 'one\ntwo\n', { labels }), ['--- a', '+++ b', '@@ -0,0 +1,2 @@', '+one', '+two'])
  t.same(unifiedDiff('one\n', '', { labels }), ['--- a', '+++ b', '@@ -1 +0,0 @@', '-one'])
  t.same(unifiedDiff('1\n2\n3\n4\n5\n6\n7\n8\n9\n', '1\n2\n3\n4\nx\n6\n7\n8\n9\n', { labels }), [
    ...['--- a', '+++ b', '@@ -2,7 +2,7 @@'],
    ...[' 2', ' 3', ' 4', '-5', '+x', ' 6', ' 7', ' 8'],
  ])
  t.same(unifiedDiff('a\nb', 'a\nb\n', { labels }), [
    ...['--- a', '+++ b', '@@ -1,2 +1,2 @@', ' a', '-b', '\\ No newline at end of file', '+b'],
  ])
})

const patch = spawnSync('patch', ['--version']).status === 0 ? {} : { skip: 'there is no program patch here' }

t.test('the program patch makes the one text of the other', patch, async t => {
  const line = fc.constantFrom('', 'a', 'b', 'c', 'dd')
  const texts = fc
    .tuple(fc.array(line, { maxLength: 40 }), fc.boolean())
    .map(([lines, open]) => lines.join('\n') + (lines.length === 0 || open ? '' : '\n'))
  const folder = t.testdir({})
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const diff = unifiedDiff(before, after, { labels: ['x', 'x'] })
      if (diff.length === 0) return before === after
      const [file, out] = [join(folder, 'x'), join(folder, 'out')]
      writeFileSync(file, before)
      const { status, stdout } = spawnSync('patch', ['--fuzz=0', '--output', out, file], {
        input: `${diff.join('\n')}\n`,
        encoding: 'utf8',
      })
      return status === 0 && !/offset/.test(stdout) && readFileSync(out, 'utf8') === after
    }),
    { numRuns: 60 },
  )
  t.pass()
})

t.test('applied by its own rules, it makes the one text of the other', async t => {
  const line = fc.constantFrom('', 'a', 'b', 'c', 'dd')
  const texts = fc
    .tuple(fc.array(line, { maxLength: 60 }), fc.boolean())
    .map(([lines, open]) => lines.join('\n') + (lines.length === 0 || open ? '' : '\n'))
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const diff = unifiedDiff(before, after, { labels: ['x', 'x'] })
      return (diff.length === 0) === (before === after) && applied(before, diff) === after
    }),
    { numRuns: 500 },
  )
  t.pass()
})

t.test('texts too long to compare are exchanged as a whole, but for what is equal around', async t => {
  const many = (prefix: string) => Array.from({ length: 1100 }, (_, index) => `${prefix}${index}\n`).join('')
  const [before, after] = [`head\n${many('a')}tail\n`, `head\n${many('b')}tail\n`]
  const diff = unifiedDiff(before, after, { labels: ['x', 'x'] })
  t.equal(diff[2], '@@ -1,1102 +1,1102 @@')
  t.equal(applied(before, diff), after)
})

t.test('lines are shown as they may be', async t => {
  const show = (text: string) => linesOf(text).map(line => line.replace(/=.*/, '=***'))
  t.same(unifiedDiff('a=1\nb=2\n', 'a=1\nb=3\n', { labels: ['x', 'y'], show }), [
    ...['--- x', '+++ y', '@@ -1,2 +1,2 @@', ' a=***', '-b=***', '+b=***'],
  ])
  t.same(differingLines('a=1\nb=2\n', 'a=1\nb=3\n', show), ['- b=***', '+ b=***'])
})

/** Applies a unified diff strictly; throws where it does not fit. Lines have their line feeds here. */
function applied(before: string, diff: string[]): string {
  const old = before.match(/[^\n]*\n|[^\n]+$/g) ?? []
  const result: string[] = []
  let at = 0
  for (const [index, line] of diff.entries()) {
    if (index < 2 || line.startsWith('\\')) continue
    const head = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@$/.exec(line)
    if (head !== null) {
      const start = Number(head[1]) - (head[2] === '0' ? 0 : 1)
      while (at < start) result.push(old[at++] ?? '')
      if (result.length !== Number(head[3]) - (head[4] === '0' ? 0 : 1)) throw new Error('wrong place')
      continue
    }
    const text = line.slice(1) + (diff[index + 1]?.startsWith('\\') ? '' : '\n')
    if (!line.startsWith('+') && old[at++] !== text) throw new Error(`it says ${line}`)
    if (!line.startsWith('-')) result.push(text)
  }
  return [...result, ...old.slice(at)].join('')
}
