import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createPaths, projectRoot } from '../src/paths.js'

t.test('every path lies below the root, whose own links are followed', async t => {
  const real = t.testdir({ real: {} })
  symlinkSync('real', join(real, 'link'))
  const paths = createPaths({ root: join(real, 'link'), env: {} })
  const all = [
    paths.configurationDb,
    paths.stateFolder,
    paths.apiSocket,
    paths.secretFile('mattermost'),
    paths.apache('debian').vhostFile,
    paths.apache('rhel').vhostFile,
    paths.siteTemplatesFolder,
    paths.below('/opt/mattermost'),
  ]
  for (const path of all) t.ok(path.startsWith(`${join(real, 'real')}/`), path)
})

t.test('DBPATH names the folder of the DBs, and never leads out of the root', async t => {
  const root = t.testdir({})
  const cases: [string, string, string][] = [
    ['', '/srv/db', '/srv/db/configuration'],
    [root, '/srv/db', `${root}/srv/db/configuration`],
    [root, `${root}/srv/db`, `${root}/srv/db/configuration`],
    [root, `${root}x/db`, `${root}${root}x/db/configuration`],
  ]
  for (const [below, DBPATH, want] of cases) {
    t.equal(createPaths({ root: below, env: { DBPATH } }).configurationDb, want, `${below} ${DBPATH}`)
  }
})

t.test('secrets lie beside the stock ones on an e-smith host', async t => {
  const root = t.testdir({})
  t.equal(createPaths({ root, env: {} }).secretFile('x'), `${root}/etc/teamchatd/secrets/x`)
  mkdirSync(join(root, 'etc/e-smith'), { recursive: true })
  t.equal(createPaths({ root, env: {} }).secretFile('x'), `${root}/var/lib/nethserver/secrets/x`)
})

t.test('an empty --root is refused: an unset variable must not mean the real system', async t => {
  const programs: [string, string[]][] = [
    ['teamchat', ['--root', '', 'status']],
    ['teamchat', ['--root=', 'config', 'keys']],
    ['teamchat', ['status', '--root', '']],
    ['teamchat', ['--root']],
    ['teamchatd', ['--root', '']],
    ['mattermost-bulk-user-create', ['--root', '']],
  ]
  for (const [program, args] of programs) {
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(projectRoot(), `dist/src/bin/${program}.js`), ...args],
      {
        encoding: 'utf8',
        env: { PATH: process.env.PATH },
      },
    )
    t.equal(status, 64, `${program} ${args.join(' ')}`)
    t.match(stderr, /--root/)
  }
})
