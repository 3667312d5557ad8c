import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { projectRoot } from '../../../src/paths.js'
import { canRunHost, prepareBase, testHostPackages, testHostProgram } from './base.js'
import { type Finished, finished } from './finished.js'
import { type HttpAnswer, type HttpRequest, requestScript } from './request.js'

export { canRunHost, prepareBase, testHostPackages } from './base.js'
export type { Finished } from './finished.js'
export type { HttpAnswer, HttpRequest } from './request.js'

/** The part of a tap test that ends what was started. */
export interface Teardown {
  teardown(end: () => unknown): unknown
}

export interface HostOptions {
  /** `false`: only the overlays, for tests of a single server. Default true: a booted systemd. */
  systemd?: boolean
  /** `private` (default): ports 80 and 443 are free, and out of reach from outside. `shared`: the machine's. */
  network?: 'private' | 'shared'
  /** Name of the host; the kernel gets its first label, as on Debian. Default `chat.example.test`. */
  hostname?: string
  /** Debian packages; another list is another base. Default {@link testHostPackages}. */
  packages?: readonly string[]
}

export interface RunOptions {
  input?: string | Buffer
  /** Added to PATH, HOME and LANG: nothing else of the test's environment gets in. */
  env?: Record<string, string>
  /** Another status is an error with the command's output. Default 0; `any` leaves it to the caller. */
  expectStatus?: number | 'any'
  /** After this the command is killed, which is an error. Default 60 s. */
  timeoutMs?: number
}

export interface WriteOptions {
  /** Default 0o644. */
  mode?: number
  /** As chown(1) takes it: `root`, `root:mattermost`. Default root:root. */
  owner?: string
}

/** A Debian host inside of namespaces. All paths are those inside; `/root`, `/home` are the machine's own. */
export interface Host {
  /** The host's folder on the machine: boot.log, shared. */
  dir: string
  /** The same folder, under the same path, inside and outside: for Unix sockets and certificates. */
  shared: string
  /** Runs a command (no shell) as root in `/`. Throws on an unexpected status and after the timeout. */
  run(command: readonly string[], options?: RunOptions): Promise<Finished>
  /** Starts a command; it ends with the returned client, and with the host. */
  spawn(command: readonly string[], options?: SpawnOptions & { env?: Record<string, string> }): ChildProcess
  /** Puts a whole file in place by rename; makes the folders above it. */
  write(path: string, content: string | Buffer, options?: WriteOptions): Promise<void>
  read(path: string): Promise<string>
  exists(path: string): Promise<boolean>
  /** Writes `/etc/systemd/system/NAME` and reloads systemd. */
  installUnit(name: string, text: string): Promise<void>
  /** The messages of a unit, a line each, without times and names. */
  journal(unit: string): Promise<string>
  /** One HTTP or HTTPS request made inside. */
  http(request: HttpRequest): Promise<HttpAnswer>
}

/**
 * Boots a host that ends with the test `t`, or with this process if that dies before. Takes 0.3 s once the
 * base is prepared. Throws when this machine cannot run one: see {@link skipWithoutHost}.
 */
export async function startHost(t: Teardown, options: HostOptions = {}): Promise<Host> {
  const { systemd = true, network = 'private', hostname = 'chat.example.test' } = options
  const base = prepareBase(options.packages ?? testHostPackages)
  // Not below TMPDIR: the paths of Unix sockets in it may have 107 characters.
  const dir = await mkdtemp('/tmp/teamchat-host-')
  const remove = () => finished(spawn(testHostProgram, ['remove', dir]))
  // Teardown does not run when the test process is killed: then --parent ends the host.
  t.teardown(async () => {
    await remove()
    rmSync(dir, { recursive: true, force: true })
  })
  const flags = [
    '--base',
    base,
    '--network',
    network,
    '--hostname',
    hostname,
    '--parent',
    String(process.pid),
  ]
  // Node may be a mount below an overlaid folder, as in /opt of a hosted runner.
  const keep = [projectRoot(), dirname(dirname(process.execPath))].flatMap(path => ['--keep', path])
  const started = await finished(
    spawn(testHostProgram, ['start', dir, ...flags, ...keep, ...(systemd ? [] : ['--no-systemd'])]),
  )
  if (started.status !== 0) throw new Error(`cannot start a test host: ${started.stderr}`)
  return hostIn(dir)
}

/**
 * Calls `body` with a host that ends with the test. Without the means for it the test is skipped and says why;
 * in CI (`CI=true`) that is a failure.
 */
export async function withHost(
  t: Test,
  options: HostOptions,
  body: (host: Host) => Promise<void>,
): Promise<void> {
  const { skip } = skipWithoutHost()
  if (skip !== false) {
    t.plan(0, skip)
    return
  }
  await body(await startHost(t, options))
}

/**
 * For the options of `t.test`: skips with the reason where no host can run. Never in CI (`CI=true`), where
 * {@link startHost} then fails with that reason.
 */
export function skipWithoutHost(): { skip: string | false } {
  if (process.env.CI === 'true') return { skip: false }
  const able = canRunHost()
  return { skip: able === true ? false : able }
}

function hostIn(dir: string): Host {
  function enter(command: readonly string[], options: SpawnOptions & { env?: Record<string, string> } = {}) {
    const path = `${dirname(process.execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`
    const { env: added, ...others } = options
    const env = { PATH: path, HOME: '/root', LANG: 'C.UTF-8', ...added }
    // tap puts variables of its own into every child's environment; inside, Node processes would obey them.
    const clean = ['env', '-i', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)]
    return spawn(testHostProgram, ['in', dir, ...clean, ...command], { ...others, env })
  }

  async function run(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const { expectStatus = 0, timeoutMs = 60_000 } = options
    const child = enter(command, options.env === undefined ? {} : { env: options.env })
    const result = await finished(child, { input: options.input, timeoutMs })
    const said = `${result.stdout}${result.stderr}`.trim()
    if (result.timedOut) throw new Error(`${command[0]} did not end within ${timeoutMs} ms: ${said}`)
    if (expectStatus !== 'any' && result.status !== expectStatus) {
      throw new Error(`'${command.join(' ')}' ended with ${result.status}, not ${expectStatus}: ${said}`)
    }
    return result
  }

  async function write(path: string, content: string | Buffer, options: WriteOptions = {}) {
    const mode = (options.mode ?? 0o644).toString(8)
    const script =
      'mkdir -p "$(dirname "$1")" && cat >"$1.new$$" && chown "$3" "$1.new$$" && chmod "$2" "$1.new$$" && mv -f "$1.new$$" "$1"'
    await run(['sh', '-c', script, 'write', path, mode, options.owner ?? 'root:root'], { input: content })
  }

  return {
    dir,
    shared: join(dir, 'shared'),
    run,
    spawn: enter,
    write,
    async read(path) {
      return (await run(['cat', '--', path])).stdout
    },
    async exists(path) {
      return (await run(['test', '-e', path], { expectStatus: 'any' })).status === 0
    },
    async installUnit(name, text) {
      await write(`/etc/systemd/system/${name}`, text)
      await run(['systemctl', 'daemon-reload'])
    },
    async journal(unit) {
      await run(['journalctl', '--sync'])
      return (await run(['journalctl', '--no-pager', '--output=cat', `--unit=${unit}`])).stdout
    },
    async http(request) {
      const answer = await run([process.execPath, '--input-type=commonjs', '--eval', requestScript], {
        input: JSON.stringify(request),
      })
      return JSON.parse(answer.stdout) as HttpAnswer
    },
  }
}
