import t from 'tap'
import { JsonError } from '../../../src/config/json/json.js'
import { removeValues, setValues } from '../../../src/config/json/json-edit.js'

const broken = '{"a": 1,}'

t.test('a text that is not JSON is refused before anything is put into it or taken away', async t => {
  t.throws(() => setValues(broken, [{ path: ['a'], value: 2 }]), JsonError)
  t.throws(() => removeValues(broken, [['a']]), JsonError)
})

t.test('each value is put where those before it have left the text', async t => {
  const values = [
    { path: ['b', 'c'], value: 'ä"]' },
    { path: ['a'], value: [1, { x: '}' }] },
    { path: ['b', 'd'], value: null },
  ]
  const text = setValues('{"a": {"b": 10000000000000000001}, "n": 1.50}', values)
  t.same(JSON.parse(text), { a: [1, { x: '}' }], n: 1.5, b: { c: 'ä"]', d: null } })
  t.match(text, '1.50', 'what is not named stays byte for byte')
  t.same(JSON.parse(removeValues(text, [['b', 'c'], ['a'], ['b', 'd']])), { n: 1.5, b: {} })
})
