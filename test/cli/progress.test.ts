import { Writable } from 'node:stream'
import t from 'tap'
import { Progress, progressText } from '../../src/cli/progress.js'

function screen(isTTY: boolean): { stream: Writable & { isTTY: boolean }; text: () => string } {
  let text = ''
  const stream = new Writable({
    write: (part, _encoding, next) => {
      text += String(part)
      next()
    },
  })
  return { stream: Object.assign(stream, { isTTY }), text: () => text }
}

t.test('how far, how fast, how long', async t => {
  const cases: [number, number, number, string][] = [
    [0, 300, 0, '0 of 300 people, 0 %'],
    [45, 300, 12.34, '45 of 300 people, 15 %, 12 a second, 21 s left'],
    [45, 300, 4.2, '45 of 300 people, 15 %, 4.2 a second, 61 s left'],
    [1, 5000, 17, '1 of 5000 people, 0 %, 17 a second, 5 min left'],
    [1, 100_001, 10, '1 of 100001 people, 0 %, 10 a second, 2 h 47 min left'],
    [300, 300, 17, '300 of 300 people, 100 %'],
  ]
  for (const [finished, total, perSecond, wanted] of cases) {
    t.equal(progressText({ finished, total, perSecond, what: 'people' }), wanted)
  }
})

t.test('one line on a terminal, drawn over', async t => {
  let now = 0
  const { stream, text } = screen(true)
  const progress = new Progress({ stream, what: 'people', elapsed: () => now })
  for (let finished = 1; finished <= 100; finished += 1) {
    now += 50
    progress.show(finished, 100)
  }
  progress.clear()
  const drawn = text().split('\r\u001b[K').slice(1)
  t.ok(drawn.length < 60, 'not at every step')
  t.match(drawn[20], /^\[#+\.+\] \d+ of 100 people, \d+ %, 20 a second, \d s left$/)
  t.match(drawn.at(-2), /100 of 100 people, 100 %$/, 'the end is shown')
  t.equal(drawn.at(-1), '', 'and taken away')
  t.notMatch(text(), '\n')
})

t.test('plain lines elsewhere, and none for a short run', async t => {
  let now = 0
  const { stream, text } = screen(false)
  const progress = new Progress({ stream, what: 'people', elapsed: () => now })
  for (let finished = 1; finished <= 9; finished += 1) {
    now += 1000
    progress.show(finished, 1000)
  }
  t.equal(text(), '')
  for (let finished = 10; finished <= 30; finished += 1) {
    now += 1000
    progress.show(finished, 1000)
  }
  progress.clear()
  t.same(text().split('\n'), [
    '10 of 1000 people, 1 %, 1.0 a second, 17 min left',
    '20 of 1000 people, 2 %, 1.0 a second, 16 min left',
    '30 of 1000 people, 3 %, 1.0 a second, 16 min left',
    '',
  ])
})
