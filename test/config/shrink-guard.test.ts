import t from 'tap'
import { lostLines, lostParts } from '../../src/config/shrink-guard.js'

t.test('empty, or less than half', async t => {
  const cases: [string, string, RegExp | undefined][] = [
    ['a\nb\n', '', /empty/],
    ['a\nb\n', ' \n\n', /empty/],
    ['a\nb\nc\n', 'a\n', /1 of 3 lines/],
    ['a\nb\n', 'a\n', undefined],
    ['a\n\n\n\n\n', 'b\n', undefined],
    ['', '', undefined],
    ['', 'a', undefined],
    ['a\n', 'a\nb\n', undefined],
  ]
  for (const [before, after, says] of cases) {
    const lost = lostLines(before, after)
    if (says === undefined) t.equal(lost, undefined, JSON.stringify([before, after]))
    else t.match(lost, says)
  }
  t.match(lostParts(5, 2, 'leaves'), /2 of 5 leaves/)
  t.equal(lostParts(5, 3, 'leaves'), undefined)
  t.match(lostParts(1, 0, 'leaves'), /empty/)
})
