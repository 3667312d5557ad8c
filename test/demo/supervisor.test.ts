import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { installSystemctl, shellWord } from '../support/demo/supervisor/install.js'
import { isAlive, processId } from '../support/demo/supervisor/process.js'
import { parseRequest } from '../support/demo/supervisor/request.js'
import { type UnitDefinition, UnitFolder } from '../support/demo/supervisor/unit.js'

/** Says that it is ready, and ends by SIGTERM; `code` is run before. */
function server(code = ''): string[] {
  return [process.execPath, '-e', `${code}; console.log('ready now'); setInterval(() => undefined, 1000)`]
}

const units: Record<string, UnitDefinition> = {
  'server.service': {
    description: 'a server',
    exec: server('console.log(process.env.GREETING, process.cwd(), process.env.LEAK)'),
    workingDirectory: '/usr',
    environment: { GREETING: 'hello there', PLAIN: '1' },
    readyWords: 'ready now',
    canReload: false,
  },
  'slow.service': {
    description: 'never ready',
    exec: [process.execPath, '-e', 'setInterval(() => undefined, 1000)'],
    readyWords: 'ready now',
    canReload: false,
  },
  'broken.service': {
    description: 'ends at once',
    exec: [process.execPath, '-e', 'process.exit(3)'],
    readyWords: 'ready now',
    canReload: false,
  },
  'stubborn.service': {
    description: 'takes its time to end',
    // Longer than it takes to ask on a loaded machine.
    exec: server("process.on('SIGTERM', () => setTimeout(() => process.exit(0), 3_000))"),
    readyWords: 'ready now',
    canReload: false,
  },
  'web.service': { description: 'there is none here', canReload: true },
}

interface Result {
  status: number | null
  out: string
  err: string
}

async function supervisor(test: Test) {
  const folder = new UnitFolder(mkdtempSync(join(tmpdir(), 'supervisor-')))
  await folder.create()
  for (const [name, unit] of Object.entries(units)) {
    await folder.define(name, unit, { started: name === 'web.service' })
  }
  const program = await installSystemctl(folder)
  function systemctl(...args: string[]): Result {
    const { status, stdout, stderr } = spawnSync(program, args, {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, LEAK: 'leaked' },
      timeout: 20_000,
    })
    return { status, out: stdout.trimEnd(), err: stderr.trimEnd() }
  }
  test.teardown(() => {
    for (const [name, unit] of Object.entries(units)) if (unit.exec) systemctl('stop', name)
    rmSync(folder.folder, { recursive: true })
  })
  const pidOf = (name: string) => Number(systemctl('show', '-p', 'MainPID', '--value', name).out)
  return { folder, systemctl, pidOf }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 15_000; Date.now() < end; await wait(50)) if (holds()) return
  throw new Error(`still not: ${what}`)
}

t.test('words and exit statuses are those of systemctl 252', async t => {
  const { systemctl } = await supervisor(t)
  const cases: [args: string[], result: Result][] = [
    [['is-active', 'server.service'], { status: 3, out: 'inactive', err: '' }],
    [['is-active', 'server'], { status: 3, out: 'inactive', err: '' }],
    [['is-active', 'nope.service'], { status: 3, out: 'inactive', err: '' }],
    [['is-active', 'nope', 'web'], { status: 0, out: 'inactive\nactive', err: '' }],
    [['-q', 'is-active', 'web.service'], { status: 0, out: '', err: '' }],
    [['is-enabled', 'server.service'], { status: 1, out: 'disabled', err: '' }],
    [['enable', 'server.service'], { status: 0, out: '', err: '' }],
    [['is-enabled', 'server.service'], { status: 0, out: 'enabled', err: '' }],
    [['disable', 'server.service'], { status: 0, out: '', err: '' }],
    [['is-enabled', 'server.service'], { status: 1, out: 'disabled', err: '' }],
    [
      ['is-enabled', 'nope.service'],
      {
        status: 1,
        out: '',
        err: 'Failed to get unit file state for nope.service: No such file or directory',
      },
    ],
    [
      ['start', 'nope.service'],
      { status: 5, out: '', err: 'Failed to start nope.service: Unit nope.service not found.' },
    ],
    [
      ['stop', 'nope.service'],
      { status: 5, out: '', err: 'Failed to stop nope.service: Unit nope.service not loaded.' },
    ],
    [
      ['restart', 'nope.service'],
      { status: 5, out: '', err: 'Failed to restart nope.service: Unit nope.service not found.' },
    ],
    [
      ['reload', 'server.service'],
      {
        status: 3,
        out: '',
        err: 'Failed to reload server.service: Job type reload is not applicable for unit server.service.',
      },
    ],
    [
      ['enable', 'nope.service'],
      { status: 1, out: '', err: 'Failed to enable unit: Unit file nope.service does not exist.' },
    ],
    [
      ['reset-failed', 'nope.service'],
      {
        status: 1,
        out: '',
        err: 'Failed to reset failed state of unit nope.service: Unit nope.service not loaded.',
      },
    ],
    [['reset-failed', 'server.service'], { status: 0, out: '', err: '' }],
    [['cancel', '99'], { status: 1, out: '', err: 'Failed to cancel job 99: Job 99 does not exist.' }],
    [['mask', 'server.service'], { status: 1, out: '', err: 'Unknown command verb mask.' }],
    [['start'], { status: 1, out: '', err: 'Too few arguments.' }],
  ]
  for (const [args, result] of cases) t.strictSame(systemctl(...args), result, args.join(' '))
  t.equal(systemctl('start', '--force', 'server.service').status, 1, 'an option that it does not know')
})

