import { Writable } from 'node:stream'
import t from 'tap'
import { createLogger, type LogFormat, logFormatOf } from '../../src/system/log.js'

function linesOf(format: LogFormat, work: (log: ReturnType<typeof createLogger>) => void): string[] {
  const lines: string[] = []
  const output = new Writable({
    write: (part, _encoding, done) => {
      lines.push(String(part))
      done()
    },
  })
  work(createLogger({ format, output }))
  return lines
}

t.test('the format follows where the lines go', async t => {
  t.equal(logFormatOf({ JOURNAL_STREAM: '8:1' }, false), 'journal')
  t.equal(logFormatOf({}, true), 'terminal')
  t.equal(logFormatOf({}, false), 'json')
})

t.test('journald gets a priority and words, one line each', async t => {
  const cases: ['info' | 'warn' | 'error' | 'debug', string, string[]][] = [
    ['info', 'applied', ['<6>settings: applied {"revision":"ab"}\n']],
    ['warn', 'two\nlines', ['<4>settings: two\\nlines {"revision":"ab"}\n']],
    ['error', 'cannot', ['<3>settings: cannot {"revision":"ab"}\n']],
    ['debug', 'silent by default', []],
  ]
  for (const [level, text, want] of cases) {
    const lines = linesOf('journal', log => log.child({ room: 'settings' })[level]({ revision: 'ab' }, text))
    t.same(lines, want, level)
  }
})

t.test('colours on a terminal alone', async t => {
  const line = (format: LogFormat) => linesOf(format, log => log.warn({}, 'look')).join('')
  t.equal(line('terminal'), '\u001b[33mlook\u001b[0m\n')
  t.equal(line('plain'), 'look\n')
})

t.test('members that hold secrets never reach a line', async t => {
  for (const format of ['json', 'journal', 'terminal', 'plain'] as const) {
    const lines = linesOf(format, log =>
      log.info({ password: 'hunter2', user: { dataSource: 'hunter2' } }, 'x'),
    )
    t.notMatch(lines.join(''), 'hunter2', format)
    t.match(lines.join(''), '***', format)
  }
})
