import t from 'tap'
import { readSelinux } from '../../src/doctor/selinux.js'

t.test('what the kernel shows of SELinux', async t => {
  const booleans = { httpd_can_network_connect: '0 1' }
  const folder = t.testdir({
    off: {},
    on: { enforce: '1', booleans },
    permissive: { enforce: '0\n', booleans: {} },
  })
  t.equal(await readSelinux(`${folder}/off`), undefined)
  t.same(
    await readSelinux(`${folder}/on`),
    { enforcing: true, canConnect: false },
    'a pending value does not count',
  )
  t.same(await readSelinux(`${folder}/permissive`), { enforcing: false, canConnect: undefined })
})
