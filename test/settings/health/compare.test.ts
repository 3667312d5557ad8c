import t from 'tap'
import { type Finding, newlyBroken } from '../../../src/settings/health/compare.js'

const well = (name: string): Finding => ({ name, trouble: undefined })
const ill = (name: string): Finding => ({ name, trouble: `${name} is down` })

const cases: { what: string; before: Finding[]; after: Finding[]; broken: string[] }[] = [
  { what: 'well and well', before: [well('a')], after: [well('a')], broken: [] },
  { what: 'well, then ill', before: [well('a')], after: [ill('a')], broken: ['a'] },
  { what: 'ill before: nobody’s fault', before: [ill('a')], after: [ill('a')], broken: [] },
  { what: 'ill, then well', before: [ill('a')], after: [well('a')], broken: [] },
  { what: 'not looked at before', before: [], after: [ill('a')], broken: [] },
  { what: 'not looked at afterwards', before: [well('a'), ill('b')], after: [], broken: [] },
  {
    what: 'one of several, in another order',
    before: [well('a'), ill('b'), well('c')],
    after: [ill('c'), ill('b'), well('a')],
    broken: ['c'],
  },
]

for (const one of cases) {
  t.test(one.what, async t => {
    const names = (findings: Finding[]) => findings.map(finding => finding.name)
    t.same(names(newlyBroken(one.before, one.after)), one.broken)
  })
}

t.test('what is broken says how it is now', async t => {
  t.same(newlyBroken([well('a')], [ill('a')]), [{ name: 'a', trouble: 'a is down' }])
})
