import t from 'tap'
import { causesText } from '../../../src/config/services/pending-action.js'

const cases: [causes: string[], text: string][] = [
  [[], ''],
  [['a 1 → 2'], ': a 1 → 2'],
  [['a', 'b', 'c', 'd'], ': a; b; c; d'],
  [['a', 'b', 'c', 'd', 'e'], ': a; b; c; and 2 more'],
]

t.test('few causes are told, of many the first ones and how many there are', async t => {
  for (const [causes, text] of cases) t.equal(causesText(causes), text)
})
