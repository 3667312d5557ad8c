import { join } from 'node:path'
import t from 'tap'
import { machineId } from '../../src/system/machine-id.js'

t.test('a hash of /etc/machine-id, or nothing', async t => {
  const id = '0123456789abcdef0123456789abcdef'
  const folder = t.testdir({
    one: `${id}\n`,
    same: id,
    other: `${id.replace('0', 'f')}\n`,
    first: 'uninitialized\n',
    empty: '',
  })
  const of = (name: string) => machineId(join(folder, name))
  t.match(await of('one'), /^[0-9a-f]{32}$/)
  t.equal(await of('one'), await of('same'))
  t.not(await of('one'), await of('other'))
  t.not(await of('one'), id, 'the id itself is not kept')
  for (const name of ['first', 'empty', 'missing']) t.equal(await of(name), undefined)
})
