import fc from 'fast-check'
import t from 'tap'
import { differingLines } from '../../src/apply/diff.js'

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
