import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { changeFolder } from '../../../src/system/files/folder-changes.js'

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
