import t from 'tap'
import type { OperandTable } from '../../src/cli/command.js'
import { readOperands } from '../../src/cli/operands.js'

const name = { name: { shown: 'NAME' } }
const link: OperandTable = { ...name, username: { shown: 'USERNAME', count: 'optional' } }
const pairs: OperandTable = { ...name, pairs: { shown: 'PROPERTY VALUE', count: 'any', pairs: true } }
const some: OperandTable = { words: { shown: 'WORD', count: 'some' } }

const cases: [table: OperandTable | undefined, words: string[], operands: object, problem?: RegExp][] = [
  [undefined, [], {}],
  [undefined, ['x'], {}, /^unexpected argument 'x'$/],
  [name, ['a'], { name: 'a' }],
  [name, [''], { name: '' }],
  [name, [], { name: undefined }, /^NAME is missing$/],
  [name, ['a', 'b', 'c'], { name: 'a' }, /^unexpected argument 'b'$/],
  [link, ['a'], { name: 'a', username: undefined }],
  [link, ['a', 'b'], { name: 'a', username: 'b' }],
  [some, ['a', 'b'], { words: ['a', 'b'] }],
  [some, [], { words: [] }, /^WORD is missing$/],
  [pairs, ['a'], { name: 'a', pairs: [] }],
  [pairs, ['a', 'b', 'c'], { name: 'a', pairs: ['b', 'c'] }],
  [pairs, ['a', 'b'], { name: 'a', pairs: ['b'] }, /^the last PROPERTY has no value$/],
]

t.test('words by the names of their operands, or the first problem', async t => {
  for (const [table, words, operands, problem] of cases) {
    const read = readOperands(table, words)
    t.same(read.operands, operands, words.join(' '))
    if (problem === undefined) t.equal(read.problem, undefined, words.join(' '))
    else t.match(read.problem, problem, words.join(' '))
  }
})
