import { mkdirSync, realpathSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeFolder, openFolder } from '../../../src/system/files/folder.js'

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
