import { createServer, type Socket } from 'node:net'
import t from 'tap'
import type { ProviderSettings } from '../../../src/configdb/settings.js'
import type { AccountProvider } from '../../../src/directory/account-provider.js'
import { createProvider } from '../../../src/directory/provider.js'
import { TeamchatError } from '../../../src/errors.js'
import { providerSettings } from '../../support/provider-settings.js'
import { type Answer, person, reference, result, startScriptedServer } from '../ldap/scripted-ldap-server.js'

/** Faults that a real slapd does not produce; the rest is tried with one in test/integration. */

const settings = providerSettings({
  uri: 'ldap://127.0.0.1',
  baseDn: 'dc=x',
  userDn: 'ou=People,dc=x',
  bindDn: 'cn=reader,dc=x',
  bindPassword: 'very-secret',
  pageSize: 2,
})

function providerFor(uri: string, over: Partial<ProviderSettings> = {}): AccountProvider {
  return createProvider(
    { ...settings, uri, ...over },
    { below: path => path, readSecret: async () => undefined, now: () => 0, timeoutMs: 300 },
  )
}

async function failure(work: Promise<unknown>): Promise<TeamchatError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof TeamchatError) return error
  throw new Error(`expected a TeamchatError, got ${String(error)}`)
}

/** Binds, then answers the searches one after the other. */
function script(...pages: ((id: number, socket: Socket) => Buffer | undefined)[]): Answer {
  let next = 0
  return (request, socket) => {
    if (request.operation === 'bind') socket.write(result(request.id, 0x61))
    if (request.operation !== 'search') return
    const page = pages[next++]
    if (page === undefined) throw new Error('a page was asked for that the script does not have')
    const bytes = page(request.id, socket)
    if (bytes !== undefined) socket.write(bytes)
  }
}

function page(id: number, numbers: number[], cookie?: string, code = 0): Buffer {
  return Buffer.concat([...numbers.map(n => person(id, n)), result(id, 0x65, code, cookie)])
}

t.test('pages are put together, also where the last one is empty', async t => {
  const server = await startScriptedServer(
    t,
    script(
      id => page(id, [2, 1], 'a'),
      id => page(id, [3, 4], 'b'),
      id => page(id, [], ''),
    ),
  )
  const { accounts } = await providerFor(server.uri).readAll()
  t.strictSame(
    accounts.map(account => account.login),
    ['user1', 'user2', 'user3', 'user4'],
  )
})

t.test('a page without entries is not the last one while more are announced', async t => {
  const server = await startScriptedServer(
    t,
    script(
      id => page(id, [], 'a'),
      id => page(id, [1], 'b'),
      id => page(id, [], 'c'),
      id => page(id, [2], ''),
    ),
  )
  t.equal((await providerFor(server.uri).readAll()).accounts.length, 2)
  t.equal(server.requests.filter(request => request.operation === 'search').length, 4)
})

t.test('a server that knows no paging gives everybody at once', async t => {
  const server = await startScriptedServer(
    t,
    script(id => page(id, [1, 2, 3])),
  )
  t.equal((await providerFor(server.uri).readAll()).accounts.length, 3)
})

t.test('an answer in small pieces is the same answer', async t => {
  let searches = 0
  const server = await startScriptedServer(t, (request, socket) => {
    if (request.operation === 'bind') socket.write(result(request.id, 0x61))
    if (request.operation !== 'search') return
    searches += 1
    socket.setNoDelay(true)
    const bytes = page(request.id, [1, 2], searches < 2 ? 'more' : '')
    let at = 0
    const timer = setInterval(() => {
      socket.write(bytes.subarray(at, at + 7))
      at += 7
      if (at >= bytes.length) clearInterval(timer)
    }, 1)
  })
  t.equal((await providerFor(server.uri).readAll()).accounts.length, 2)
  t.equal(server.requests.filter(request => request.operation === 'search').length, 2)
})

