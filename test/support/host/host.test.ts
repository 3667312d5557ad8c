import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { findCache, testHostPackages } from './base.js'
import { finished } from './finished.js'
import { type Host, skipWithoutHost, startHost, withHost } from './host.js'

const needsHost = skipWithoutHost()

/** Type=notify through systemd-notify; ends on TERM, counts its reloads in the status line. */
const notifyingUnit = `[Unit]
StartLimitIntervalSec=0
[Service]
Type=notify
NotifyAccess=all
ExecStart=/bin/sh -c 'trap "systemd-notify --status=reloaded" HUP; systemd-notify --ready --status=serving; while :; do sleep 60 & wait; done'
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=100ms
ProtectSystem=strict
PrivateTmp=yes
PrivateDevices=yes
CapabilityBoundingSet=
[Install]
WantedBy=multi-user.target
`

async function show(host: Host, unit: string, property: string): Promise<string> {
  return (await host.run(['systemctl', 'show', '--property', property, '--value', unit])).stdout.trim()
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  throw new Error(`${what}: not within 5 s`)
}

t.test('systemd boots with nothing but what it needs, and its name is its own', needsHost, async t => {
  const host = await startHost(t, { hostname: 'school.example.test' })
  t.equal((await host.run(['systemctl', 'is-system-running'])).stdout, 'running\n')
  const services = await host.run(['systemctl', 'list-units', '--plain', '--no-legend', '--type=service'])
  const names = services.stdout
    .trim()
    .split('\n')
    .map(line => line.split(' ')[0])
  t.strictSame(names.sort(), [
    'dbus.service',
    'systemd-journald.service',
    'systemd-tmpfiles-setup.service',
    'systemd-user-sessions.service',
  ])
  t.equal((await host.run(['uname', '-n'])).stdout, 'school\n')
  t.equal((await host.run(['hostname', '--fqdn'])).stdout, 'school.example.test\n')
  t.equal((await host.run([process.execPath, '--print', '6*7'])).stdout, '42\n', 'Node runs inside')
  const links = await host.run(['ip', '-brief', 'link'])
  t.match(links.stdout, /^lo +UNKNOWN/)
  t.equal(links.stdout.trim().split('\n').length, 1, 'only the loopback')
})

t.test('units behave as on a real machine', needsHost, async t => {
  const host = await startHost(t)
  await host.installUnit('notifying.service', notifyingUnit)
  const unit = 'notifying.service'

  await t.test('start waits for READY, exit codes of is-active and is-enabled', async t => {
    const before = await host.run(['systemctl', 'is-active', unit], { expectStatus: 3 })
    t.equal(before.stdout, 'inactive\n')
    await host.run(['systemctl', 'start', unit])
    t.equal(await show(host, unit, 'StatusText'), 'serving')
    t.equal((await host.run(['systemctl', 'is-active', unit])).stdout, 'active\n')
    t.match(await host.journal(unit), /Started notifying\.service/)
    await host.run(['systemctl', 'start', 'nowhere.service'], { expectStatus: 5 })
  })

  await t.test('enable and disable', async t => {
    const wanted = '/etc/systemd/system/multi-user.target.wants/notifying.service'
    await host.run(['systemctl', 'is-enabled', unit], { expectStatus: 1 })
    await host.run(['systemctl', 'enable', unit])
    t.equal((await host.run(['systemctl', 'is-enabled', unit])).stdout, 'enabled\n')
    t.ok(await host.exists(wanted))
    await host.run(['systemctl', 'disable', '--now', unit])
    t.notOk(await host.exists(wanted))
    await host.run(['systemctl', 'enable', unit])
    await host.run(['systemctl', 'start', 'multi-user.target'])
    t.equal((await host.run(['systemctl', 'is-active', unit])).stdout, 'active\n', 'the target pulls it in')
  })

  await t.test('reload, and restart after kill -9', async t => {
    await host.run(['systemctl', 'reload', unit])
    await until('the reload', async () => (await show(host, unit, 'StatusText')) === 'reloaded')
    const pid = await show(host, unit, 'MainPID')
    await host.run(['kill', '-KILL', pid])
    await until('another process', async () => {
      const now = await show(host, unit, 'MainPID')
      return now !== pid && now !== '0' && (await show(host, unit, 'ActiveState')) === 'active'
    })
    t.equal(await show(host, unit, 'NRestarts'), '1')
  })

  await t.test('a start that never gets ready is left, cancelled and reset', async t => {
    await host.installUnit('never.service', '[Service]\nType=notify\nExecStart=/bin/sleep infinity\n')
    await host.run(['systemctl', 'start', '--no-block', 'never.service'])
    await until('activating', async () => (await show(host, 'never.service', 'ActiveState')) === 'activating')
    await host.run(['systemctl', 'cancel', await show(host, 'never.service', 'Job')])
    await host.run(['systemctl', 'kill', '--signal=KILL', 'never.service'])
    await until('failed', async () => (await show(host, 'never.service', 'ActiveState')) === 'failed')
    await host.run(['systemctl', 'reset-failed', 'never.service'])
    t.equal(await show(host, 'never.service', 'ActiveState'), 'inactive')
  })
})