t.test('show prints the properties asked for, also of a unit that does not exist', async t => {
  const { systemctl } = await supervisor(t)
  t.strictSame(
    systemctl(
      'show',
      '-p',
      'ActiveState,SubState,LoadState',
      '--property=UnitFileState',
      '-pJob',
      'server',
    ).out.split('\n'),
    ['LoadState=loaded', 'ActiveState=inactive', 'SubState=dead', 'UnitFileState=disabled', 'Job='],
  )
  t.strictSame(
    systemctl('show', '-p', 'User,WorkingDirectory,Environment,Unknown', 'server.service').out.split('\n'),
    ['Environment="GREETING=hello there" PLAIN=1', 'WorkingDirectory=/usr', 'User='],
  )
  t.strictSame(systemctl('show', '-p', 'LoadState,ActiveState,MainPID', 'nope.service'), {
    status: 0,
    out: 'MainPID=0\nLoadState=not-found\nActiveState=inactive',
    err: '',
  })
})

t.test('a process is started, outlives its caller, gets a new pid by restart, and ends', async t => {
  const { systemctl, pidOf, folder } = await supervisor(t)
  t.equal(systemctl('start', 'server.service').status, 0)
  t.equal(systemctl('is-active', 'server.service').out, 'active')
  const first = pidOf('server.service')
  t.equal(systemctl('start', 'server.service').status, 0)
  t.equal(pidOf('server.service'), first, 'a second start leaves it alone')
  t.match(
    readFileSync(folder.logFile('server.service'), 'utf8'),
    'hello there /usr undefined',
    'environment and folder are those of the unit, nothing of the caller comes in',
  )
  t.equal(systemctl('restart', 'server.service').status, 0)
  const second = pidOf('server.service')
  t.not(second, first)
  t.notOk(processId(first), 'the old process is gone')
  t.ok(processId(second), 'the new one runs')
  t.equal(systemctl('stop', 'server.service').status, 0)
  t.notOk(processId(second))
  t.equal(systemctl('is-active', 'server.service').out, 'inactive')
  t.equal(pidOf('server.service'), 0)
})

t.test('--no-block returns at once, and the job is seen until it is done', async t => {
  const { systemctl, pidOf } = await supervisor(t)
  const state = () => systemctl('show', '-p', 'ActiveState', '--value', 'stubborn.service').out
  t.equal(systemctl('start', '--no-block', 'stubborn.service').status, 0)
  await until('active', () => state() === 'active')
  const first = pidOf('stubborn.service')
  t.equal(systemctl('restart', '--no-block', 'stubborn.service').status, 0)
  const during = systemctl('show', '-p', 'ActiveState,Job', 'stubborn.service').out
  t.match(during, /^ActiveState=deactivating\nJob=\d+$/)
  await until('active again', () => state() === 'active')
  t.not(pidOf('stubborn.service'), first)
  t.equal(systemctl('show', '-p', 'Job', 'stubborn.service').out, 'Job=')
  t.equal(systemctl('stop', '--no-block', 'stubborn.service').status, 0)
  await until('inactive', () => state() === 'inactive')
})

