import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { projectRoot } from '../../src/paths.js'

const isRoot = process.getuid?.() === 0
/** "nobody", on every distribution. */
const NOBODY = 65534
/** A loaded machine of a CI starts some twenty Node processes in this time. */
const PATIENCE_MS = 90_000

interface Start {
  child: ChildProcess
  text(): string
  ended: Promise<number | null>
}

/** A folder that whoever runs the demonstration may write. */
function folder(test: Test, below = ''): string {
  const made = mkdtempSync(join(tmpdir(), 'teamchat-demo-'))
  test.teardown(() => rmSync(made, { recursive: true, force: true }))
  if (isRoot) chownSync(made, NOBODY, NOBODY)
  return join(made, below)
}

/** `npm start -- ARGUMENTS` without root, also where the tests have it; nothing of `leaks` may count. */
function start(test: Test, args: string[], as: 'nobody' | 'root' = 'nobody'): Start {
  const program = join(projectRoot(), 'test/support/demo/start.mjs')
  const words = [process.execPath, program, '--built', ...args]
  const drop = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--']
  const [command = '', ...rest] = isRoot && as === 'nobody' ? [...drop, ...words] : words
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
    env: { ...process.env, ...leaks },
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
async function startOnce(test: Test, args: string[], as: 'nobody' | 'root' = 'nobody') {
  const { ended, text } = start(test, ['--once', ...args], as)
  return { status: await ended, text: text() }
}

async function until(what: string, holds: () => boolean, seen: () => string): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await wait(50)) if (holds()) return
  throw new Error(`still not: ${what}\n${seen()}`)
}