t.test('sandboxing options hold, credentials arrive', needsHost, async t => {
  const host = await startHost(t)
  await host.write('/etc/teamchat-secret', 'a credential', { mode: 0o600 })
  const probe = `touch /etc/reached 2>/dev/null; echo "etc $?"
    touch /var/lib/probe/kept; echo "state $?"; cat "$CREDENTIALS_DIRECTORY/secret"; echo
    sed -n s/^CapBnd:.//p /proc/self/status; ls /tmp | wc -l`
  await host.write('/usr/local/bin/probe', `#!/bin/sh\n${probe}\n`, { mode: 0o755 })
  await host.installUnit(
    'probe.service',
    `[Service]
Type=oneshot
ExecStart=/usr/local/bin/probe
ProtectSystem=strict
StateDirectory=probe
PrivateTmp=yes
CapabilityBoundingSet=CAP_CHOWN
LoadCredential=secret:/etc/teamchat-secret
`,
  )
  await host.run(['systemctl', 'start', 'probe.service'])
  await host.run(['journalctl', '--sync'])
  // Its own words: systemd's may come between them.
  const said = await host.run(['journalctl', '--no-pager', '--output=cat', '--identifier=probe'])
  t.match(said.stdout, /etc 1\nstate 0\na credential\n0000000000000001\n0\n/)
})

for (const options of [{}, { systemd: false, network: 'shared' }] as const) {
  t.test(`what a host writes stays in it: ${JSON.stringify(options)}`, needsHost, async t => {
    const host = await startHost(t, options)
    const mark = `test-host-${process.pid}`
    for (const folder of ['/usr', '/etc', '/var/lib', '/opt', '/srv', '/tmp', '/run', '/dev']) {
      await host.write(`${folder}/${mark}/file`, folder, { mode: 0o640, owner: 'root:www-data' })
      t.equal(await host.read(`${folder}/${mark}/file`), folder)
      t.notOk(existsSync(`${folder}/${mark}`), `${folder} of the machine is as it was`)
    }
    const named = await host.run(['stat', '--format=%a %U %G', `/srv/${mark}/file`])
    t.equal(named.stdout, '640 root www-data\n')
    await host.write(`${host.shared}/here`, 'and there')
    t.equal(readFileSync(`${host.shared}/here`, 'utf8'), 'and there')
  })
}

t.test('commands: input, environment, status, timeout', needsHost, async t => {
  const host = await startHost(t, { systemd: false })
  t.equal((await host.run(['cat'], { input: 'grüße\0' })).stdout, 'grüße\0')
  const shown = await host.run(['env', '-0'], { env: { ONLY: 'this' } })
  t.strictSame(
    shown.stdout
      .split('\0')
      .map(line => line.split('=')[0])
      .filter(name => name !== '')
      .sort(),
    ['HOME', 'LANG', 'ONLY', 'PATH'],
  )
  t.equal((await host.run(['sh', '-c', 'exit 7'], { expectStatus: 'any' })).status, 7)
  await t.rejects(host.run(['sh', '-c', 'echo no >&2; exit 7']), /ended with 7, not 0: no/)
  await t.rejects(host.run(['/nowhere']), /ended with 127/)
  await t.rejects(host.run(['sleep', '61'], { timeoutMs: 200 }), /did not end within 200 ms/)
  await until(
    'the end of what ran out of time',
    async () => !(await host.run(['ps', 'ax'])).stdout.includes('sleep 61'),
  )
})

