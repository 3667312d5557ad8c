import {
  constants,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { access } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { TeamchatError } from '../../../src/errors.js'
import { placeLink, removeFile } from '../../../src/system/files/entries.js'
import { writeError } from '../../../src/system/files/errors.js'
import { readFileIfPresent, writeFileAtomic } from '../../../src/system/files/files.js'
import { makeFolder, withFolder } from '../../../src/system/files/folder.js'

function folderOf(test: Test): string {
  return test.testdir({ plain: { file: 'old' } })
}

const rootOnly = { skip: process.getuid?.() === 0 ? false : 'not root' } as const

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'nothing was thrown'
  } catch (error) {
    return error instanceof TeamchatError ? error.code : String((error as NodeJS.ErrnoException).code)
  }
}

t.test(
  'a new file gets the mode asked for, an old one keeps its own, and nothing is left beside',
  async t => {
    const root = folderOf(t)
    const fresh = join(root, 'plain/fresh')
    await writeFileAtomic(fresh, 'text', { root, mode: 0o640 })
    t.equal(readFileSync(fresh, 'utf8'), 'text')
    t.equal(statSync(fresh).mode & 0o7777, 0o640)
    const old = join(root, 'plain/file')
    const before = statSync(old)
    await writeFileAtomic(old, Buffer.from([0xff, 0x0a]), { root, mode: 0o600 })
    t.same([...readFileSync(old)], [0xff, 0x0a])
    t.equal(statSync(old).mode, before.mode, 'mode kept')
    t.not(statSync(old).ino, before.ino, 'a new file was renamed over it')
    await writeFileAtomic(old, 'x', { root, mode: 0o600, force: true })
    t.equal(statSync(old).mode & 0o7777, 0o600, 'force gives the mode to an old file too')
    t.same(readdirSync(join(root, 'plain')).sort(), ['file', 'fresh'])
  },
)

t.test('owner: a new file of the real system gets it, one below --root never', rootOnly, async t => {
  const root = folderOf(t)
  const file = join(root, 'plain/owned')
  await writeFileAtomic(file, 'x', { root, mode: 0o600, owner: { uid: 65534, gid: 65534 } })
  t.equal(statSync(file).uid, 0, 'below --root')
  await removeFile(file, root)
  await writeFileAtomic(file, 'x', { root: '', mode: 0o600, owner: { uid: 65534, gid: 65534 } })
  t.equal(statSync(file).uid, 65534, 'on the real system')
  await writeFileAtomic(file, 'y', { root: '', mode: 0o600, owner: { uid: 0, gid: 0 } })
  t.equal(statSync(file).uid, 65534, 'an existing file keeps its owner')
})

t.test('no component of a path is followed where it is a symbolic link', async t => {
  const root = folderOf(t)
  symlinkSync('plain', join(root, 'linked'))
  symlinkSync('file', join(root, 'plain/link'))
  const cases: [string, () => Promise<unknown>][] = [
    ['a folder', () => writeFileAtomic(join(root, 'linked/file'), 'new', { root, mode: 0o600 })],
    ['the file itself', () => writeFileAtomic(join(root, 'plain/link'), 'new', { root, mode: 0o600 })],
    ['removing', () => removeFile(join(root, 'linked/file'), root)],
    ['a link of ours', () => placeLink(join(root, 'linked/x'), 'file', root)],
    ['outside of the root', () => withFolder('/etc', root, async () => undefined)],
  ]
  for (const [name, work] of cases) t.equal(await codeOf(work()), 'files.unsafe', name)
  t.equal(readFileSync(join(root, 'plain/file'), 'utf8'), 'old')
})

t.test('a folder that is missing, and a file in place of a folder, are Node’s own errors', async t => {
  const root = folderOf(t)
  t.equal(await codeOf(withFolder(join(root, 'none/x'), root, async () => undefined)), 'ENOENT')
  t.equal(await codeOf(withFolder(join(root, 'plain/file'), root, async () => undefined)), 'ENOTDIR')
  t.equal(await readFileIfPresent(join(root, 'none/x')), undefined)
  t.equal(await removeFile(join(root, 'none/x'), root), false)
})

