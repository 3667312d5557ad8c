import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { makeFolder, openFolder } from '../../../src/system/files/folder.js'
import { changeFolder } from '../../../src/system/files/folder-changes.js'

t.test('a folder is opened by its own name only', async t => {
  const base = realpathSync(t.testdir({ root: { plain: { deep: {} }, file: '' }, outside: { deep: {} } }))
  const root = join(base, 'root')
  symlinkSync('plain', join(root, 'link'))
  symlinkSync('../outside', join(root, 'away'))
  symlinkSync('deep', join(root, 'plain/inner'))
  symlinkSync('root', join(base, 'alias'))
  const alias = join(base, 'alias')
  const unsafe = { code: 'files.unsafe', message: /^cannot go into .*: it is a symbolic link$/ }
  const cases: [string, string, string, { code: string; message?: RegExp } | undefined][] = [
    ['the root itself', root, root, undefined],
    ['a plain one', `${root}/plain/deep`, root, undefined],
    ['with slashes', `${root}//plain/deep/`, root, undefined],
    ['the root is trusted as it is', `${alias}/plain/deep`, alias, undefined],
    ['a link on the way', `${root}/link/deep`, root, unsafe],
    ['a link at the end', `${root}/plain/inner`, root, unsafe],
    ['a link that leads away', `${root}/away/deep`, root, unsafe],
    ['outside of the root', `${base}/outside`, root, { code: 'files.unsafe', message: /lies outside of/ }],
    ['missing', `${root}/plain/none`, root, { code: 'ENOENT' }],
    ['no folder', `${root}/file`, root, { code: 'ENOTDIR' }],
  ]
  for (const [name, folder, below, wanted] of cases) {
    if (wanted === undefined) {
      const opened = openFolder(folder, below)
      t.equal(opened.stat().ino, statSync(folder).ino, name)
      opened.close()
    } else t.throws(() => openFolder(folder, below), wanted, name)
  }
})

t.test('a folder is made with its parents, never through a link', async t => {
  const root = realpathSync(t.testdir({ there: {} }))
  symlinkSync('there', join(root, 'link'))
  await makeFolder(join(root, 'a/b/c'), root, 0o700)
  t.equal(statSync(join(root, 'a/b/c')).mode & 0o777, 0o700)
  await makeFolder(join(root, 'a/b/c'), root, 0o755)
  t.equal(statSync(join(root, 'a/b/c')).mode & 0o777, 0o700, 'what is there stays')
  await t.rejects(makeFolder(join(root, 'link/new'), root, 0o700), { code: 'files.unsafe' })
  writeFileSync(join(root, 'file'), '')
  await t.rejects(makeFolder(join(root, 'file/new'), root, 0o700), { code: 'files.write' })
  mkdirSync(join(root, 'there/again'))
  await makeFolder(join(root, 'there/again'), root, 0o700)
})

const nothing = { write: [], rename: [], remove: [] }

function folderOf(t: { teardown(end: () => unknown): unknown }): string {
  const folder = mkdtempSync(join(tmpdir(), 'folder-changes-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

t.test('writes, renames and removes in one visit, in this order', async t => {
  const folder = folderOf(t)
  writeFileSync(join(folder, 'old'), 'old')
  writeFileSync(join(folder, 'gone'), '')
  await changeFolder(
    folder,
    {
      write: [
        { name: 'one', content: '1' },
        { name: 'two', content: '2' },
      ],
      rename: [
        { from: 'one', to: 'first' },
        { from: 'never', to: 'was' },
        { from: 'old', to: 'older' },
      ],
      remove: ['gone', 'unknown', 'two'],
    },
    '',
  )
  t.same(readdirSync(folder).sort(), ['first', 'older'])
  t.equal(readFileSync(join(folder, 'first'), 'utf8'), '1')
  t.equal(statSync(join(folder, 'first')).mode & 0o777, 0o600)
})

t.test('what fails leaves no new file, and names the one that failed', async t => {
  const folder = folderOf(t)
  mkdirSync(join(folder, 'taken'))
  const write = [
    { name: 'good', content: '1' },
    { name: 'taken', content: '2' },
    { name: 'late', content: '3' },
  ]
  await t.rejects(changeFolder(folder, { ...nothing, write }, ''), {
    code: 'files.write',
    message: `cannot write ${join(folder, 'taken')}: EEXIST`,
  })
  t.same(readdirSync(folder).sort(), ['taken'])
})

t.test('a missing folder is for the caller; a link on the way is refused', async t => {
  const folder = folderOf(t)
  await t.rejects(changeFolder(join(folder, 'missing'), { ...nothing, remove: ['x'] }, ''), {
    code: 'ENOENT',
  })
  const real = join(folder, 'real')
  mkdirSync(real)
  symlinkSync(real, join(folder, 'link'))
  const write = [{ name: 'secret', content: 'x' }]
  await t.rejects(changeFolder(join(folder, 'link'), { ...nothing, write }, ''), { code: 'files.unsafe' })
  t.notOk(existsSync(join(real, 'secret')))
})
