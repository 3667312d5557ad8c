import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { MattermostClient } from '../../src/mattermost/client.js'
import { isAllowed } from '../../src/mattermost/routes.js'

/** A server that writes down what reaches it and answers 404 to everything. */
async function recorder(test: {
  teardown(end: () => unknown): unknown
}): Promise<{ client: MattermostClient; seen: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'people-guards-'))
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"id":"api.context.404.app_error"}')
  })
  const socket = join(folder, 'local.socket')
  await new Promise<void>(resolve => server.listen(socket, resolve))
  test.teardown(async () => {
    await new Promise(resolve => server.close(resolve))
    rmSync(folder, { recursive: true, force: true })
  })
  const allowedUids = async () => [process.getuid?.() ?? 0]
  return { client: new MattermostClient({ socket, root: '', allowedUids }), seen }
}

/** Every call that takes a text from outside into its path. */
function calls(client: MattermostClient, text: string): Promise<unknown>[] {
  return [
    client.userById(text),
    client.usersByIds([text]),
    client.setActive(text, false),
    client.setRoles(text, 'system_user'),
    client.team(text),
    client.addMember(text, 'a'.repeat(26)),
    client.addMember('a'.repeat(26), text),
    client.userByUsername(text),
    client.userByEmail(text),
    client.teamByName(text),
  ]
}

const PATHS =
  /^(GET \/api\/v4\/(users\/([a-z0-9]{26}|username\/[a-z0-9._-]+|email\/[^/\\?#]+)|teams\/([a-z0-9]{26}|name\/[a-z0-9_-]+))|POST \/api\/v4\/(users\/ids|teams\/[a-z0-9]{26}\/members)|PUT \/api\/v4\/users\/[a-z0-9]{26}\/(active|roles))$/

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    '.',
    '..',
    '/',
    '//',
    '%2e%2e',
    '..%2fusers',
    'a@/../..',
    '?',
    '#',
    'me',
    '\u0000',
    'a@b/..',
  ),
  fc.string({ unit: fc.constantFrom('.', '/', '@', 'a', '%', '2', 'e', '\\', '?', '#', ' ', '\n') }),
  fc.stringMatching(/^[a-z0-9]{25,27}$/),
)

t.test('whatever the text, only harmless paths leave the client', async t => {
  const { client, seen } = await recorder(t)
  await fc.assert(
    fc.asyncProperty(nasty, async text => {
      seen.length = 0
      await Promise.allSettled(calls(client, text))
      for (const request of seen) {
        if (!PATHS.test(request)) throw new Error(`left the client: ${request}`)
        if (request.split('/').some(part => /^(\.|%2e){1,2}$/i.test(part))) throw new Error(request)
      }
      const isId = /^[a-z0-9]{26}$/.test(text)
      const withId = seen.filter(request => /(users|teams)\/[a-z0-9]{26}/.test(request))
      // addMember with a good team and a wrong user must not be sent either.
      if (!isId && withId.length > 0)
        throw new Error(`sent for ${JSON.stringify(text)}: ${withId.join(', ')}`)
    }),
    { numRuns: 300 },
  )
})

t.test('an id that is none is refused with words, before anything is sent', async t => {
  const { client, seen } = await recorder(t)
  for (const id of ['', '.', 'short', 'A'.repeat(26), 'a'.repeat(27), `${'a'.repeat(25)}/`]) {
    await t.rejects(client.setActive(id, false), { code: 'mattermost.refused', hint: 'nothing was sent' })
  }
  t.same(seen, [])
})

t.test('the list of calls', async t => {
  const id = 'a'.repeat(26)
  const no: [string, string][] = [
    ['DELETE', '/users'],
    ['DELETE', `/users/${id}`],
    ['DELETE', `/teams/${id}/members/${id}`],
    ['PUT', '/config'],
    ['PUT', `/users/${id}`],
    ['GET', '/users/'],
    ['GET', '/users/.'],
    ['GET', '/users/username/..'],
    ['GET', '/users/username/a%2Fb'],
    ['GET', '/users/email/a%00@b'],
    ['GET', '//users'],
    ['PUT', '/users//active'],
    ['POST', '/users/ids/'],
    ['GET', '/system/ping?get_server_status=true&x=1'],
  ]
  for (const [method, path] of no) t.notOk(isAllowed(method, path), `${method} ${path}`)
  const yes: [string, string][] = [
    ['GET', '/users?page=3&per_page=200'],
    ['PUT', '/config/patch'],
    ['GET', `/users?page=0&per_page=200&in_team=${id}&sort=last_activity_at`],
    ['POST', '/users/password/reset/send'],
    ['GET', '/system/ping?get_server_status=true'],
    ['PUT', `/users/${id}/active`],
    ['GET', '/users/email/%C3%BCn%40example.org'],
  ]
  for (const [method, path] of yes) t.ok(isAllowed(method, path), `${method} ${path}`)
})