/** Command lines of what still runs below a root. */
function processesBelow(root: string): string[] {
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

function siteUrl(root: string): string {
  const config = JSON.parse(readFileSync(join(root, 'opt/mattermost/config/config.json'), 'utf8'))
  return config.ServiceSettings.SiteURL
}

function vhost(root: string): string {
  const debian = join(root, 'etc/apache2/sites-available/mattermost.conf')
  return readFileSync(existsSync(debian) ? debian : join(root, 'etc/httpd/conf.d/zz_mattermost.conf'), 'utf8')
}

/** What `users credentials` printed: login and password of each. */
function credentials(text: string): Map<string, string> {
  const lines = text.matchAll(/^ +([a-z]+) {2,}(\S+) {2}\S+@example\.org {2}/gm)
  return new Map([...lines].map(([, login = '', password = '']) => [login, password]))
}

t.test('a start without root does everything, tells it, and leaves nothing running', async t => {
  const root = folder(t, 'var')
  const { status, text } = await startOnce(t, ['--root', root])
  t.equal(status, 0, text)
  t.match(text, 'a stand-in answers in its place')
  t.match(text, /^4 .*daemon/m)
  t.match(text, /supervisor +\| mattermost\.service was started, pid \d+/)
  t.match(text, /users sync --confirm/)
  t.strictSame([...credentials(text).keys()].sort(), ['clarabelle', 'minnie', 'pluto'])
  t.match(text, /config setprop mattermost VirtualHost talk\.example\.org/, 'what to try next')
  t.equal(siteUrl(root), 'https://chat.example.org')
  t.match(vhost(root), /ServerName chat\.example\.org/)
  t.strictSame(processesBelow(root), [])

  const again = await startOnce(t, ['--root', root])
  t.equal(again.status, 0, again.text)
  t.match(again.text, 'The site of an earlier start is in')
  t.strictSame(credentials(again.text), credentials(text), 'nobody was created twice')

  const anew = await startOnce(t, ['--root', root, '--fresh'])
  t.equal(anew.status, 0, anew.text)
  t.match(anew.text, 'A sample site was laid out')
  t.not(credentials(anew.text).get('pluto'), credentials(text).get('pluto'))
  t.strictSame(processesBelow(root), [])
})

t.test('it stays, reacts to each line that it proposes, and Ctrl-C ends all', async t => {
  const root = folder(t, 'var')
  const { child, text, ended } = start(t, ['--root', root])
  await until('waiting', () => text().includes('Waiting, and telling'), text)
  const lines = text().match(/^ {5}(node|printf|sed|curl) .*$/gm) ?? []
  const type = (words: string) => {
    const line = lines.find(each => each.includes(words))
    if (line === undefined) throw new Error(`no line with '${words}' is proposed`)
    // The daemon's socket is for whoever runs it; root may use it, too.
    return execFileSync('/bin/sh', ['-c', line], {
      cwd: projectRoot(),
      encoding: 'utf8',
      timeout: PATIENCE_MS,
    })
  }
  t.match(type(' status'), /running, pid \d+/)

  const pid = () => text().match(/mattermost\.service was started, pid \d+/g)
  t.equal(pid()?.length, 1)
  type('VirtualHost talk.example.org')
  await until('the new name', () => siteUrl(root) === 'https://talk.example.org', text)
  await until('the reload', () => /reload (apache2|httpd)\.service/.test(text()), text)
  t.match(vhost(root), /ServerName talk\.example\.org/)
  t.equal(pid()?.length, 1, 'Mattermost was not restarted for it')

  type('Daisy Duck')
  const daisy = () => type('users credentials daisy')
  await until('daisy', () => daisy().includes('daisy'), text)

  const login = () => type('/api/v4/users/login').trim()
  t.equal(login(), '200', 'pluto logs in with the password that was handed out')
  type('^dn: uid=pluto,')
  t.match(type('signal-event user-delete pluto'), /pluto/)
  t.equal(login(), '401', 'and not after he was deleted')

  child.kill('SIGINT')
  t.equal(await ended, 0, text())
  t.match(text(), 'Nothing runs any more')
  t.strictSame(processesBelow(root), [])
})

t.test('a deep folder and a taken port do not matter', async t => {
  const server = createServer()
  // Where somebody else has it already, the better.
  await new Promise<void>(resolve => server.once('error', () => resolve()).listen(8065, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const root = folder(t, `a${'-deep'.repeat(11)}/var`)
  const { status, text } = await startOnce(t, ['--root', root])
  t.equal(status, 0, text)
  t.match(text, /setprop mattermost ListenPort \d+/)
  t.match(text, /setprop mattermost LocalSocket/)
  t.ok(credentials(text).has('pluto'))
})

t.test('a folder with something else in it is left alone', async t => {
  const root = folder(t)
  mkdirSync(join(root, 'mine'))
  writeFileSync(join(root, 'mine/letter'), 'keep me')
  for (const options of [[], ['--fresh']]) {
    const { status, text } = await startOnce(t, ['--root', root, ...options])
    t.equal(status, 1)
    t.match(text, 'holds something else already')
  }
  t.equal(readFileSync(join(root, 'mine/letter'), 'utf8'), 'keep me')
  t.strictSame(readdirSync(root), ['mine'])
})

t.test('a second start in the same folder is refused', async t => {
  const root = folder(t, 'var')
  const first = start(t, ['--root', root])
  await until('a daemon', () => /^4 /m.test(first.text()), first.text)
  const second = await startOnce(t, ['--root', root])
  t.equal(second.status, 1)
  t.match(second.text, /another npm start runs in .*, pid \d+/)
  first.child.kill('SIGTERM')
  t.equal(await first.ended, 0, first.text())
  t.strictSame(processesBelow(root), [], 'ended in the middle, too')
})

t.test('words that it does not know', async t => {
  const { status, text } = await startOnce(t, ['--rooot', '/tmp'])
  t.equal(status, 64)
  t.match(text, 'usage: npm start')
})

t.test('as root it works the same', { skip: isRoot ? false : 'these tests do not run as root' }, async t => {
  const root = folder(t, 'var')
  const { status, text } = await startOnce(t, ['--root', root], 'root')
  t.equal(status, 0, text)
  t.ok(credentials(text).has('pluto'))
  t.strictSame(processesBelow(root), [])
})
