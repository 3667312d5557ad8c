import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { operate } from '../../src/cli/connect.js'
import { createPaths } from '../../src/paths.js'
import { commandContext } from '../support/command-operations.js'

t.test('a daemon that is killed in the middle of a request is told in one line', async t => {
  // The path of a socket has 107 bytes at most.
  const root = mkdtempSync(join(tmpdir(), 'connect-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  const paths = createPaths({ root, env: {} })
  mkdirSync(paths.runFolder, { recursive: true })
  const server = createServer((request, response) => {
    if (request.url === '/v1/health') response.end('{"ok":true,"pid":1}')
    else request.socket.destroy()
  })
  await new Promise<void>(resolve => server.listen(paths.apiSocket, resolve))
  t.teardown(() => server.close())
  const open = () => Promise.reject(new Error('there is a daemon'))
  const context = commandContext({ paths, openApp: open })
  await t.rejects(
    operate(context, 'writes', operations => operations.apply({ force: false })),
    { code: 'failed', message: 'cannot finish: the daemon ended in the middle', hint: /journalctl/ },
  )
})
