import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createPaths, projectRoot } from '../../src/paths.js'
import { takeLock } from '../../src/system/lock.js'

const program = join(projectRoot(), 'dist/src/bin/mattermost-bulk-user-create.js')

function start(args: string[], input = '') {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', part => {
      said += String(part)
    })
  child.stdin.end(input)
  return { child, ended: once(child, 'close').then(([status]) => ({ status: status as number, said })) }
}

t.test('a password on the command line is gone from the process list while the command works', async t => {
  const root = t.testdir({})
  const paths = createPaths({ root, env: {} })
  mkdirSync(dirname(paths.lockFile), { recursive: true })
  // Somebody else at work: the command waits for the lock, and can be looked at.
  const lock = await takeLock(paths.lockFile, 0)
  const { child, ended } = start(['--root', root, 'Geheim,1234'])
  const commandLine = () => readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')
  for (let look = 0; look < 400 && !commandLine().startsWith('mattermost-bulk-user-create'); look += 1)
    await sleep(10)
  t.equal(commandLine().replaceAll('\0', ''), 'mattermost-bulk-user-create')
  await lock?.release()
  const { status, said } = await ended
  t.not(status, 0, 'there is no server')
  t.notMatch(said, 'Geheim')
})

t.test('wrong usage is told before anything happens', async t => {
  const cases: [string, string[], string, RegExp][] = [
    ['two passwords', ['a', 'b'], '', /more than one password/],
    ['a password twice', ['--password-stdin', 'b'], 'a', /more than one password/],
    ['an empty one', [''], '', /is empty/],
    ['an empty one on standard input', ['--password-stdin'], '\n', /is empty/],
    ['an unknown option', ['--all'], '', /Unknown option/],
  ]
  for (const [name, args, input, wanted] of cases) {
    const { status, said } = await start(args, input).ended
    t.equal(status, 64, name)
    t.match(said, wanted, name)
  }
})
