import t from 'tap'
import { parseDuration } from '../../src/cli/duration.js'

t.test('durations have a unit', async t => {
  const cases: [string, number][] = [
    ['1s', 1000],
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
    ['2w', 1_209_600_000],
    ['365d', 365 * 86_400_000],
  ]
  for (const [text, milliseconds] of cases) t.equal(parseDuration(text), milliseconds, text)
  for (const wrong of ['', '2', 'h', '2 h', '-2h', '1.5h', '2h later', '2y', '0s', '366d', '9'.repeat(400)]) {
    t.throws(() => parseDuration(wrong), { code: 'usage', exitCode: 64, hint: /30m/ }, wrong.slice(0, 20))
  }
})
