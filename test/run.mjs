// `npm test`: packages, types, lint, then every test. `npm test -- test/db` runs what lies below that folder or file.
// The last line is `N passed, N failed, N skipped`; what was skipped is named, with its reason.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { longestFirst, runFiles } from './files-in-turn.mjs'
import { prepare, root } from './prepare.mjs'

process.chdir(root)
prepare()
runOrExit('node_modules/@biomejs/biome/bin/biome', ['ci', '--colors=off', '.'])

const wanted = process.argv.slice(2)
const tests = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.test.ts'))
  .map(name => `test/${name}`)
  .filter(name => wanted.length === 0 || wanted.some(part => name.startsWith(part)))
  .sort()
if (tests.length === 0) {
  console.error(`cannot run tests: none is called ${wanted.join(', ')}`)
  process.exit(64)
}
await prepareHost()
mkdirSync('.cache', { recursive: true })
const report = '.cache/test.tap'
const outcomes = await runFiles(longestFirst(tests).map(built), ({ file, failed, why, ms }) => {
  const end = why === undefined ? '' : `, ${why}`
  console.log(`${failed === 0 ? 'ok    ' : 'not ok'} ${file.slice('dist/'.length)} # time=${ms}ms${end}`)
})
const tap = outcomes
  .sort((one, other) => (one.file < other.file ? -1 : 1))
  .map(outcome => outcome.tap)
  .join('\n')
writeFileSync(report, tap)
for (const block of failures(tap)) console.log(`\n${block}`)
const reasons = tap.split('\n').filter(line => /^\s*ok .*# SKIP|^\s*1\.\.0 # /i.test(line))
for (const line of new Set(reasons.map(text => text.trim()))) console.log(`skipped: ${line}`)
const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map(which =>
  outcomes.reduce((sum, outcome) => sum + outcome[which], 0),
)
if (failed > 0) console.log(`the whole report: ${report}`)
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exit(failed > 0 || passed === 0 ? 1 : 0)

function built(test) {
  return `dist/${test.replace(/\.ts$/, '.js')}`
}

/** The innermost failed assertions with what tap says of each. */
function failures(tap) {
  const lines = tap.split('\n')
  const blocks = []
  for (const [index, line] of lines.entries()) {
    if (!/^\s+not ok /.test(line) || !/^\s+---/.test(lines[index + 1] ?? '')) continue
    const end = lines.findIndex((other, at) => at > index && /^\s+\.\.\.$/.test(other))
    blocks.push(lines.slice(index, Math.min(end, index + 60)).join('\n'))
  }
  return blocks
}

/** Installs the test host's packages once, with words; a test file alone would seem to hang over it. */
async function prepareHost() {
  if (!tests.some(name => name.includes('integration') || name.includes('support/host'))) return
  const { canRunHost, prepareBase } = await import(`${root}dist/test/support/host/base.js`)
  const can = canRunHost()
  if (can !== true) {
    console.log(`tests with real servers are skipped: ${can}`)
    return
  }
  prepareBase()
  if (!tests.some(name => readFileSync(name, 'utf8').includes('sambaPackages'))) return
  // A domain controller brings much: a base of its own, so that the other hosts stay as small as they are.
  const { sambaPackages } = await import(`${root}dist/test/support/samba-packages.js`)
  prepareBase(sambaPackages)
}

function runOrExit(program, args) {
  const { status } = spawnSync(process.execPath, [program, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status === 0) return
  console.log('0 passed, 1 failed')
  process.exit(1)
}
