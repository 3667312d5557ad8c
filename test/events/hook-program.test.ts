import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { runHookProgram } from '../../src/events/hook-program.js'
import { exec } from '../../src/system/exec.js'

const event = { id: '1', name: 'user-create', args: ['pluto', 'Plüto "Dog"; rm -rf', '$HOME'], firedAt: '' }

/** Runs a program of this text. */
async function run(
  t: Test,
  text: string,
  given: { timeoutMs?: number; signal?: AbortSignal; root?: string } = {},
) {
  const folder = t.testdir({})
  const path = join(folder, '50-own')
  writeFileSync(path, text, { mode: 0o755 })
  const logged: string[] = []
  const log = (kind: string) => (members: object, line: string) => {
    logged.push(`${kind} ${line}`)
    t.match(members, { event: '1', hook: '50-own' })
  }
  const hook = { kind: 'program', name: '50-own', path, description: '' } as const
  let env: NodeJS.ProcessEnv = {}
  const outcome = await runHookProgram(hook, event, {
    exec: (command, args, options) => {
      env = options?.env ?? {}
      return exec(command, args, options)
    },
    env: { SECRET: 'x', NODE_OPTIONS: '--bad', DBPATH: '/db' },
    root: '',
    timeoutMs: 10_000,
    signal: new AbortController().signal,
    log: { info: log('info'), warn: log('warn') },
    ...given,
  })
  return { outcome, logged, folder, env }
}

t.test('it gets the event and its arguments as they are, and nothing else of ours', async t => {
  const script = '#!/bin/sh\nprintf "%s\\n" "$@"\npwd\n'
  const { outcome, logged, env } = await run(t, script, { root: '/r' })
  t.same(outcome, { state: 'done', message: '50-own is done' })
  t.same(
    logged,
    ['user-create', ...event.args, '/'].map(line => `info ${line}`),
  )
  // tap gives every child variables of its own: what was handed over counts.
  t.same(Object.keys(env).sort(), ['DBPATH', 'HOME', 'LANG', 'PATH', 'TEAMCHAT_ROOT'])
  t.equal(env.TEAMCHAT_ROOT, '/r')
})

t.test('a program in Node finds its interpreter', async t => {
  const { outcome } = await run(t, '#!/usr/bin/env node\nprocess.exitCode = process.argv.length - 6\n')
  t.match(outcome, { state: 'done' })
})

t.test('exit statuses', async t => {
  const failed = await run(t, '#!/bin/sh\necho first; echo "no \\033[1mroom" >&2; exit 3\n')
  t.match(failed.outcome, {
    state: 'failed',
    message: /^50-own has failed \(exit status 3\): first \/ no .*room$/,
    hint: /fire the event again/,
  })
  t.notMatch(failed.outcome.message, /\p{Cc}/u)
  t.equal(failed.logged[0], 'warn first')
  const later = await run(t, '#!/bin/sh\necho the printer is off; exit 75\n')
  t.match(later.outcome, {
    state: 'waiting',
    message: '50-own asks to be run again later: the printer is off',
  })
  const killed = await run(t, '#!/bin/sh\nkill -9 $$\n')
  t.match(killed.outcome, { state: 'failed', message: '50-own has failed (a signal ended it)' })
  const nothing = await run(t, '#!/no/such/shell\n')
  t.match(nothing.outcome, { state: 'failed', message: /ENOENT/, hint: /first line/ })
})

t.test('much output: the last lines', async t => {
  const { outcome, logged } = await run(t, '#!/bin/sh\nseq 1 1000\nexit 1\n')
  t.match(outcome, { message: /: 998 \/ 999 \/ 1000$/ })
  t.same([logged.length, logged[0], logged[1]], [51, 'info (950 lines before these)', 'warn 951'])
})

t.test('over the limit it ends, with what it has started', async t => {
  const script = '#!/bin/sh\nsleep 100 &\necho $! > "$(dirname "$0")/pid"\nwait\n'
  const { outcome, folder } = await run(t, script, { timeoutMs: 500 })
  t.match(outcome, { state: 'failed', message: /did not end within 0\.5 s/, hint: /HookTimeout/ })
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
  for (let look = 0; look < 100 && isAlive(pid); look += 1)
    await new Promise(resolve => setTimeout(resolve, 20))
  t.equal(isAlive(pid), false)
})

t.test('when the daemon stops it ends, and the event is kept', async t => {
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 200)
  const { outcome } = await run(t, '#!/bin/sh\nsleep 100\n', { signal: stop.signal })
  t.match(outcome, { state: 'waiting', message: /teamchatd stops/ })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // One that has ended and that nobody has waited for is gone all the same.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
