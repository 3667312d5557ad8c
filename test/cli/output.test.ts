import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const program = fileURLToPath(new URL('../../src/bin/teamchat.js', import.meta.url))

const commands = [['--help'], ['status'], ['plan', '--json'], ['config', '--help']]

t.test('an output on a full disk is told in words, and is a failure', async t => {
  const full = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(full))
  for (const args of commands) {
    const { status, stderr } = spawnSync(process.execPath, [program, '--root', t.testdir({}), ...args], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    })
    t.equal(status, 1, args.join(' '))
    t.match(stderr, /^teamchat: cannot print: no space left\b/, args.join(' '))
    t.notMatch(stderr, /^\s+at /m, args.join(' '))
  }
})
