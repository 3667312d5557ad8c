import { PassThrough } from 'node:stream'
import t from 'tap'
import { SCHEMA_VERSION } from '../../src/api/schema-version.js'
import { command as doctor } from '../../src/cli/commands/doctor.js'
import { doctorLines } from '../../src/cli/output/doctor-lines.js'
import type { DoctorReport } from '../../src/doctor/finding.js'
import { createPaths } from '../../src/paths.js'
import { commandContext } from '../support/command-operations.js'

const long =
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen'
const report: DoctorReport = {
  worst: 'fail',
  findings: [
    { check: 'node', verdict: 'pass', subject: '/usr/bin/node', message: 'Node 20', remedy: '' },
    { check: 'apache unit', verdict: 'fail', subject: '', message: long, remedy: `type ${long}` },
    { check: 'dns', verdict: 'skip', subject: '', message: 'not here', remedy: '' },
  ],
}

function stream(more: { isTTY?: boolean; columns?: number } = {}) {
  return Object.assign(new PassThrough(), more)
}

t.test('without a terminal: aligned, a line each, no colours', async t => {
  t.same(doctorLines(report, { stdout: stream(), env: {} }), [
    'pass  node         /usr/bin/node: Node 20',
    `fail  apache unit  ${long}`,
    `                   → type ${long}`,
    'skip  dns          not here',
    '',
    '1 fail, 1 pass, 1 skip',
  ])
})

t.test('on a terminal: colours, messages broken at its width, remedies in one piece', async t => {
  const lines = doctorLines(report, { stdout: stream({ isTTY: true, columns: 80 }), env: {} })
  t.equal(lines[0], '\u001b[32mpass\u001b[0m  node         /usr/bin/node: Node 20')
  t.ok(lines[1]?.startsWith('\u001b[31mfail\u001b[0m  apache unit  one two'))
  t.match(lines[2], /^ {19}\S/)
  const remedy = lines.find(line => line.includes('→')) ?? ''
  t.ok(remedy.includes(`type ${long}`))
  const plain = lines
    .filter(line => line !== remedy)
    .map(line => line.replaceAll('\u001b', '').replaceAll(/\[\d+m/g, ''))
  t.ok(Math.max(...plain.map(line => line.length)) <= 80)
  t.notMatch(
    doctorLines(report, { stdout: stream({ isTTY: true }), env: { NO_COLOR: '1' } }).join(),
    '\u001b',
  )
})

t.test('exit status and --json; always in this process and without the lock', async t => {
  for (const [worst, status] of [
    ['pass', 0],
    ['warn', 0],
    ['fail', 1],
  ] as const) {
    const stdout = stream()
    const io = { stdin: stream(), stdout, stderr: stream(), env: {} }
    const opened: { locked: boolean }[] = []
    let closed = 0
    const context = commandContext({
      io,
      paths: createPaths({ root: t.testdir({}), env: {} }),
      openApp: async (_paths, options) => {
        opened.push(options)
        return {
          operations: {} as never,
          doctor: async () => ({ ...report, worst }),
          testDirectory: () => Promise.reject(new Error('not that')),
          close: async () => {
            closed += 1
          },
        }
      },
    })
    const exit = await doctor.run(context, { options: { json: true }, operands: {} })
    t.same([exit, opened, closed], [status, [{ locked: false }], 1])
    t.same(JSON.parse(String(stdout.read())), { schemaVersion: SCHEMA_VERSION, ...report, worst })
  }
})
