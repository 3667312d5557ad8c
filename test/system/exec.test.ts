import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { exec } from '../../src/system/exec.js'

t.test('status, output and input of a program', async t => {
  const cases: [string, string[], string | undefined, number, string][] = [
    ['its output', ['-c', 'echo out; echo err >&2'], undefined, 0, 'out\n'],
    ['its input', ['-c', 'cat'], 'secret', 0, 'secret'],
    ['its status', ['-c', 'exit 7'], undefined, 7, ''],
    ['a signal', ['-c', 'kill -9 $$'], undefined, -1, ''],
    ['input that nobody reads', ['-c', 'exit 0'], 'x'.repeat(1_000_000), 0, ''],
  ]
  for (const [name, args, input, status, stdout] of cases) {
    const result = await exec('sh', args, input === undefined ? {} : { input })
    t.same([result.status, result.stdout], [status, stdout], name)
  }
})

t.test('a program that is missing is an error that names it', async t => {
  await t.rejects(exec('/nowhere/program', []), { code: 'failed', message: /cannot run \/nowhere\/program/ })
})

t.test('a program that hangs is ended together with its children', async t => {
  const file = join(t.testdir(), 'pid')
  await t.rejects(exec('sh', ['-c', `sleep 60 & echo $! > '${file}'; wait`], { timeoutMs: 300 }), {
    message: /did not end within 0.3 s/,
  })
  const pid = Number(readFileSync(file, 'utf8'))
  t.ok(await isGone(pid), 'the child is gone as well')
})

t.test('a daemon that keeps the output open does not hold up the answer', async t => {
  const result = await exec('sh', ['-c', 'sleep 3 & echo started'])
  t.same([result.status, result.stdout], [0, 'started\n'])
})

async function isGone(pid: number): Promise<boolean> {
  for (let look = 0; look < 100; look += 1) {
    try {
      process.kill(pid, 0)
    } catch {
      return true
    }
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return false
}
