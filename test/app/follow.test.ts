import t from 'tap'
import { FollowCounter } from '../../src/app/follow.js'
import type { Settings } from '../../src/configdb/settings.js'
import type { DirectoryRead } from '../../src/directory/account.js'
import type { AccountProvider } from '../../src/directory/account-provider.js'
import type { ChangeMark, CounterReading } from '../../src/directory/change-mark.js'
import { TeamchatError } from '../../src/errors.js'
import { Followed } from '../../src/people/follow/followed.js'
import { account } from '../people/plan/people.js'

const identity = { provider: 'ad:X', base: 'dc=x', filter: '' }
const at = (usn: number, url = 'ldaps://dc1'): ChangeMark => ({
  kind: 'usn',
  server: url,
  url,
  usn: BigInt(usn),
})

/** A directory with a counter, a clock, and what is found. */
function hostState(first: CounterReading = at(1)) {
  const now = { ms: 1_000_000 }
  const found: string[] = []
  const followed = new Followed()
  const server = {
    counter: first,
    down: undefined as TeamchatError | undefined,
    lines: [] as string[],
    asked: 0,
  }
  const mattermost = { userSync: 'full', pollInterval: 5, syncInterval: 60, fullReadInterval: 3600 }
  const provider: AccountProvider = {
    description: 'memory',
    identity,
    watchedFile: undefined,
    readAll: async () => ({ accounts: [], locksKnown: true }),
    readNamed: async () => ({ accounts: [], locksKnown: true, othersSeen: true }),
    changes: {
      remedy: 'none',
      readSince: async () => ({ kind: 'unknown', reason: '' }),
      openCounter: async near => {
        if (server.down !== undefined) throw server.down
        const url = near?.kind === 'usn' ? near.url : ''
        const number = server.lines.push(url)
        const line = { open: true }
        return {
          url,
          get usable() {
            return line.open
          },
          read: async () => {
            server.asked += 1
            if (server.down !== undefined || number < server.lines.length) throw new Error('lost')
            return server.counter
          },
          close: async () => {
            line.open = false
          },
        }
      },
    },
  }
  const counter = new FollowCounter({
    settings: async () => ({ mattermost }) as unknown as Settings,
    provider: () => provider,
    followed,
    found: step => found.push(step),
    now: () => now.ms,
    signal: new AbortController().signal,
  })
  const readAll = (mark: CounterReading, more: Partial<DirectoryRead> = {}) =>
    followed.readEverybody(
      identity,
      { accounts: [], locksKnown: true, mark, ...more },
      { now: now.ms, unsettled: false, due: undefined },
    )
  const look = async () => {
    found.length = 0
    const waitMs = await counter.look()
    return [found.join(), waitMs]
  }
  return { now, followed, server, mattermost, look, readAll, counter }
}

t.test('UserSync other than full: the server is left alone', async t => {
  const { look, mattermost, server } = hostState()
  for (const userSync of ['off', 'events']) {
    mattermost.userSync = userSync
    t.same(await look(), ['', 5000])
  }
  t.same(server.lines, [])
})

t.test('one connection, and one fact when the counter moves', async t => {
  const { look, readAll, server, followed, now } = hostState()
  t.same(await look(), ['everybody', 5000], 'nothing is known yet')
  t.same(server.lines, [], 'the counter says nothing then')
  readAll(at(1))
  for (let n = 0; n < 3; n++) t.same(await look(), ['', 5000])
  server.counter = at(2)
  now.ms += 5000
  t.same(await look(), ['changes', 5000])
  t.same(await look(), ['changes', 5000], 'until somebody has dealt with it')
  followed.readChanges(at(2), [], { now: now.ms, listed: true, unsettled: false })
  t.same(await look(), ['', 5000])
  t.match(followed.status(identity), { by: 'counter', movedAt: new Date(now.ms).toISOString() })
  t.same([server.lines, server.asked], [['ldaps://dc1'], 6])
})

t.test('nothing is put into the queue while a run is under way', async t => {
  const { look, readAll, server, followed } = hostState()
  readAll(at(1))
  server.counter = at(2)
  await followed.trying(
    () => 0,
    async () => t.same(await look(), ['', 5000]),
  )
  t.same(await look(), ['changes', 5000])
})

t.test('a lost connection is made anew at once; a server that is down is asked less and less', async t => {
  const { look, readAll, server, followed, now } = hostState()
  readAll(at(1))
  await look()
  server.lines.push('somebody else has ended it')
  server.counter = at(2)
  t.same(await look(), ['changes', 5000])
  t.equal(followed.status(identity)?.trouble, undefined)

  server.down = new TeamchatError('directory.unreachable', 'cannot reach it', { hint: 'start it' })
  const before = server.asked
  const tries: number[] = []
  for (let second = 0; second < 300; second++) {
    const lines = server.lines.length
    const trouble = followed.status(identity)?.trouble?.at
    t.equal((await look())[0], '', 'and nobody is read because of it')
    if (followed.status(identity)?.trouble?.at !== trouble) tries.push(second)
    t.equal(server.lines.length, lines)
    now.ms += 1000
  }
  t.same(tries, [0, 1, 3, 7, 15, 31, 63, 123, 183, 243])
  now.ms -= 9 * 3_600_000
  await look()
  t.equal(followed.status(identity)?.trouble?.at, new Date(now.ms).toISOString(), 'a clock that is set back')
  now.ms += 9 * 3_600_000
  t.equal(server.asked, before + 1)
  t.match(followed.status(identity), { trouble: { message: 'cannot reach it', hint: 'start it' } })
  server.down = undefined
  now.ms += 60_000
  t.same(await look(), ['changes', 5000])
  t.equal(followed.status(identity)?.trouble, undefined)
})

t.test('a full read at another controller: the counter is asked there from then on', async t => {
  const { look, readAll, server } = hostState()
  readAll(at(1))
  await look()
  readAll(at(500, 'ldaps://dc2'))
  server.counter = at(500, 'ldaps://dc2')
  t.same(await look(), ['', 5000])
  t.same(server.lines, ['ldaps://dc1', 'ldaps://dc2'])
})

t.test('no counter: everybody at SyncInterval, and the server is not asked in vain', async t => {
  const { look, readAll, server, followed, now } = hostState()
  readAll({ kind: 'none', reason: 'no contextCSN' })
  now.ms += 59_000
  t.same(await look(), ['', 5000])
  now.ms += 1000
  t.same(await look(), ['everybody', 5000])
  t.same(server.lines, [])
  t.match(followed.status(identity), { by: 'reading', reason: 'no contextCSN' })
})

t.test('a date that comes changes no entry: everybody is read then', async t => {
  const { look, readAll, now } = hostState()
  readAll(at(1), {
    accounts: [account('ends', { endsAt: now.ms + 10_000 }), account('ended', { endsAt: 1 })],
  })
  now.ms += 9_999
  t.same(await look(), ['', 5000])
  now.ms += 1
  t.same(await look(), ['everybody', 5000])
})