t.test('a server that is never ready stays activating; its job can be cancelled', async t => {
  const { systemctl } = await supervisor(t)
  t.equal(systemctl('start', '--no-block', 'slow.service').status, 0)
  t.strictSame(systemctl('is-active', 'slow.service'), { status: 3, out: 'activating', err: '' })
  const job = systemctl('show', '-p', 'Job', '--value', 'slow.service').out
  t.match(job, /^\d+$/)
  t.equal(systemctl('cancel', job).status, 0)
  t.equal(systemctl('show', '-p', 'Job,ActiveState', 'slow.service').out, 'ActiveState=activating\nJob=')
  t.equal(systemctl('cancel', job).status, 1, 'a second time there is none')
  t.equal(systemctl('stop', 'slow.service').status, 0)
  t.equal(systemctl('is-active', 'slow.service').out, 'inactive')
})

t.test('one that ends by itself has failed until somebody says otherwise', async t => {
  const { systemctl, pidOf } = await supervisor(t)
  t.match(systemctl('start', 'broken.service'), { status: 1, err: /^Job for broken\.service failed/ })
  t.strictSame(systemctl('is-active', 'broken.service'), { status: 3, out: 'failed', err: '' })
  t.equal(
    systemctl('show', '-p', 'ActiveState,Result,SubState', 'broken').out,
    'Result=exit-code\nActiveState=failed\nSubState=failed',
  )
  systemctl('reset-failed', 'broken.service')
  t.equal(systemctl('is-active', 'broken.service').out, 'inactive')

  systemctl('start', 'server.service')
  process.kill(pidOf('server.service'), 'SIGKILL')
  await until('failed', () => systemctl('is-active', 'server.service').out === 'failed')
  t.equal(systemctl('start', 'server.service').status, 0, 'and it can be started again')
})

t.test('a unit that is only pretended has states, and a note says what it would have done', async t => {
  const { systemctl, folder } = await supervisor(t)
  t.equal(systemctl('is-active', 'web.service').out, 'active')
  t.equal(systemctl('reload', '--no-block', 'web.service').status, 0)
  t.equal(systemctl('stop', 'web.service').status, 0)
  t.strictSame(systemctl('reload', 'web.service'), {
    status: 1,
    out: '',
    err: 'web.service is not active, cannot reload.',
  })
  t.equal(systemctl('start', 'web.service').status, 0)
  t.equal(systemctl('is-active', 'web.service').out, 'active')
  t.strictSame(readFileSync(folder.journalFile, 'utf8').trimEnd().split('\n'), [
    'reload web.service: only noted, there is none here',
    'stop web.service: only noted, there is none here',
    'start web.service: only noted, there is none here',
  ])
})

t.test('what was defined once keeps its state when it is defined again', async t => {
  const { systemctl, folder } = await supervisor(t)
  systemctl('enable', 'server.service')
  await folder.define('server.service', { description: 'another', canReload: true }, { enabled: false })
  t.equal(systemctl('is-enabled', 'server.service').out, 'enabled')
  t.equal(systemctl('show', '-p', 'Description', 'server').out, 'Description=another')
})

t.test('of twenty changes at once none is lost', async t => {
  const { folder } = await supervisor(t)
  const ids = new Set<number>()
  const count = async () => {
    await folder.change('server.service', async state => {
      ids.add(await folder.nextJobId())
      return { ...state, logStart: state.logStart + 1 }
    })
  }
  await Promise.all(Array.from({ length: 20 }, count))
  t.equal(ids.size, 20)
  t.equal((await folder.state('server.service')).logStart, 20)
})

t.test('a process is known by its number and its start', async t => {
  const self = processId(process.pid)
  t.ok(self && isAlive(self))
  t.notOk(isAlive({ pid: process.pid, startTime: '1' }), 'another one under the same number')
  t.notOk(processId(2 ** 22 + 1))
})

t.test('words for a shell', async t => {
  for (const text of ['plain', "it's", 'a b', '$HOME', '']) {
    t.equal(spawnSync('/bin/sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' }).stdout, text)
  }
})

t.test('options may stand anywhere', async t => {
  t.match(parseRequest(['--no-block', 'restart', 'a', '-p', 'X,Y', 'b.target', '-p', 'Z']), {
    verb: 'restart',
    names: ['a.service', 'b.target'],
    noBlock: true,
    properties: ['X', 'Y', 'Z'],
  })
})