t.test('links are placed atomically and never over a file', async t => {
  const root = folderOf(t)
  const place = join(root, 'plain/here')
  await placeLink(place, '../one', root)
  t.equal(readlinkSync(place), '../one')
  const first = lstatSync(place).ino
  await placeLink(place, '../one', root)
  t.equal(lstatSync(place).ino, first, 'an equal link stays as it is')
  await placeLink(place, '../two', root)
  t.equal(readlinkSync(place), '../two')
  t.equal(await codeOf(placeLink(join(root, 'plain/file'), 'x', root)), 'files.unsafe')
})

t.test('a full disk is said in words, leaves the old file and no temporary one', rootOnly, async t => {
  // /dev/full cannot be renamed onto, so the small file system is a tmpfs where root can mount one.
  const { exec } = await import('../../../src/system/exec.js')
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'teamchatd-full-')))
  t.teardown(() => rmSync(root, { recursive: true }))
  const small = join(root, 'small')
  mkdirSync(small)
  const mounted = await exec('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', small])
  t.equal(mounted.status, 0, mounted.stderr)
  t.teardown(() => exec('umount', [small]))
  writeFileSync(join(small, 'file'), 'old')
  await t.rejects(writeFileAtomic(join(small, 'file'), Buffer.alloc(64 * 1024), { root, mode: 0o600 }), {
    code: 'files.write',
    message: /the disk is full/,
    hint: /free some space/,
  })
  t.equal(readFileSync(join(small, 'file'), 'utf8'), 'old')
  t.same(readdirSync(small), ['file'])
})

t.test('a folder that cannot be made is named as the operator knows it', async t => {
  const root = folderOf(t)
  await t.rejects(makeFolder(join(root, 'plain/file/deeper/still'), root, 0o700), {
    code: 'files.write',
    message: new RegExp(`cannot write ${root}/plain/file`),
  })
})

t.test('folders are made with the mode asked for', async t => {
  const root = folderOf(t)
  await makeFolder(join(root, 'a/b/c'), root, 0o700)
  t.equal(statSync(join(root, 'a/b/c')).mode & 0o7777, 0o700)
  t.equal(statSync(join(root, 'a')).mode & 0o7777 & 0o755, 0o755)
  await makeFolder(join(root, 'a/b/c'), root, 0o755)
  t.equal(statSync(join(root, 'a/b/c')).mode & 0o7777, 0o700, 'an existing one stays')
  await access(join(root, 'a/b/c'), constants.W_OK)
})

const cases: [code: string | undefined, message: RegExp, hint: RegExp][] = [
  [
    'ENOSPC',
    /^cannot write \/etc\/x\/y: the disk is full$/,
    /^free some space on the file system of \/etc\/x;/,
  ],
  ['EDQUOT', /the disk is full$/, /^free some space/],
  ['EROFS', /the file system is read-only$/, /ReadWritePaths=-\/etc\/x; it is tried again$/],
  ['EPERM', /not even by root \(EPERM\)$/, /^it may be immutable: lsattr -d \/etc\/x\/y \/etc\/x;/],
  ['EIO', /^cannot write \/etc\/x\/y: EIO$/, /it is tried again$/],
  [undefined, /cannot write \/etc\/x\/y: Error: odd$/, /it is tried again$/],
]

t.test('why a file could not be written, and what to do', async t => {
  for (const [code, message, hint] of cases) {
    const cause = Object.assign(new Error('odd'), code === undefined ? {} : { code })
    t.match(writeError('/etc/x/y', cause), { code: 'files.write', message, hint }, String(code))
  }
  const ours = new TeamchatError('files.unsafe', 'cannot: it is a link')
  t.equal(writeError('/etc/x/y', ours), ours)
})
