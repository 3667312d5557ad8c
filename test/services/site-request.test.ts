import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { withAcmeProbe } from '../../src/services/site-request.js'

t.test(
  'the probe lies where it is looked for, readable for the web server, and is gone afterwards',
  async t => {
    const webroot = t.testdir({})
    const before = process.umask(0o077)
    t.teardown(() => process.umask(before))
    await withAcmeProbe(webroot, async ({ path, content }) => {
      t.equal(readFileSync(join(webroot, path), 'utf8'), content)
      for (const place of ['/.well-known', '/.well-known/acme-challenge'])
        t.equal(statSync(webroot + place).mode & 0o777, 0o755, place)
      t.equal(statSync(webroot + path).mode & 0o777, 0o644)
    })
    t.same(readdirSync(webroot), [], 'folders of its own as well')
  },
)

t.test('what throws in between leaves nothing either', async t => {
  const webroot = t.testdir({})
  await t.rejects(
    withAcmeProbe(webroot, async () => {
      throw new Error('no answer')
    }),
    /no answer/,
  )
  t.same(readdirSync(webroot), [])
})

t.test('folders that were there stay, and so does what somebody else puts there meanwhile', async t => {
  const webroot = t.testdir({ '.well-known': { 'security.txt': 'x' } })
  await withAcmeProbe(webroot, async ({ path }) => {
    writeFileSync(join(webroot, path, '../proof-of-certbot'), 'y')
  })
  t.same(readdirSync(join(webroot, '.well-known')).sort(), ['acme-challenge', 'security.txt'])
  t.same(readdirSync(join(webroot, '.well-known/acme-challenge')), ['proof-of-certbot'])
})

t.test('the webroot itself may be a link; nothing below it', async t => {
  const home = t.testdir({ real: {}, victim: {} })
  symlinkSync(join(home, 'real'), join(home, 'webroot'))
  await withAcmeProbe(join(home, 'webroot'), async ({ path }) => t.ok(existsSync(join(home, 'real', path))))
  mkdirSync(join(home, 'victim/acme-challenge'))
  symlinkSync(join(home, 'victim'), join(home, 'real/.well-known'))
  await t.rejects(
    withAcmeProbe(join(home, 'webroot'), async () => undefined),
    { code: 'files.unsafe' },
  )
  t.same(readdirSync(join(home, 'victim/acme-challenge')), [])
  await t.rejects(
    withAcmeProbe(join(home, 'missing'), async () => undefined),
    { code: 'files.write' },
  )
})
