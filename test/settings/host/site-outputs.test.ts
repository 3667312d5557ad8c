import t from 'tap'
import { createPaths } from '../../../src/paths.js'
import type { HostState } from '../../../src/settings/host/host-state.js'
import { readSiteOutputs } from '../../../src/settings/host/site-outputs.js'
import { exec } from '../../../src/system/exec.js'
import { emptyState } from '../../../src/transaction/state.js'
import { sampleOutput } from '../../support/output.js'
import { sampleSettings } from '../../support/settings-site.js'

// Nothing is written here: the real system's account database is asked, and a file that is not there is looked for.
const paths = createPaths({ root: '', env: {} })
const hostState = {
  settings: sampleSettings(),
  state: emptyState(),
  apache: paths.apache('debian'),
  vhostLinks: [],
} as unknown as HostState

async function ownerFor(more: object) {
  const output = sampleOutput('text', 'x')
  const definition = { ...output.definition, path: '/etc/not-there/x', when: { 'no.such': 'yes' }, ...more }
  const { outputs } = await readSiteOutputs(new Map([['out', { ...output, definition }]]), hostState, {
    paths,
    exec,
    systemctl: undefined,
  })
  return outputs[0]?.owner
}

t.test('who gets a new file, by name', async t => {
  t.equal(await ownerFor({}), 'root')
  t.equal(await ownerFor({ owner: 'folder' }), 'folder')
  t.same(await ownerFor({ group: 'daemon' }), { uid: 0, gid: 1 })
  t.same(await ownerFor({ owner: 'daemon' }), { uid: 1, gid: 1 })
  t.same(await ownerFor({ owner: 'folder', group: 'daemon' }), { uid: undefined, gid: 1 })
})

t.test('nobody of that name', async t => {
  await t.rejects(ownerFor({ owner: 'no-such-user-x' }), {
    code: 'check.failed',
    message: /there is no user no-such-user-x/,
  })
  await t.rejects(ownerFor({ group: 'no-such-group-x' }), { message: /there is no group no-such-group-x/ })
})
