import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { takeServiceLock } from '../../src/app/lock.js'
import { createPaths } from '../../src/paths.js'

t.test('the second daemon names the first one’s pid', async t => {
  const paths = createPaths({ root: t.testdir({}), env: {} })
  const lock = await takeServiceLock(paths, true)
  await t.rejects(takeServiceLock(paths, true), {
    code: 'running',
    message: new RegExp(`pid ${process.pid}$`),
  })
  await t.rejects(takeServiceLock(paths, false), {
    code: 'locked',
    message: new RegExp(`process ${process.pid} `),
  })
  await lock.release()
  await (await takeServiceLock(paths, false)).release()
})

t.test('a lock whose folder cannot be made is told in words', async t => {
  const paths = createPaths({ root: t.testdir({ run: 'a file in its place' }), env: {} })
  await t.rejects(takeServiceLock(paths, true), {
    code: 'files.write',
    message: /cannot take the lock: cannot write .*run/,
  })
})

const canMount =
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'teamchat-test', '/mnt']).status === 0

t.test(
  'a full disk takes the holder’s name, not the lock',
  { skip: canMount ? false : 'no tmpfs can be mounted here' },
  async t => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'teamchatd-lock-')))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', root])
    t.teardown(() => {
      execFileSync('umount', [root])
      rmdirSync(root)
    })
    const paths = createPaths({ root, env: {} })
    mkdirSync(paths.runFolder, { recursive: true })
    t.throws(() => writeFileSync(`${root}/fill`, Buffer.alloc(64 * 1024)), { code: 'ENOSPC' })
    const lock = await takeServiceLock(paths, true)
    await t.rejects(takeServiceLock(paths, true), { code: 'running', message: /pid unknown$/ })
    await lock.release()
  },
)
