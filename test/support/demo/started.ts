import { type ChildProcess, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Test } from 'tap'
import { projectRoot } from '../../../src/paths.js'
import { likelyPort } from '../free-port.js'
import { PORT_VARIABLE } from './site.js'

export const isRoot = process.getuid?.() === 0
/** "nobody", on every distribution. */
const NOBODY = 65534
/** A loaded machine of a CI starts some twenty Node processes in this time. */
export const PATIENCE_MS = 90_000

export interface Start {
  child: ChildProcess
  text(): string
  ended: Promise<number | null>
}

/** A folder that whoever runs the demonstration may write. */
export function folder(test: Test, below = ''): string {
  const made = mkdtempSync(join(tmpdir(), 'teamchat-demo-'))
  test.teardown(() => rmSync(made, { recursive: true, force: true }))
  if (isRoot) chownSync(made, NOBODY, NOBODY)
  return join(made, below)
}

/** What NODE_OPTIONS loads into whoever runs the tests may write where "nobody" may not. */
const plainNode = ['env', '-u', 'NODE_OPTIONS']

/** A command as whoever has no root, also where the tests have it. */
export function withoutRoot(words: readonly string[]): string[] {
  const drop = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--']
  return isRoot ? [...drop, ...plainNode, ...words] : [...plainNode, ...words]
}

/** `npm start -- ARGUMENTS` without root, also where the tests have it; nothing of `leaks` may count. */
export function start(
  test: Test,
  args: string[],
  as: 'nobody' | 'root' = 'nobody',
  port = likelyPort(),
): Start {
  const program = join(projectRoot(), 'test/support/demo/start.mjs')
  const words = [process.execPath, program, '--built', ...args]
  const [command = '', ...rest] = as === 'nobody' ? withoutRoot(words) : [...plainNode, ...words]
  const leaks = {
    TEAMCHAT_ROOT: '/nowhere',
    TEAMCHAT_SYSTEMCTL: '/bin/false',
    DBPATH: '/nowhere',
    MM_SERVICESETTINGS_SITEURL: 'https://leaked.example.org',
    STAND_IN_FAULTS: '{"down": true}',
    NODE_ENV: 'production',
  }
  const child = spawn(command, rest, {
    cwd: '/',
    env: { ...process.env, ...leaks, [PORT_VARIABLE]: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', part => {
      text += part
    })
  }
  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  test.teardown(async () => {
    child.kill('SIGTERM')
    await ended
  })
  return { child, text: () => text, ended }
}

/** Runs to the end and gives status and text. */
export async function startOnce(test: Test, args: string[], as: 'nobody' | 'root' = 'nobody', port?: number) {
  const { ended, text } = start(test, ['--once', ...args], as, port)
  return { status: await ended, text: text() }
}

/** Status 0; else all that it said. */
export function succeeded(test: Test, status: number | null, text: string): void {
  if (!test.equal(status, 0, 'it ended well')) test.comment(text)
}

export async function until(what: string, holds: () => boolean, inputs: () => string): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await wait(50)) if (holds()) return
  throw new Error(`still not: ${what}\n${inputs()}`)
}

/** Command lines of what still runs below a root. */
export function processesBelow(root: string): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => readCommandLine(pid))
    .filter(line => line.includes(root))
}

function readCommandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch (error) {
    // It ended while we were looking.
    if (['ENOENT', 'ESRCH'].includes(String((error as NodeJS.ErrnoException).code))) return ''
    throw error
  }
}

export function siteUrl(root: string): string {
  const config = JSON.parse(readFileSync(join(root, 'opt/mattermost/config/config.json'), 'utf8'))
  return config.ServiceSettings.SiteURL
}

export function vhost(root: string): string {
  const debian = join(root, 'etc/apache2/sites-available/mattermost.conf')
  return readFileSync(existsSync(debian) ? debian : join(root, 'etc/httpd/conf.d/zz_mattermost.conf'), 'utf8')
}

/** What `users credentials` printed: login and password of each. */
export function credentials(text: string): Map<string, string> {
  const lines = text.matchAll(/^ +([a-z]+) {2,}(\S+) {2}\S+@example\.org {2}/gm)
  return new Map([...lines].map(([, login = '', password = '']) => [login, password]))
}
