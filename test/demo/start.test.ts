import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import {
  credentials,
  folder,
  isRoot,
  PATIENCE_MS,
  processesBelow,
  siteUrl,
  startOnce,
  succeeded,
  vhost,
} from '../support/demo/started.js'

t.setTimeout(3 * PATIENCE_MS)

t.test('a start without root does everything, tells it, and leaves nothing running', async t => {
  const root = folder(t, 'var')
  const { status, text } = await startOnce(t, ['--root', root])
  succeeded(t, status, text)
  t.match(text, 'a stand-in answers in its place')
  t.match(text, /^4 .*daemon/m)
  t.match(text, /supervisor +\| mattermost\.service was started, pid \d+/)
  t.match(text, /users sync --confirm/)
  t.strictSame([...credentials(text).keys()].sort(), ['clarabelle', 'minnie', 'pluto'])
  t.match(text, /config setprop mattermost VirtualHost talk\.example\.org/, 'what to try next')
  t.equal(siteUrl(root), 'https://chat.example.org')
  t.match(vhost(root), /ServerName "?chat\.example\.org/)
  t.strictSame(processesBelow(root), [])

  const again = await startOnce(t, ['--root', root])
  succeeded(t, again.status, again.text)
  t.match(again.text, 'The site of an earlier start is in')
  t.strictSame(credentials(again.text), credentials(text), 'nobody was created twice')

  const anew = await startOnce(t, ['--root', root, '--fresh'])
  succeeded(t, anew.status, anew.text)
  t.match(anew.text, 'A sample site was laid out')
  t.not(credentials(anew.text).get('pluto'), credentials(text).get('pluto'))
  t.strictSame(processesBelow(root), [])
})

t.test('a deep folder and a taken port do not matter', async t => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  t.teardown(() => server.close())
  const root = folder(t, `a${'-deep'.repeat(11)}/var`)
  const { status, text } = await startOnce(t, ['--root', root], 'nobody', port)
  succeeded(t, status, text)
  t.match(text, /setprop mattermost ListenPort \d+/)
  t.notMatch(text, `setprop mattermost ListenPort ${port}`)
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

t.test('words that it does not know', async t => {
  const { status, text } = await startOnce(t, ['--rooot', '/tmp'])
  t.equal(status, 64)
  t.match(text, 'usage: npm start')
})

t.test('as root it works the same', { skip: isRoot ? false : 'these tests do not run as root' }, async t => {
  const root = folder(t, 'var')
  const { status, text } = await startOnce(t, ['--root', root], 'root')
  succeeded(t, status, text)
  t.ok(credentials(text).has('pluto'))
  t.strictSame(processesBelow(root), [])
})
