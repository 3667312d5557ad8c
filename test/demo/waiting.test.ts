import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { projectRoot } from '../../src/paths.js'
import {
  folder,
  PATIENCE_MS,
  processesBelow,
  siteUrl,
  start,
  startOnce,
  succeeded,
  until,
  vhost,
  withoutRoot,
} from '../support/demo/started.js'

t.setTimeout(3 * PATIENCE_MS)

t.test('it stays, reacts to each line that it proposes, and Ctrl-C ends all', async t => {
  const root = folder(t, 'var')
  const { child, text, ended } = start(t, ['--root', root])
  await until('waiting', () => text().includes('Waiting, and telling'), text)
  const lines = text().match(/^ {5}(?:node|printf|sed|curl) .*$/gm) ?? []
  const type = (words: string) => {
    const line = lines.find(each => each.includes(words))
    if (line === undefined) throw new Error(`no line with '${words}' is proposed`)
    const [command = '', ...args] = withoutRoot(['/bin/sh', '-c', line])
    return execFileSync(command, args, { cwd: projectRoot(), encoding: 'utf8', timeout: PATIENCE_MS })
  }
  t.match(type(' status'), /running, pid \d+/)

  const pid = () => text().match(/mattermost\.service was started, pid \d+/g)
  t.equal(pid()?.length, 1)
  type('VirtualHost talk.example.org')
  await until('the new name', () => siteUrl(root) === 'https://talk.example.org', text)
  await until('the reload', () => /reload (apache2|httpd)\.service/.test(text()), text)
  t.match(vhost(root), /ServerName "?talk\.example\.org/)
  t.equal(pid()?.length, 1, 'Mattermost was not restarted for it')

  t.match(type('printf'), 'daisy')
  t.match(type('users credentials daisy'), /^daisy {2}\S+ {2}daisy@example\.org/)

  t.match(type('signal-event user-unlock goofy'), 'goofy')

  const [, body, url = ''] = lines.join('\n').match(/-d '(.*)' (http\S+\/users\/login)/) ?? []
  const login = async () => (await fetch(url, { method: 'POST', body: body ?? '' })).status
  t.equal(await login(), 200, 'pluto logs in with the password that was handed out')
  t.match(type('signal-event user-delete pluto'), 'pluto')
  t.equal(await login(), 401, 'and not after he was deleted')

  t.match(type('bulk-user-create'), "Skipping locked user: 'admin'")

  child.kill('SIGINT')
  succeeded(t, await ended, text())
  t.match(text(), 'Nothing runs any more')
  t.strictSame(processesBelow(root), [])
})

t.test('a second start in the same folder is refused', async t => {
  const root = folder(t, 'var')
  const first = start(t, ['--root', root])
  await until('a daemon', () => /^4 /m.test(first.text()), first.text)
  const second = await startOnce(t, ['--root', root])
  t.equal(second.status, 1)
  t.match(second.text, /another npm start runs in .*, pid \d+/)
  first.child.kill('SIGTERM')
  succeeded(t, await first.ended, first.text())
  t.strictSame(processesBelow(root), [], 'ended in the middle, too')
})

t.test(
  'what a killed start has left behind is ended by the next one, and a port taken meanwhile is left',
  async t => {
    const root = folder(t, 'var')
    const killed = start(t, ['--root', root])
    await until('waiting', () => killed.text().includes('Waiting, and telling'), killed.text)
    killed.child.kill('SIGKILL')
    await killed.ended
    // What the daemon has just asked of a program may still run beside them.
    await until('daemon and stand-in alone', () => processesBelow(root).length === 2, killed.text)
    const next = start(t, ['--root', root])
    await until('waiting', () => next.text().includes('Waiting, and telling'), next.text)
    t.match(next.text(), /left over from a start that was killed; ended, pid \d+/)
    next.child.kill('SIGTERM')
    succeeded(t, await next.ended, next.text())
    t.strictSame(processesBelow(root), [])

    const port = Number(next.text().match(/127\.0\.0\.1:(\d+)/)?.[1])
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening')
    const moved = await startOnce(t, ['--root', root])
    server.close()
    succeeded(t, moved.status, moved.text)
    t.match(moved.text, /setprop mattermost ListenPort \d+/)
    t.notMatch(moved.text, `listening on 127.0.0.1:${port} `)
  },
)
