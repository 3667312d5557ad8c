import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { ImportLine } from '../../src/api/contract/people.js'
import type { Operations } from '../../src/api/contract.js'
import { SCHEMA_VERSION } from '../../src/api/schema-version.js'
import { importUsers } from '../../src/cli/bulk-user-create.js'
import type { OpenApp } from '../../src/cli/context.js'
import { createPaths, projectRoot } from '../../src/paths.js'
import { takeLock } from '../../src/system/lock.js'
import { appOf, commandContext } from '../support/command-operations.js'

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
    ['an unknown option', ['--all'], '', /unknown option/],
    ['a password that looks like one', ['--Geheim,1234'], '', /--password-stdin/],
  ]
  for (const [name, args, input, wanted] of cases) {
    const { status, said } = await start(args, input).ended
    t.equal(status, 64, name)
    t.match(said, wanted, name)
    t.notMatch(said, 'Geheim', `${name} repeats nothing`)
  }
})

/** An app whose import gives these lines, and may fail in the end. */
function appWith(lines: ImportLine[], forgotten: string[], end?: Error): OpenApp {
  const operations = {
    importUsers: async (_: unknown, onLine: (line: ImportLine) => Promise<void>) => {
      for (const line of lines) await onLine(line)
      if (end !== undefined) throw end
      return { failed: 0, refused: 0 }
    },
    forgetCredentials: async ({ ids }: { ids: string[] }) => {
      forgotten.push(...ids)
    },
  } as unknown as Operations // the rest is not asked
  return appOf(operations)
}

const PLAIN = { password: undefined, json: false }

function contextOf(root: string, stdout: NodeJS.WritableStream, openApp: OpenApp) {
  const sink = new Writable({ write: (_part, _encoding, next) => next() })
  const io = { stdin: process.stdin, stdout, stderr: sink, env: {} }
  return commandContext({ io, paths: createPaths({ root, env: {} }), openApp })
}

const created: ImportLine = {
  kind: 'created',
  login: 'pluto',
  password: 'Geheim,1234',
  credentialId: 'c1',
  result: 'ok',
}

t.test('a line that cannot be written: its password is kept, and one line says so', async t => {
  for (const [code, words] of [
    ['EPIPE', 'its reader is gone'],
    ['ENOSPC', 'no space left'],
  ] as const) {
    const stdout = new Writable({
      write: (_part, _encoding, next) => next(Object.assign(new Error(code), { code })),
    })
    stdout.on('error', () => undefined)
    const forgotten: string[] = []
    const run = importUsers(contextOf(t.testdir({}), stdout, appWith([created], forgotten)), PLAIN)
    await t.rejects(
      run,
      { code: 'failed', message: new RegExp(words), hint: /teamchat users credentials/ },
      code,
    )
    t.same(forgotten, [])
  }
})

t.test('a daemon that goes away in the middle is told in words', async t => {
  const stdout = new Writable({ write: (_part, _encoding, next) => next() })
  const forgotten: string[] = []
  const app = appWith([created], forgotten, new Error('aborted'))
  const run = importUsers(contextOf(t.testdir({}), stdout, app), PLAIN)
  await t.rejects(run, { code: 'failed', message: /the daemon stopped in the middle/, hint: /run it again/ })
  t.same(forgotten, ['c1'], 'what was printed is forgotten')
})

t.test('--json: one value at the end, and the passwords are forgotten once it is out', async t => {
  let text = ''
  const stdout = new Writable({
    write: (part, _encoding, next) => {
      text += String(part)
      next()
    },
  })
  const forgotten: string[] = []
  const lines: ImportLine[] = [
    { kind: 'locked', login: 'goofy' },
    { kind: 'progress', finished: 1, total: 2 },
    created,
    { ...created, login: 'minnie', credentialId: 'c2' },
  ]
  const app = appWith(lines, forgotten)
  const status = await importUsers(contextOf(t.testdir({}), stdout, app), { ...PLAIN, json: true })
  t.equal(status, 0)
  t.match(JSON.parse(text), {
    schemaVersion: SCHEMA_VERSION,
    lines: [
      { kind: 'locked', login: 'goofy' },
      { kind: 'created', login: 'pluto', password: 'Geheim,1234' },
      { kind: 'created', login: 'minnie' },
    ],
    report: { failed: 0 },
  })
  t.same(forgotten, ['c1', 'c2'])
  const full = new Writable({
    write: (_part, _encoding, next) => next(Object.assign(new Error('full'), { code: 'ENOSPC' })),
  })
  full.on('error', () => undefined)
  const kept: string[] = []
  const run = importUsers(contextOf(t.testdir({}), full, appWith(lines, kept)), { ...PLAIN, json: true })
  await t.rejects(run, { message: /no space left/, hint: /teamchat users credentials/ })
  t.same(kept, [], 'what is not out is not forgotten')
})
