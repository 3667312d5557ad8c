import { closeSync, mkdirSync, openSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ACCESS_LIST, type AttributeValues, loadAttributes } from '../../../src/system/files/attributes.js'

/** Version 2; then tag, permission and id of owner, user 65534 (r), group, mask (r) and others. */
const list = Buffer.from(
  [
    '02000000',
    '01000600ffffffff',
    '02000400feff0000',
    '04000000ffffffff',
    '10000400ffffffff',
    '20000000ffffffff',
  ].join(''),
  'hex',
)

const attributes = await loadAttributes()

function give(path: string, values: AttributeValues, flags = 'r+'): void {
  const file = openSync(path, flags)
  try {
    attributes.write(file, values)
  } finally {
    closeSync(file)
  }
}

t.test('access list and attributes of users go from one file to another', async t => {
  const folder = t.testdir({ old: 'a', new: 'b', bare: 'c' })
  const old = join(folder, 'old')
  t.same(
    [...attributes.read(old).keys()].filter(name => name !== 'security.selinux'),
    [],
  )
  const given = new Map([
    ['user.note', Buffer.from('a note')],
    [ACCESS_LIST, list],
  ])
  give(old, given)
  const values = attributes.read(old)
  for (const [name, value] of given) t.same(values.get(name), value, name)
  give(join(folder, 'new'), values)
  t.same(attributes.read(join(folder, 'new')), values)
  t.equal(statSync(join(folder, 'new')).mode & 0o7777, 0o640, 'the mask is the mode of the group')
  t.throws(() => attributes.read(join(folder, 'missing')), { code: 'ENOENT' })
})

t.test('an access list that only the folder gives is taken away', async t => {
  const folder = join(t.testdir({}), 'folder')
  mkdirSync(folder)
  give(folder, new Map([['system.posix_acl_default', list]]), 'r')
  const file = join(folder, 'file')
  writeFileSync(file, '')
  t.ok(attributes.read(file).has(ACCESS_LIST), 'it has one by its birth')
  give(file, new Map())
  t.notOk(attributes.read(file).has(ACCESS_LIST))
})