const brokenReads: { name: string; pages: Parameters<typeof script>; says: RegExp; code?: string }[] = [
  {
    name: 'a connection cut between two pages',
    pages: [id => page(id, [1, 2], 'a'), (_, socket) => void socket.destroy()],
    says: /the server closed the connection/,
  },
  {
    name: 'a connection cut in the middle of a page',
    pages: [id => page(id, [1, 2], 'a'), (id, socket) => void socket.end(person(id, 3))],
    says: /the server closed the connection/,
  },
  {
    name: 'a server that falls silent between two pages',
    pages: [id => page(id, [1, 2], 'a'), () => undefined],
    says: /no answer in time/,
  },
  {
    name: 'a size limit in mid-paging',
    pages: [id => page(id, [1, 2], 'a'), id => page(id, [3], undefined, 4)],
    says: /only a part of the entries/,
    code: 'directory.invalid',
  },
  {
    name: 'a time limit in mid-paging',
    pages: [id => page(id, [1, 2], 'a'), id => page(id, [3], undefined, 3)],
    says: /took too long/,
    code: 'directory.invalid',
  },
  {
    name: 'a server that goes down in mid-paging',
    pages: [id => page(id, [1, 2], 'a'), id => page(id, [], undefined, 52)],
    says: /busy or going down/,
  },
  {
    name: 'empty pages without end',
    pages: Array.from({ length: 1002 }, (_, n) => (id: number) => page(id, n === 0 ? [1] : [], 'a')),
    says: /empty pages came where more entries were announced/,
  },
  {
    name: 'a notice of disconnection',
    pages: [id => page(id, [1], 'a'), () => result(0, 0x78, 52)],
    says: /the server closed the connection/,
  },
  {
    name: 'bytes that are no LDAP',
    pages: [id => page(id, [1], 'a'), () => Buffer.from('HTTP/1.1 400 Bad Request')],
    says: /it was garbled/,
  },
  {
    name: 'an answer to something else',
    pages: [id => Buffer.concat([person(id, 1), result(id, 0x61)])],
    says: /it was garbled/,
  },
  {
    name: 'an entry that ends too early',
    pages: [
      id => {
        const bytes = person(id, 1)
        // The length of the last value is one too many.
        bytes[bytes.length - 6] = 6
        return Buffer.concat([bytes, result(id, 0x65)])
      },
    ],
    says: /it was garbled/,
  },
  {
    name: 'a part that is kept on another server',
    pages: [
      id =>
        Buffer.concat([
          person(id, 1),
          reference(id, 'ldap://other/ou=Pupils,ou=People,dc=x'),
          result(id, 0x65),
        ]),
    ],
    says: /kept on another server \(ldap:\/\/other/,
    code: 'directory.invalid',
  },
  {
    name: 'an entry that belongs to no request',
    pages: [id => Buffer.concat([person(id, 1), person(id + 90, 2), result(id, 0x65)])],
    says: /it was garbled/,
  },
  {
    name: 'an entry without entryUUID',
    pages: [id => Buffer.concat([person(id, 1), person(id, 2, { entryUUID: [] }), result(id, 0x65)])],
    says: /shows cn=reader,dc=x no entryUUID of "uid=user2,ou=People,dc=x"/,
    code: 'directory.invalid',
  },
  {
    name: 'nobody',
    pages: [id => page(id, [])],
    says: /cn=reader,dc=x sees nobody below ou=People,dc=x/,
    code: 'directory.empty',
  },
]

for (const { name, pages, says, code } of brokenReads) {
  t.test(`never a part: ${name}`, async t => {
    const server = await startScriptedServer(t, script(...pages))
    const error = await failure(providerFor(server.uri).readAll())
    t.match(error.message, says)
    t.equal(error.code, code ?? 'directory.unreachable')
    t.ok(error.hint)
    t.equal(server.connections(), 1, 'no second connection')
  })
}

t.test('a server that never answers', async t => {
  const server = await startScriptedServer(t, () => undefined)
  const error = await failure(providerFor(server.uri).readAll())
  t.equal(error.code, 'directory.unreachable')
  t.match(error.message, /cannot reach the directory ldap:\/\/127\.0\.0\.1:\d+: no answer in time/)
})

t.test('a server that agrees to StartTLS and then never shakes hands', async t => {
  const server = await startScriptedServer(t, (request, socket) => {
    if (request.operation === 'startTls') socket.write(result(request.id, 0x78))
  })
  const error = await failure(providerFor(server.uri, { startTls: true }).readAll())
  t.equal(error.code, 'directory.unreachable')
  t.match(error.message, /no answer in time/)
})

t.test('a refused or broken StartTLS sends no password', async t => {
  const answers: [name: string, Answer, says: RegExp][] = [
    [
      'refused',
      (request, socket) =>
        socket.write(result(request.id, request.operation === 'startTls' ? 0x78 : 0x61, 2)),
      /the server refuses StartTLS/,
    ],
    [
      'closed after it',
      (request, socket) => {
        if (request.operation === 'startTls') socket.end(result(request.id, 0x78))
        else socket.write(result(request.id, 0x61))
      },
      /the server closed the connection/,
    ],
    ['closed at once', (_, socket) => void socket.destroy(), /the server closed the connection/],
  ]
  for (const [name, answer, says] of answers) {
    const server = await startScriptedServer(t, answer)
    const error = await failure(providerFor(server.uri, { startTls: true }).readAll())
    t.match(error.message, says, name)
    t.notMatch(server.received(), /very-secret/, name)
    t.notMatch(`${error.message} ${error.hint} ${error.stack}`, /very-secret/, name)
    t.equal(server.connections(), 1, `${name}: no second connection`)
  }
})

t.test('a read that is given up ends at once and is an error', async t => {
  const server = await startScriptedServer(
    t,
    script(
      id => page(id, [1], 'a'),
      () => undefined,
    ),
  )
  const provider = createProvider(
    { ...settings, uri: server.uri },
    { below: path => path, readSecret: async () => undefined },
  )
  const reading = provider.readAll(AbortSignal.timeout(50))
  t.match(await failure(reading), { code: 'directory.unreachable', message: /the read was cancelled/ })
  const error = await failure(provider.readAll(AbortSignal.abort()))
  t.match(error.message, /the read was cancelled/)
})

t.test('nothing listens', async t => {
  const port = await freePort()
  const error = await failure(providerFor(`ldap://127.0.0.1:${port}`).readAll())
  t.match(error, { code: 'directory.unreachable', message: /connection refused/ })
  t.match(error.message, new RegExp(`ldap://127\\.0\\.0\\.1:${port}`))
})

t.test('the password: where it comes from, and what is said where there is none', async t => {
  const server = await startScriptedServer(
    t,
    script(id => page(id, [1])),
  )
  const fromFile = (secret: string | undefined) =>
    createProvider(
      { ...settings, uri: server.uri, bindPassword: '', passwordInSecretFile: true },
      {
        below: path => path,
        readSecret: async name => (name === 'ldapservice' ? secret : undefined),
        secretFile: name => `/secrets/${name}`,
      },
    )
  for (const secret of [undefined, '']) {
    const error = await failure(fromFile(secret).readAll())
    t.equal(error.code, 'directory.bind')
    t.match(error.message, /as cn=reader,dc=x: the secret file \/secrets\/ldapservice is (missing|empty)/)
  }
  t.equal(server.requests.length, 0, 'an empty password is never sent')
  t.equal((await fromFile('kept-in-a-file').readAll()).accounts.length, 1)
  t.match(server.received(), /kept-in-a-file/)
})

t.test('locks are unknown where no userPassword is shown', async t => {
  const cases: { name: string; shown: string[][]; known: boolean; locked: (boolean | undefined)[] }[] = [
    { name: 'nobody shows one', shown: [[], []], known: false, locked: [undefined, undefined] },
    { name: 'one shows one', shown: [[], ['{SSHA}x']], known: true, locked: [false, false] },
    { name: 'one is locked', shown: [['{CRYPT}!$6$x'], []], known: true, locked: [true, false] },
  ]
  for (const { name, shown, known, locked } of cases) {
    const server = await startScriptedServer(
      t,
      script(id =>
        Buffer.concat([...shown.map((userPassword, n) => person(id, n, { userPassword })), result(id, 0x65)]),
      ),
    )
    const read = await providerFor(server.uri).readAll()
    t.equal(read.locksKnown, known, name)
    t.strictSame(
      read.accounts.map(account => account.locked),
      locked,
      name,
    )
  }
})

t.test('hundreds of names are looked for in one full read', async t => {
  const server = await startScriptedServer(
    t,
    script(id => page(id, [1, 2, 3])),
  )
  const logins = Array.from({ length: 201 }, (_, n) => `USER${n + 2}`)
  const read = await providerFor(server.uri).readNamed({ logins, ids: [] })
  t.strictSame(
    read.accounts.map(account => account.login),
    ['user2', 'user3'],
  )
  t.equal(read.othersSeen, true)
})

t.test('settings that cannot be used', async t => {
  for (const over of [{ uri: 'http://x' }, { uri: '' }, { userDn: '' }]) {
    t.throws(() => providerFor(settings.uri, over), { code: 'directory.invalid' }, JSON.stringify(over))
  }
  const provider = providerFor('ldaps://127.0.0.1', { caFile: '/does/not/exist.pem' })
  t.match(await failure(provider.readAll()), {
    code: 'directory.invalid',
    message: /CA file \/does\/not\/exist\.pem/,
  })
})

t.test('what it is called', async t => {
  const provider = providerFor('ldap://127.0.0.1')
  t.equal(provider.description, 'ldap://127.0.0.1:389, ou=People,dc=x')
  t.strictSame(provider.identity, {
    provider: 'ldap://127.0.0.1:389',
    base: 'ou=People,dc=x',
    filter: '(objectClass=posixAccount)',
  })
  t.equal(provider.watchedFile, undefined)
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
