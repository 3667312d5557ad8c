import t from 'tap'
import { modulesOf, readApacheState } from '../../../src/services/apache/live.js'
import type { Exec } from '../../../src/system/exec.js'

const LISTED = 'Loaded Modules:\n core_module (static)\n ssl_module (shared)\n proxy_http_module (shared)\n'
const program = { path: '/usr/sbin/apache2ctl', version: undefined }

t.test('modules as apache2ctl -M prints them', async t => {
  t.same(modulesOf(LISTED), ['core_module', 'ssl_module', 'proxy_http_module'])
})

t.test('a broken configuration: no modules, and the complaint on one line without the noise', async t => {
  const broken: Exec = async () => ({
    status: 1,
    stdout: '',
    stderr:
      "AH00558: apache2: Could not determine\nAH00526: Syntax error on line 3 of /x.conf:\nInvalid command 'Foo'\nAction '-t' failed.\nThe Apache error log may have more information.\n",
  })
  t.same(await readApacheState(program, broken, {}), {
    modules: undefined,
    complaint: "AH00526: Syntax error on line 3 of /x.conf: Invalid command 'Foo'",
  })
  const sound: Exec = async () => ({ status: 0, stdout: LISTED, stderr: 'Syntax OK' })
  t.same(await readApacheState(program, sound, {}), {
    modules: ['core_module', 'ssl_module', 'proxy_http_module'],
    complaint: undefined,
  })
})
