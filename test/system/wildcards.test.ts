import t from 'tap'
import { wildcardSource } from '../../src/system/wildcards.js'

t.test('* is any characters, ? is one, all else is itself', async t => {
  const cases: [string, string, boolean][] = [
    ['*.example.org', 'chat.example.org', true],
    ['*.example.org', 'chat.example-org', false],
    ['chat?', 'chat1', true],
    ['chat?', 'chat', false],
    ['*', '', true],
    ['a', 'ab', false],
    ['b', 'ab', false],
    ['[a](b){c}|^$+\\', '[a](b){c}|^$+\\', true],
    ['[ab]', 'a', false],
  ]
  for (const [pattern, text, fits] of cases) {
    for (const flags of ['', 'su'])
      t.equal(new RegExp(wildcardSource(pattern), flags).test(text), fits, pattern)
  }
})
