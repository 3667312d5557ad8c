import t from 'tap'
import { excludedBy } from '../../src/directory/exclusions.js'

t.test('who is excluded', async t => {
  const cases: [patterns: string[], excluded: string[], left: string[]][] = [
    [[], [], ['', 'pluto', '*']],
    [
      ['pluto', 'Goofy'],
      ['pluto', 'PLUTO', 'goofy'],
      ['pluto2', 'aplu', ''],
    ],
    [['svc-*'], ['svc-', 'svc-backup', 'SVC-x'], ['a-svc-x', 'svc']],
    [['*-bot'], ['a-bot', '-bot'], ['a-bot2']],
    [['a?'], ['ab', 'a.', 'a🐕'], ['a', 'abc']],
    [
      ['a.b', '(x)*'],
      ['a.b', '(x)y'],
      ['aab', 'xy'],
    ],
    [['jörg'], ['Jörg', 'JO\u0308RG'], ['jorg']],
  ]
  for (const [patterns, excluded, left] of cases) {
    const is = excludedBy(patterns)
    for (const login of excluded) t.equal(is(login), true, `${patterns} ${login}`)
    for (const login of left) t.equal(is(login), false, `${patterns} ${login}`)
  }
})