/** What a host could leave on the machine: mounts, cgroups, processes, its folder. */
function traces(dir: string): { mounts: string; cgroups: string[]; processes: string[]; folder: boolean } {
  const root = existsSync('/sys/fs/cgroup/unified') ? '/sys/fs/cgroup/unified' : '/sys/fs/cgroup'
  const processes = readdirSync('/proc').filter(pid => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dir)
    } catch {
      return false // ended meanwhile
    }
  })
  return {
    mounts: readFileSync('/proc/self/mountinfo', 'utf8'),
    cgroups: readdirSync(root).filter(name => name.startsWith('test-host-')),
    processes,
    folder: existsSync(dir),
  }
}

t.test('after its test nothing of a host is left', needsHost, async t => {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
  let dir = ''
  let cgroup = ''
  await t.test('a host with a service and a command running', async t => {
    const host = await startHost(t)
    dir = host.dir
    cgroup = readFileSync(`${dir}/cgroup`, 'utf8').trim()
    await host.run(['systemctl', 'start', 'apache2.service'])
    host.spawn(['sleep', 'infinity'])
    t.ok(existsSync(`${cgroup}/system.slice/apache2.service`))
    t.ok(traces(dir).processes.length > 0)
  })
  const left = traces(dir)
  t.equal(left.mounts, mounts)
  t.strictSame(left.processes, [])
  t.notOk(existsSync(cgroup))
  t.notOk(left.folder)
})

t.test('a host ends when the process that made it is killed', needsHost, async t => {
  const script = `import t from 'tap'; import { startHost } from ${JSON.stringify(import.meta.resolve('./host.js'))}
    const host = await startHost(t); console.error('host in ' + host.dir); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  })
  const dir = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (text: Buffer) => {
      const found = /host in (\S+)/.exec(text.toString())
      if (found?.[1] !== undefined) resolve(found[1])
    })
    child.on('exit', () => reject(new Error('ended before its host was up')))
  })
  t.teardown(() => finished(spawn('rm', ['-rf', dir])))
  const cgroup = readFileSync(`${dir}/cgroup`, 'utf8').trim()
  t.ok(existsSync(cgroup))
  child.kill('SIGKILL')
  await until('the end of the host', async () => !existsSync(cgroup))
  await until('the end of its processes', async () => traces(dir).processes.length === 0)
})

t.test('without root a test is skipped in words, and in CI it fails', needsHost, async t => {
  const script = `import t from 'tap'; import { withHost } from ${JSON.stringify(import.meta.resolve('./host.js'))}
    t.test('with a host', async t => { await withHost(t, {}, async () => { t.fail('ran') }) })`
  for (const [ci, expected] of [
    ['', /^ok 1 - with a host .*# SKIP a test host needs root/m],
    ['true', /^not ok 1 - with a host/m],
  ] as const) {
    // The checkout may lie where nobody may not look, as in /root.
    const reader = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', ...reader]
    const child = spawn('setpriv', [...nobody, process.execPath, '--input-type=module', '--eval', script], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      env: { PATH: process.env.PATH, CI: ci, TAP: '1' },
    })
    const result = await finished(child)
    t.match(result.stdout, expected)
    t.notMatch(result.stdout, /ran/)
    if (ci === 'true') t.match(result.stdout, /a test host needs root/)
  }
})

t.test('a cache that cannot hold overlays is refused with the reason', needsHost, async t => {
  const before = process.env.TEAMCHAT_TEST_CACHE
  t.teardown(() => {
    if (before === undefined) delete process.env.TEAMCHAT_TEST_CACHE
    else process.env.TEAMCHAT_TEST_CACHE = before
  })
  const below = '/var/lib/teamchat-test-cache'
  t.teardown(() => finished(spawn('rm', ['-rf', below])))
  process.env.TEAMCHAT_TEST_CACHE = below
  t.match(findCache(), { reason: /overlays cannot be kept in .*TEAMCHAT_TEST_CACHE may name/ })
  process.env.TEAMCHAT_TEST_CACHE = '/proc/nowhere'
  t.match(findCache(), { reason: /a test host cannot run here/ })
})

t.test('a package that does not exist is named, and no base is left', needsHost, async t => {
  t.notOk(testHostPackages.includes('no-such-package'))
  await t.rejects(startHost(t, { packages: ['no-such-package'] }), /no-such-package/)
})

t.test('withHost gives a host to its body', needsHost, async t => {
  await withHost(t, { systemd: false }, async host => {
    t.match(await host.read('/etc/hosts'), /chat\.example\.test/)
  })
})
