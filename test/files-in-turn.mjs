// Runs compiled test files beside each other, each in a process of its own, as plain Node starts it: tap's own runner
// has loaders for TypeScript and coverage in each of them and in all that they start, which takes longer than most tests.
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Whoever tests real servers waits for half of the time: one more than there are processors. */
const JOBS = Number(process.env.TEAMCHAT_TEST_JOBS ?? availableParallelism() + 1)

/** A test that hangs ends itself after so long and says where; seconds. */
const TEST_TIMEOUT = 300

/** A file that does not even do that is killed. */
const FILE_TIMEOUT_MS = 900_000

/**
 * What takes long starts first, so that nothing goes on alone in the end: whole hosts, whole stories, then the rest.
 * @param {string[]} files
 */
export function longestFirst(files) {
  const rank = file =>
    ['integration/', 'demo/', 'settings/', 'people/', 'support/', ''].findIndex(part => file.includes(part))
  return [...files].sort((one, other) => rank(one) - rank(other))
}

/**
 * Runs all; `told` is called with each file as it ends.
 * @returns {Promise<Outcome[]>} in the order in which they ended
 * @typedef {{ file: string, passed: number, failed: number, skipped: number, why?: string, ms: number, tap: string }} Outcome
 * `why` says of a file that it did not come to its end; `tap` is its report as a part of a greater one.
 */
export async function runFiles(files, told) {
  const left = [...files]
  const outcomes = []
  const worker = async () => {
    for (let file = left.shift(); file !== undefined; file = left.shift()) {
      const outcome = await runFile(file)
      outcomes.push(outcome)
      told(outcome)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, JOBS) }, worker))
  return outcomes
}

async function runFile(file) {
  const started = performance.now()
  const child = spawn(process.execPath, ['--enable-source-maps', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TAP: '1', TAP_TIMEOUT: String(TEST_TIMEOUT) },
  })
  const parts = []
  child.stdout.on('data', part => parts.push(part))
  const timer = setTimeout(() => child.kill('SIGKILL'), FILE_TIMEOUT_MS)
  const [status, signal] = await new Promise(resolve => child.on('close', (...end) => resolve(end)))
  clearTimeout(timer)
  const ms = Math.round(performance.now() - started)
  return { file, ms, ...judge(file, Buffer.concat(parts).toString(), signal ?? status, ms) }
}

/** A file without its totals has ended before its tests did, whatever its status. */
function judge(file, text, end, ms) {
  const totals =
    /^# \{ total: \d+(?:, pass: (\d+))?(?:, fail: (\d+))?(?:, todo: \d+)?(?:, skip: (\d+))?.*\}$/m
  const found = totals.exec(text)
  const [passed, wrong, skipped] = [1, 2, 3].map(index => Number(found?.[index] ?? 0))
  const failed = end !== 0 || found === null ? Math.max(wrong, 1) : wrong
  const why = failed > wrong ? `ended with ${end} before its tests did` : undefined
  const lines = text.split('\n').map(line => (line === '' ? '' : `    ${line}`))
  const last = `${failed === 0 ? 'ok' : 'not ok'} - ${file} # time=${ms}ms`
  return { passed, failed, skipped, why, tap: [`# Subtest: ${file}`, ...lines, last, ''].join('\n') }
}
